using Personalization.Codec;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Storage;

namespace Personalization.Models;

/// <summary>
/// Every customer's history, replayed from the journal by the fold that serves: what a model learns from is what it will be
/// shown. Erased customers are not there; joined ones are one.
/// </summary>
public static class RecordedHistories
{
    const int Batch = 5000;

    public static async Task<List<TrainingCustomer>> ReadAsync(IStore store, CancellationToken cancel = default)
    {
        var states = new Dictionary<long, CustomerState>();
        var anew = new HashSet<long>();
        for (long position = 0; ;)
        {
            var entries = await store.ReadJournalAsync(position, Batch, withPersonal: false, cancel);
            foreach (var entry in entries) Apply(entry, states, anew);
            if (entries.Count < Batch) break;
            position = entries[^1].Position;
        }
        foreach (var customer in anew) states[customer] = await FoldAsync(store, customer, states[customer].Version, cancel);
        return [.. states.Values.Where(state => state is { IsErased: false, ForwardedTo: 0, Purchases.Count: > 0 }).Select(CustomerOf)];
    }

    static void Apply(JournalEntry entry, Dictionary<long, CustomerState> states, HashSet<long> anew)
    {
        if (!states.TryGetValue(entry.Customer, out var state)) states[entry.Customer] = state = new CustomerState(entry.Customer);
        state.Version = entry.Version;
        foreach (var e in EventCodec.Read(entry.Body, []))
        {
            // State is made in the order of time; what came late, or by a join or split, is folded again at the end.
            if (e is Joined or SplitOff or Reopened || (e is Tracked t && FactOrder.Of(t).CompareTo(state.Newest) < 0)) anew.Add(entry.Customer);
            state.Apply(e);
            state.Touches.Clear();
            state.Cart.Clear();
        }
    }

    static async Task<CustomerState> FoldAsync(IStore store, long customer, int version, CancellationToken cancel)
    {
        var history = await History.ComposeAsync(customer, version, async (number, upTo) =>
            (await store.ReadCustomerAsync(number, withSnapshot: false, upToVersion: upTo, cancel: cancel)).Entries
                .Select(entry => new HistoryEntry(entry.Version, EventCodec.Read(entry.Body, []))).ToList());
        return History.Fold(new CustomerState(customer) { Version = version }, history, []);
    }

    static TrainingCustomer CustomerOf(CustomerState s) => new(
        s.Number, s.Purchases.Span.ToArray(), s.Returns.Span.ToArray(), s.VisitDays.Span.ToArray(), s.ChurnHistory.FirstSeen,
        s.Complaints.Span.ToArray());
}
