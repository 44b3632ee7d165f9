using Personalization.Events;
using Personalization.Identity;
using Personalization.Journal;

namespace Personalization.Customers;

/// <summary>What a call that identified a visitor saw when it decided that two customers are one.</summary>
/// <param name="Names">Numbers of the names that the source had.</param>
/// <param name="IsClaimed">Only the public key says so: it may not touch a customer with a proved user id.</param>
[GenerateSerializer, Immutable, Alias("join")]
public sealed record Join(long[] Names, bool IsClaimed)
{
    /// <summary>Whether it is still so.</summary>
    public bool Holds(IReadOnlyList<BoundName> ofSource, IReadOnlyList<BoundName> ofTarget) =>
        ofSource.All(name => Names.Contains(name.Number))
        && !(IsClaimed && ofSource.Concat(ofTarget).Any(name => name.Kind == NameKind.User));
}

/// <summary>
/// Turns of two customers at once: merges and unmerges, in one transaction under both versions. The source is loaded beside
/// its own grain: should that act meanwhile, the versions conflict. So no customer ever waits for another.
/// </summary>
public static class CustomerMerge
{
    /// <summary>Names that come to a customer together with their histories, unless a person says so.</summary>
    const int MaxNames = 100;

    /// <summary>Ends the source's history and makes it part of the target's.</summary>
    /// <param name="store">Journal and names.</param>
    /// <param name="sourceNumber">The customer that ends.</param>
    /// <param name="target">The customer that absorbs it, loaded and standing for itself; dropped where nothing was committed.</param>
    /// <param name="by">Who says so; null when it is the identification itself.</param>
    /// <param name="join">What the identification saw; null where a person decides.</param>
    /// <param name="now">Unix milliseconds.</param>
    /// <param name="shop">What a turn may know.</param>
    /// <returns>Null when either was changed meanwhile: load and try again.</returns>
    public static async ValueTask<MergeOutcome?> TryMergeAsync(
        IStore store,
        long sourceNumber,
        JournaledCustomer target,
        string? by,
        Join? join,
        long now,
        ShopContext shop
    )
    {
        if (await store.EndOfAsync(sourceNumber) is var source && source.Number == target.Number)
            return MergeOutcome.AlreadyOne;
        if (source.Number != sourceNumber)
            return MergeOutcome.NamesMoved;
        var (from, into) = (source.Customer!, target.Customer!);
        if (from.State.IsErased || into.State.IsErased)
            return MergeOutcome.NamesMoved;
        var moving = await store.NamesOfAsync([source.Number]);
        if (join is not null && !join.Holds(moving, join.IsClaimed ? await store.NamesOfAsync([target.Number]) : []))
            return MergeOutcome.NamesMoved;
        var moves = moving.Select(name => new NameMove(name.Number, source.Number, target.Number, now)).ToList();
        var names = moves.ConvertAll(move => move.Name).ToArray();
        // Each join folds all that was joined before again. Beyond so many, what comes from now on is the target's.
        if (by is null && (await store.NamesOfAsync([target.Number])).Count + moves.Count > MaxNames)
            return (await store.CommitAsync(new Commit { Turns = [], Names = moves })).Outcome == CommitOutcome.Committed
                ? MergeOutcome.Merged
                : MergeOutcome.NamesMoved;
        var history = await store.ComposeAsync(target.Number, into.State.Version, target.Lacks);
        history.AddRange(await store.ComposeAsync(source.Number, from.State.Version, target.Lacks));
        var absorbed = into.Absorb(from.State, names, by, history, now, shop);
        var ended = from.ForwardTo(target.Number, now);
        return await CommitAsync(store, source, target, ended, absorbed, moves, now) switch
        {
            CommitOutcome.Committed => MergeOutcome.Merged,
            CommitOutcome.NameConflict => MergeOutcome.NamesMoved,
            _ => null,
        };
    }

    /// <summary>Undoes a merge. A name that has moved on since stays where it is.</summary>
    /// <returns>False when there is none to undo; null when either was changed meanwhile: load and try again.</returns>
    public static async ValueTask<bool?> TryUnmergeAsync(
        IStore journal,
        long sourceNumber,
        JournaledCustomer target,
        string by,
        long now
    )
    {
        var source = new JournaledCustomer(sourceNumber);
        await source.LoadAsync(journal);
        var (from, into) = (source.Customer!, target.Customer!);
        var entries = await journal.EntriesAsync(target.Number, int.MaxValue, target.Lacks);
        // What a target brought into a further one is parted there first.
        if (
            into.State.ForwardedTo != 0
            || from.State.ForwardedTo != target.Number
            || StandingMerge(entries, source.Number) is not { } merged
        )
            return false;
        var moves = (await journal.NamesOfAsync([target.Number]))
            .Where(name => merged.Names.Contains(name.Number))
            .Select(name => new NameMove(name.Number, target.Number, source.Number, now))
            .ToList();

        // Both sides are told first what is to be written, then folded over what the journal will say.
        var stays = await journal.ComposeWithAsync(
            target.Number,
            into.State.Version + 1,
            new Unmerged
            {
                Time = now,
                Source = source.Number,
                Names = merged.Names,
                By = by,
            },
            target.Lacks
        );
        var returns = await journal.ComposeWithAsync(
            source.Number,
            from.State.Version + 1,
            new Reopened
            {
                Time = now,
                From = target.Number,
                UpToVersion = into.State.Version,
                Names = merged.Names,
                By = by,
            },
            source.Lacks
        );
        var reopened = from.Reopen(into.State, merged.Names, by, returns, now);
        var unmerged = into.GiveBack(from.State, merged.Names, by, stays, now);
        return await CommitAsync(journal, source, target, reopened, unmerged, moves, now) == CommitOutcome.Committed
            ? true
            : null;
    }

    static Merged? StandingMerge(IReadOnlyList<HistoryEntry> entries, long source)
    {
        Merged? standing = null;
        foreach (var entry in entries)
        foreach (var e in entry.Events)
            if (e is Merged merged && merged.Source == source)
                standing = merged;
            else if (e is Unmerged unmerged && unmerged.Source == source)
                standing = null;
        return standing;
    }

    /// <summary>What the turns left behind is kept only when it was committed.</summary>
    static async ValueTask<CommitOutcome> CommitAsync(
        IJournal journal,
        JournaledCustomer source,
        JournaledCustomer target,
        Turn ofSource,
        Turn ofTarget,
        IReadOnlyList<NameMove> names,
        long now
    )
    {
        var (from, into) = (source.Customer!.State, target.Customer!.State);
        var committed = false;
        try
        {
            var one = JournaledCustomer.CommitOf(from, ofSource, now, []);
            var other = JournaledCustomer.CommitOf(into, ofTarget, now, []);
            var result = await journal.CommitAsync(
                new Commit
                {
                    Turns = [.. one.Turns, .. other.Turns],
                    Due = [.. one.Due, .. other.Due],
                    Outbox = [.. one.Outbox, .. other.Outbox],
                    OutboxMoves = [.. one.OutboxMoves, .. other.OutboxMoves],
                    Names = names,
                }
            );
            committed = result.Outcome == CommitOutcome.Committed;
            return result.Outcome;
        }
        finally
        {
            if (committed)
                into.Version++;
            else
                target.Drop();
        }
    }
}
