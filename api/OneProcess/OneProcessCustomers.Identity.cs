using Personalization.Customers;
using Personalization.Storage.Turns;

namespace Personalization.OneProcess;

/// <summary>Turns of two customers at once: joins and splits under both gates; and erasure.</summary>
public sealed partial class OneProcessCustomers
{
    public async ValueTask<JoinOutcome> JoinAsync(long source, long target, string? by, CancellationToken cancel = default)
    {
        while (true)
        {
            target = await EndOfAsync(target, cancel);
            var end = await EndOfAsync(source, cancel);
            if (end == target)
                return JoinOutcome.AlreadyOne;
            if (end != source)
                return JoinOutcome.NamesMoved;
            var outcome = await WithBothAsync(source, target, pair => pair.TryJoinAsync(by, Now, shop.Current, cancel), cancel);
            if (outcome is { } joined)
                return joined;
        }
    }

    public async ValueTask<bool> SplitAsync(long target, long source, string by, CancellationToken cancel = default)
    {
        if (source == target)
            return false;
        while (true)
            if (await WithBothAsync(source, target, pair => pair.TrySplitAsync(by, Now), cancel) is { } split)
                return split;
    }

    public async ValueTask<ErasureReceipt> EraseAsync(long customer, string by, CancellationToken cancel = default)
    {
        customer = await EndOfAsync(customer, cancel);
        var now = Now;
        var everyone = await store.AbsorbedAsync(customer, one => ForwardOf(one, cancel), cancel);
        foreach (var one in everyone)
            await ActAsync(one, (c, _) => (c.State.IsErased ? new Turn() : c.Erase(by, now), true), cancel, follow: false);
        var removed = await store.EraseAsync(everyone, cancel);
        return new ErasureReceipt(customer, now, removed, everyone.Where(one => one != customer).ToList());
    }

    ValueTask<long> ForwardOf(long customer, CancellationToken cancel) => PeekAsync(customer, state => state.ForwardedTo, cancel);

    async ValueTask<long> EndOfAsync(long customer, CancellationToken cancel)
    {
        while (await ForwardOf(customer, cancel) is not 0 and var next)
            customer = next;
        return customer;
    }

    async ValueTask<T> PeekAsync<T>(long customer, Func<CustomerState, T> peek, CancellationToken cancel)
    {
        var activation = await EnterAsync(customer, cancel);
        try
        {
            return peek(activation.Customer!.State);
        }
        finally
        {
            Leave(activation);
        }
    }

    /// <summary>Runs a turn of both under their gates, entered in the order of the numbers so that two joins never wait for each other.</summary>
    async ValueTask<T> WithBothAsync<T>(
        long source,
        long target,
        Func<JournaledPair, ValueTask<T>> turn,
        CancellationToken cancel
    )
    {
        var lower = await EnterAsync(Math.Min(source, target), cancel);
        try
        {
            var higher = await EnterAsync(Math.Max(source, target), cancel);
            try
            {
                return await turn(lower.Number == source ? new(store, lower, higher) : new(store, higher, lower));
            }
            finally
            {
                Leave(higher);
            }
        }
        finally
        {
            Leave(lower);
        }
    }
}
