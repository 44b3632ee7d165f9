using Personalization.Catalogue;
using Personalization.Events;
using Personalization.Journal;
using Personalization.Quarantine;
using Personalization.Recommendations;

namespace Personalization.Projections;

/// <summary>
/// Feeds the item index from the journal, entry by entry: every process that follows the same journal builds the same index, of the
/// products that the shop names.
/// </summary>
public sealed class IndexProjection(ItemIndex index, ProductCatalogue catalogue)
{
    readonly List<int> _ordered = [];

    /// <summary>The journal position up to which the index has counted.</summary>
    public long Position => index.Position;

    /// <summary>Counts entries, and returns those that could not be counted; the others are.</summary>
    public List<(JournalEntry Entry, Exception Why)> Apply(IReadOnlyList<JournalEntry> entries)
    {
        var failed = new List<(JournalEntry, Exception)>();
        foreach (var entry in entries)
        {
            if (TryCount(entry) is { } why)
                failed.Add((entry, why));
            index.Position = entry.Position;
        }
        return failed;
    }

    /// <summary>Counts an entry that lies behind; why it cannot be counted, or null.</summary>
    public Exception? TryCount(JournalEntry entry)
    {
        try
        {
            foreach (var e in entry.Behaviour())
                if (e is Tracked tracked)
                    Count(entry.Customer, tracked);
            return null;
        }
        catch (Exception why) when (!why.IsOutage())
        {
            return why;
        }
    }

    void Count(long customer, Tracked t)
    {
        if (TrackedActs.SignalOf(t) is not { } signal || TrackedActs.IsOfCrowd(t))
            return;
        var seconds = (int)(t.Time / 1000);
        var session = TrackedActs.SessionKey(customer, t.Visit, t.Time);
        var weight = TrackedActs.WeightOf(t);
        foreach (var line in t.Lines)
            if (!IsClaimed(line.Product))
                index.Record(session, line.Product, signal, seconds, weight);
        if (signal != Signal.Purchase || t.Lines.Length < 2)
            return;
        _ordered.Clear();
        foreach (var line in t.Lines)
            if (!IsClaimed(line.Product))
                _ordered.Add(line.Product);
        index.RecordOrder(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ordered), seconds);
    }

    /// <summary>One that the catalogue of this process has not met yet is no stranger's: it was numbered by another.</summary>
    bool IsClaimed(int product) => catalogue[product] is { Standing: ProductStanding.Claimed };
}
