using Personalization.Codec;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Storage;

namespace Personalization.OneProcess;

/// <summary>Turns of two customers at once: joins and splits, in one transaction under both versions.</summary>
public sealed partial class OneProcessCustomers
{
    public async ValueTask<JoinOutcome> JoinAsync(long source, long target, string? by, CancellationToken cancel = default)
    {
        while (true)
        {
            target = await EndOfAsync(target, cancel);
            var end = await EndOfAsync(source, cancel);
            if (end == target) return JoinOutcome.AlreadyOne;
            if (end != source) return JoinOutcome.NamesMoved;
            await using var pair = await EnterBothAsync(source, target, cancel);
            var (from, into) = (pair.First.Customer!, pair.Second.Customer!);
            // Joined elsewhere between the look and the gates: look again.
            if (from.State.ForwardedTo != 0 || into.State.ForwardedTo != 0) continue;
            var now = Now;
            var moves = (await store.NamesOfAsync([source], cancel)).Select(name => new NameMove(name.Number, source, target, now)).ToList();
            var names = moves.ConvertAll(move => move.Name).ToArray();
            var history = await ComposeAsync(target, into.State.Version);
            foreach (var e in await ComposeAsync(source, from.State.Version)) history.Add(e);
            var sourceState = from.State;
            var absorbed = into.Absorb(sourceState, names, by, history, now, shop.Current);
            var ended = from.ForwardTo(target, now);
            switch (await CommitBothAsync(pair, ended, absorbed, moves, now))
            {
                case CommitOutcome.Committed: return JoinOutcome.Joined;
                case CommitOutcome.NameConflict: return JoinOutcome.NamesMoved;
            }
        }
    }

    public async ValueTask<bool> SplitAsync(long target, long source, string by, CancellationToken cancel = default)
    {
        while (true)
        {
            if (source == target) return false;
            await using var pair = await EnterBothAsync(source, target, cancel);
            var (from, into) = (pair.First.Customer!, pair.Second.Customer!);
            var entries = (await store.ReadCustomerAsync(target, withSnapshot: false, cancel: cancel)).Entries
                .Select(entry => new HistoryEntry(entry.Version, EventCodec.Read(entry.Body, entry.Personal))).ToList();
            if (from.State.ForwardedTo != target || StandingJoin(entries, source) is not { } joined) return false;
            var now = Now;
            var moves = joined.Names.Select(name => new NameMove(name, target, source, now)).ToList();

            // Both sides are told first what is to be written, then folded over what the journal will say.
            var stays = await ComposeWithAsync(target, into.State.Version + 1,
                new SplitOff { Time = now, Source = source, Names = joined.Names, By = by });
            var returns = await ComposeWithAsync(source, from.State.Version + 1,
                new Reopened { Time = now, From = target, UpToVersion = into.State.Version, Names = joined.Names, By = by });
            var targetState = into.State;
            var reopened = from.Reopen(targetState, joined.Names, by, returns, now);
            var split = into.GiveBack(from.State, joined.Names, by, stays, now);
            switch (await CommitBothAsync(pair, reopened, split, moves, now))
            {
                case CommitOutcome.Committed: return true;
                case CommitOutcome.NameConflict: return false;
            }
        }
    }

    public async ValueTask<ErasureReceipt> EraseAsync(long customer, string by, CancellationToken cancel = default)
    {
        customer = await EndOfAsync(customer, cancel);
        var now = Now;
        var everyone = await AbsorbedAsync(customer, cancel);
        foreach (var one in everyone)
            await ActAsync(one, (c, _) => (c.State.IsErased ? new Turn() : c.Erase(by, now), true), cancel, follow: false);
        var removed = await store.EraseAsync(everyone, cancel);
        return new ErasureReceipt(customer, now, removed, everyone.Where(one => one != customer).ToList());
    }

    /// <summary>The customer and all that it absorbed, at any depth.</summary>
    async ValueTask<List<long>> AbsorbedAsync(long customer, CancellationToken cancel)
    {
        var all = new List<long> { customer };
        for (var i = 0; i < all.Count; i++)
            foreach (var entry in (await store.ReadCustomerAsync(all[i], withSnapshot: false, cancel: cancel)).Entries)
                foreach (var joined in EventCodec.Read(entry.Body, []).OfType<Joined>())
                    if (!all.Contains(joined.Source) && await ForwardOf(joined.Source, cancel) == all[i]) all.Add(joined.Source);
        return all;
    }

    ValueTask<long> ForwardOf(long customer, CancellationToken cancel) => PeekAsync(customer, state => state.ForwardedTo, cancel);

    async ValueTask<long> EndOfAsync(long customer, CancellationToken cancel)
    {
        while (await ForwardOf(customer, cancel) is not 0 and var next) customer = next;
        return customer;
    }

    async ValueTask<T> PeekAsync<T>(long customer, Func<CustomerState, T> peek, CancellationToken cancel)
    {
        var activation = await EnterAsync(customer, cancel);
        try { return peek(activation.Customer!.State); }
        finally { Leave(activation); }
    }

    static Joined? StandingJoin(IReadOnlyList<HistoryEntry> entries, long source)
    {
        Joined? standing = null;
        foreach (var entry in entries)
            foreach (var e in entry.Events)
                if (e is Joined joined && joined.Source == source) standing = joined;
                else if (e is SplitOff split && split.Source == source) standing = null;
        return standing;
    }

    /// <summary>What a history will be once one more entry is written.</summary>
    ValueTask<List<CustomerEvent>> ComposeWithAsync(long customer, int version, CustomerEvent next) =>
        History.ComposeAsync(customer, version, async (number, upTo) =>
        {
            var record = await store.ReadCustomerAsync(number, withSnapshot: false, upToVersion: upTo);
            var entries = record.Entries.Select(entry => new HistoryEntry(entry.Version, EventCodec.Read(entry.Body, entry.Personal))).ToList();
            if (number == customer) entries.Add(new HistoryEntry(version, [next]));
            return entries;
        });

    async ValueTask<CommitOutcome> CommitBothAsync(Pair pair, Turn first, Turn second, IReadOnlyList<NameMove> names, long now)
    {
        var (a, b) = (pair.First.Customer!.State, pair.Second.Customer!.State);
        var one = CommitOf(a, first, now, []);
        var other = CommitOf(b, second, now, []);
        var result = await store.CommitAsync(new Commit
        {
            Turns = [.. one.Turns, .. other.Turns],
            Due = [.. one.Due, .. other.Due],
            Outbox = [.. one.Outbox, .. other.Outbox],
            OutboxMoves = [.. one.OutboxMoves, .. other.OutboxMoves],
            Names = names,
        });
        if (result.Outcome == CommitOutcome.Committed)
        {
            a.Version++;
            b.Version++;
            pair.Keep();
        }
        return result.Outcome;
    }

    /// <summary>Enters two gates in the order of the numbers, so that two joins never wait for each other.</summary>
    async ValueTask<Pair> EnterBothAsync(long first, long second, CancellationToken cancel)
    {
        var lower = await EnterAsync(Math.Min(first, second), cancel);
        try
        {
            var higher = await EnterAsync(Math.Max(first, second), cancel);
            return lower.Number == first ? new Pair(this, lower, higher) : new Pair(this, higher, lower);
        }
        catch
        {
            Leave(lower);
            throw;
        }
    }

    /// <summary>Two gates held. Unless it was committed, both customers are loaded again before their next turn.</summary>
    sealed class Pair(OneProcessCustomers host, Activation first, Activation second) : IAsyncDisposable
    {
        bool kept;

        public Activation First => first;
        public Activation Second => second;
        public void Keep() => kept = true;

        public ValueTask DisposeAsync()
        {
            if (!kept) first.Customer = second.Customer = null;
            host.Leave(first);
            host.Leave(second);
            return ValueTask.CompletedTask;
        }
    }
}
