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
            if (e is not (Forwarded or Reopened or Erased))
                facts.Add(e);
        // Of two that were merged and parted more than once, each fact comes back once, and may have left again since.
        var looked = new Dictionary<(long From, long Name), int>();
        foreach (var (version, reopened) in plan.Returned)
        await foreach (var tracked in ReturnedAsync(reopened, looked, read))
            if (!plan.LeftAgain(tracked, version))
                facts.Add(tracked);
        return facts;
    }

    /// <summary>
    /// What came in under the names that an unmerge gave back, at the customer that had them or, where that had got it back
    /// itself, at the one before.
    /// </summary>
    /// <param name="reopened">The source's side of the unmerge.</param>
    /// <param name="looked">The version up to which each customer has been looked at for a name.</param>
    /// <param name="read">Reads the entries.</param>
    static async IAsyncEnumerable<Tracked> ReturnedAsync(
        Reopened reopened,
        Dictionary<(long From, long Name), int> looked,
        ReadEntries read
    )
    {
        var after = reopened.Names.ToDictionary(name => name, name => looked.GetValueOrDefault((reopened.From, name)));
        foreach (var (name, version) in after)
            looked[(reopened.From, name)] = Math.Max(version, reopened.UpToVersion);
        if (after.Values.All(version => version >= reopened.UpToVersion))
            yield break;
        foreach (var entry in await read(reopened.From, reopened.UpToVersion))
        foreach (var e in entry.Events)
            if (e is Tracked tracked && IsNew(tracked.Name, entry.Version))
                yield return tracked;
            else if (e is Reopened earlier)
                await foreach (
                    var before in ReturnedAsync(
                        earlier with
                        {
                            Names = [.. earlier.Names.Where(name => IsNew(name, entry.Version))],
                        },
                        looked,
                        read
                    )
                )
                    yield return before;

        bool IsNew(long name, int version) => after.TryGetValue(name, out var known) && version > known;
    }

    /// <summary>A new state of the same customer at the same version, made of these facts and further ones.</summary>
    /// <param name="known">The state so far.</param>
    /// <param name="history">The facts so far.</param>
    /// <param name="further">Further ones.</param>
    /// <param name="folded">Is shown each fact, and the state right after it.</param>
    public static CustomerState Fold(
        CustomerState known,
        IReadOnlyList<CustomerEvent> history,
        IReadOnlyList<CustomerEvent> further,
        Action<CustomerEvent, CustomerState>? folded = null
    )
    {
        var state = new CustomerState(known.Number) { Version = known.Version, Due = known.Due };
        foreach (var e in InOrder(history, further))
        {
            state.Apply(e);
            folded?.Invoke(e, state);
        }
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
        public List<(int Version, Reopened Reopened)> Returned { get; } = [];
        readonly List<(int Version, long[] Names)> _left = [];

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
                        plan._left.Add((entry.Version, unmerged.Names));
                        break;
                    case Reopened reopened:
                        plan.Returned.Add((entry.Version, reopened));
                        break;
                }
            return plan;
        }

        /// <summary>What came in under a name that a later unmerge took away is no longer this customer's.</summary>
        public bool LeftAgain(CustomerEvent e, int version)
        {
            if (e is not Tracked tracked)
                return e is Merged merged && !Absorbed.ContainsKey(merged.Source);
            foreach (var unmerged in _left)
                if (version < unmerged.Version && unmerged.Names.Contains(tracked.Name))
                    return true;
            return false;
        }
    }
}
