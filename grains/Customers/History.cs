using Personalization.Events;

namespace Personalization.Customers;

/// <summary>One journal entry's events, at its version.</summary>
public readonly record struct HistoryEntry(int Version, IReadOnlyList<CustomerEvent> Events);

/// <summary>Reads the entries of a customer up to a version, oldest first.</summary>
public delegate ValueTask<IReadOnlyList<HistoryEntry>> ReadEntries(long customer, int upToVersion);

/// <summary>
/// A customer's whole history: its own entries, those of every customer it absorbed, without what it gave back. State is
/// a fold over it in the order of time, so merges, unmerges and late events need no code of their own in the state.
/// </summary>
public static class History
{
    /// <summary>Composes the facts of a customer up to a version, in no particular order.</summary>
    public static async ValueTask<List<CustomerEvent>> ComposeAsync(long customer, int upToVersion, ReadEntries read)
    {
        var entries = await read(customer, upToVersion);
        var plan = Plan.Of(entries);
        var facts = new List<CustomerEvent>();
        foreach (var entry in entries)
        foreach (var e in entry.Events)
            if (!plan.LeftAgain(e, entry.Version))
                facts.Add(e);
        foreach (var (source, merged) in plan.Absorbed)
        foreach (var e in await ComposeAsync(source, merged.UpToVersion, read))
            if (e is not (Forwarded or Reopened))
                facts.Add(e);
        // Of two that were merged and parted more than once, each fact comes back once.
        foreach (var returned in plan.Returned.GroupBy(one => one.From))
        foreach (var entry in await read(returned.Key, returned.Max(one => one.UpToVersion)))
        foreach (var e in entry.Events)
            if (e is Tracked t && returned.Any(one => entry.Version <= one.UpToVersion && one.Names.Contains(t.Name)))
                facts.Add(e);
        return facts;
    }

    /// <summary>A new state of the same customer at the same version, made of these facts and further ones.</summary>
    public static CustomerState Fold(
        CustomerState known,
        IReadOnlyList<CustomerEvent> history,
        IReadOnlyList<CustomerEvent> further
    )
    {
        var state = new CustomerState(known.Number) { Version = known.Version, Due = known.Due };
        foreach (var e in InOrder(history, further))
            state.Apply(e);
        return state;
    }

    /// <summary>
    /// In the order of <see cref="FactOrder"/>, so that the order of arrival leaves no trace. Decisions come after the facts of
    /// their millisecond, in the order they were made.
    /// </summary>
    public static CustomerEvent[] InOrder(IReadOnlyList<CustomerEvent> history, IReadOnlyList<CustomerEvent> further)
    {
        var all = new (FactOrder Place, int Index, CustomerEvent Event)[history.Count + further.Count];
        for (var i = 0; i < all.Length; i++)
        {
            var e = i < history.Count ? history[i] : further[i - history.Count];
            all[i] = (e is Tracked t ? FactOrder.Of(t) : new FactOrder(e.Time, (EventKind)byte.MaxValue, ulong.MaxValue), i, e);
        }
        Array.Sort(all, static (a, b) => (a.Place, a.Index).CompareTo((b.Place, b.Index)));
        return Array.ConvertAll(all, static one => one.Event);
    }

    /// <summary>The merges and unmerges that stand at the end of a customer's entries.</summary>
    sealed class Plan
    {
        public Dictionary<long, Merged> Absorbed { get; } = [];
        public List<Reopened> Returned { get; } = [];
        readonly List<(int Version, long[] Names)> left = [];

        public static Plan Of(IReadOnlyList<HistoryEntry> entries)
        {
            var plan = new Plan();
            foreach (var entry in entries)
            foreach (var e in entry.Events)
                switch (e)
                {
                    case Merged merged:
                        plan.Absorbed[merged.Source] = merged;
                        break;
                    case Unmerged unmerged:
                        plan.Absorbed.Remove(unmerged.Source);
                        plan.left.Add((entry.Version, unmerged.Names));
                        break;
                    case Reopened reopened:
                        plan.Returned.Add(reopened);
                        break;
                }
            return plan;
        }

        /// <summary>What came in under a name that a later unmerge took away is no longer this customer's.</summary>
        public bool LeftAgain(CustomerEvent e, int version)
        {
            if (e is not Tracked tracked)
                return e is Merged merged && !Absorbed.ContainsKey(merged.Source);
            foreach (var unmerged in left)
                if (version < unmerged.Version && unmerged.Names.Contains(tracked.Name))
                    return true;
            return false;
        }
    }
}
