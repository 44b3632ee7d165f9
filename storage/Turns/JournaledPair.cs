using Personalization.Customers;
using Personalization.Events;

namespace Personalization.Storage.Turns;

/// <summary>
/// Turns of two customers at once: joins and splits, in one transaction under both versions. Both are loaded before, and
/// must be loaded again after a turn that was not committed.
/// </summary>
public sealed class JournaledPair(IStore store, JournaledCustomer source, JournaledCustomer target)
{
    /// <summary>Ends the source's history and makes it part of the target's.</summary>
    /// <returns>Null when either was changed meanwhile, or has been joined elsewhere: look again.</returns>
    public async ValueTask<JoinOutcome?> TryJoinAsync(string? by, long now, World world, CancellationToken cancel = default)
    {
        var (from, into) = (source.Customer!, target.Customer!);
        if (from.State.ForwardedTo != 0 || into.State.ForwardedTo != 0)
            return null;
        var moves = (await store.NamesOfAsync([source.Number], cancel))
            .Select(name => new NameMove(name.Number, source.Number, target.Number, now))
            .ToList();
        var names = moves.ConvertAll(move => move.Name).ToArray();
        var history = await store.ComposeAsync(target.Number, into.State.Version);
        history.AddRange(await store.ComposeAsync(source.Number, from.State.Version));
        var absorbed = into.Absorb(from.State, names, by, history, now, world);
        var ended = from.ForwardTo(target.Number, now);
        return await CommitAsync(ended, absorbed, moves, now) switch
        {
            CommitOutcome.Committed => JoinOutcome.Joined,
            CommitOutcome.NameConflict => JoinOutcome.NamesMoved,
            _ => null,
        };
    }

    /// <summary>Undoes a join.</summary>
    /// <returns>False when there is none to undo or its names have moved on; null when either was changed meanwhile: look again.</returns>
    public async ValueTask<bool?> TrySplitAsync(string by, long now)
    {
        var (from, into) = (source.Customer!, target.Customer!);
        var entries = await store.EntriesAsync(target.Number, int.MaxValue);
        if (from.State.ForwardedTo != target.Number || StandingJoin(entries, source.Number) is not { } joined)
            return false;
        var moves = joined.Names.Select(name => new NameMove(name, target.Number, source.Number, now)).ToList();

        // Both sides are told first what is to be written, then folded over what the journal will say.
        var stays = await store.ComposeWithAsync(
            target.Number,
            into.State.Version + 1,
            new SplitOff
            {
                Time = now,
                Source = source.Number,
                Names = joined.Names,
                By = by,
            }
        );
        var returns = await store.ComposeWithAsync(
            source.Number,
            from.State.Version + 1,
            new Reopened
            {
                Time = now,
                From = target.Number,
                UpToVersion = into.State.Version,
                Names = joined.Names,
                By = by,
            }
        );
        var reopened = from.Reopen(into.State, joined.Names, by, returns, now);
        var split = into.GiveBack(from.State, joined.Names, by, stays, now);
        return await CommitAsync(reopened, split, moves, now) switch
        {
            CommitOutcome.Committed => true,
            CommitOutcome.NameConflict => false,
            _ => null,
        };
    }

    static Joined? StandingJoin(IReadOnlyList<HistoryEntry> entries, long source)
    {
        Joined? standing = null;
        foreach (var entry in entries)
        foreach (var e in entry.Events)
            if (e is Joined joined && joined.Source == source)
                standing = joined;
            else if (e is SplitOff split && split.Source == source)
                standing = null;
        return standing;
    }

    /// <summary>What the turns left behind is kept only when it was committed.</summary>
    async ValueTask<CommitOutcome> CommitAsync(Turn ofSource, Turn ofTarget, IReadOnlyList<NameMove> names, long now)
    {
        var (from, into) = (source.Customer!.State, target.Customer!.State);
        var committed = false;
        try
        {
            var one = JournaledCustomer.CommitOf(from, ofSource, now, []);
            var other = JournaledCustomer.CommitOf(into, ofTarget, now, []);
            var result = await store.CommitAsync(
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
            {
                from.Version++;
                into.Version++;
            }
            else
            {
                source.Drop();
                target.Drop();
            }
        }
    }
}
