using Personalization.Events;
using Personalization.Journal;
using Personalization.Models.Recommendations;
using Personalization.Recommendations;

namespace Personalization.Models.Histories;

/// <summary>Reads what customers did from what a server recorded up to a time (unix seconds).</summary>
public delegate ClickLog ActReader(string data, string? database, int until);

/// <summary>What customers did with products, read from the journal in the order and with the keys of the visits in which a
/// server counts it. Only events up to a time are read.</summary>
public static class RecordedActs
{
    const int Batch = 5000;

    /// <param name="store">Of the shop.</param>
    /// <param name="until">Unix seconds; later acts are not seen.</param>
    /// <param name="cancel">Stops reading.</param>
    public static async Task<ClickLog> ReadAsync(IStore store, int until, CancellationToken cancel = default)
    {
        var acts = new List<Act>();
        var orders = 0;
        for (long position = 0; ; )
        {
            var entries = await store.ReadJournalAsync(position, Batch, withPersonal: false, cancel);
            foreach (var entry in entries)
            foreach (var e in entry.Behaviour())
                if (
                    e is Tracked t
                    && t.Time / 1000 <= until
                    && TrackedActs.SignalOf(t) is { } signal
                    && !TrackedActs.IsOfCrowd(t)
                )
                    Add(acts, entry.Customer, t, signal, ref orders);
            if (entries.Count < Batch)
                return new ClickLog(acts) { Products = await RecordedProducts.ReadAsync(store, cancel) };
            position = entries[^1].Position;
        }
    }

    static void Add(List<Act> acts, long customer, Tracked t, Signal signal, ref int orders)
    {
        var order = signal == Signal.Purchase && t.Lines.Length > 1 ? ++orders : 0;
        var session = TrackedActs.SessionKey(customer, t.Visit, t.Time);
        foreach (var line in t.Lines)
            acts.Add(new(customer, t.Visit, session, line.Product, (int)(t.Time / 1000), signal, order));
    }
}
