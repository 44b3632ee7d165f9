using System.Diagnostics;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Storage;
using Personalization.Storage.Turns;

namespace Personalization.Grains;

/// <summary>
/// Customers wherever in the cluster they live. Follows those that were joined into others, and asks again while the silo of
/// a customer is gone and the cluster has not yet noticed, as far as asking twice does no harm.
/// </summary>
public sealed class ClusterCustomers(IGrainFactory grains, IStore store, TimeProvider time) : ICustomers
{
    /// <summary>How long a caller waits for a cluster that is finding itself anew.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public ValueTask<Recorded> RecordAsync(long customer, RecordRequest request, CancellationToken cancel = default) =>
        FollowAsync(customer, static (grain, request) => grain.RecordAsync(request), request, cancel);

    public ValueTask<CustomerView> ReadAsync(long customer, CancellationToken cancel = default) =>
        FollowAsync(customer, static (grain, _) => grain.ReadAsync(), 0, cancel);

    public ValueTask<Recommended> RecommendAsync(long customer, RecommendationQuery query, CancellationToken cancel = default) =>
        FollowAsync(customer, static (grain, query) => grain.RecommendAsync(query), query, cancel);

    public ValueTask<Bundle> BundleAsync(
        long customer,
        RecommendationQuery query,
        decimal budget,
        CancellationToken cancel = default
    ) => FollowAsync(customer, static (grain, asked) => grain.BundleAsync(asked.query, asked.budget), (query, budget), cancel);

    public ValueTask<DryRun> DryRunAsync(long customer, string playbook, CancellationToken cancel = default) =>
        FollowAsync(customer, static (grain, playbook) => grain.DryRunAsync(playbook), playbook, cancel);

    public async ValueTask WakeAsync(long customer, long at, CancellationToken cancel = default) =>
        await AskAsync(
            customer,
            async (grain, at) =>
            {
                await grain.WakeAsync(at);
                return true;
            },
            at,
            again: true,
            cancel
        );

    public ValueTask<bool> ChangeConsentAsync(long customer, ConsentChanged change, CancellationToken cancel = default) =>
        FollowAsync(customer, static (grain, change) => grain.ChangeConsentAsync(change), change, cancel);

    public async ValueTask HideAsync(long customer, NeverShow change, CancellationToken cancel = default) =>
        await FollowAsync(customer, static (grain, change) => grain.HideAsync(change), change, cancel);

    public ValueTask<bool> CloseWarningAsync(
        long customer,
        Guid warning,
        WarningOutcome outcome,
        string by,
        string? note,
        CancellationToken cancel = default
    ) =>
        FollowAsync(
            customer,
            static (grain, said) => grain.CloseWarningAsync(said.warning, (byte)said.outcome, said.by, said.note),
            (warning, outcome, by, note),
            cancel,
            again: false
        );

    public ValueTask<LetterDraft?> HandOverAsync(long customer, Guid message, CancellationToken cancel = default) =>
        FollowAsync(customer, static (grain, message) => grain.HandOverAsync(message), message, cancel, again: false);

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
            var outcome = await AskAsync(
                target,
                static (grain, said) => grain.JoinAsync(said.source, said.by),
                (source, by),
                again: true,
                cancel
            );
            if (outcome is { } joined)
                return (JoinOutcome)joined;
            // The source acted meanwhile, or a join ended elsewhere than its grain knows.
            await grains.GetGrain<ICustomerGrain>(source).ReloadAsync();
        }
    }

    public ValueTask<bool> SplitAsync(long target, long source, string by, CancellationToken cancel = default) =>
        source == target
            ? new(false)
            : AskAsync(
                target,
                static (grain, said) => grain.SplitAsync(said.source, said.by),
                (source, by),
                again: false,
                cancel
            );

    public async ValueTask<ErasureReceipt> EraseAsync(long customer, string by, CancellationToken cancel = default)
    {
        customer = await EndOfAsync(customer, cancel);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var everyone = await store.AbsorbedAsync(customer, one => ForwardOfAsync(one, cancel), cancel);
        foreach (var one in everyone)
            await AskAsync(
                one,
                static async (grain, by) =>
                {
                    await grain.EraseAsync(by);
                    return true;
                },
                by,
                again: true,
                cancel
            );
        var removed = await store.EraseAsync(everyone, cancel);
        return new ErasureReceipt(customer, now, removed, everyone.Where(one => one != customer).ToList());
    }

    ValueTask<long> ForwardOfAsync(long customer, CancellationToken cancel) =>
        AskAsync(customer, static (grain, _) => grain.ForwardsToAsync(), 0, again: true, cancel);

    async ValueTask<long> EndOfAsync(long customer, CancellationToken cancel)
    {
        while (await ForwardOfAsync(customer, cancel) is not 0 and var next)
            customer = next;
        return customer;
    }

    async ValueTask<T> FollowAsync<T, TArgument>(
        long customer,
        Func<ICustomerGrain, TArgument, ValueTask<Reply<T>>> ask,
        TArgument argument,
        CancellationToken cancel,
        bool again = true
    )
    {
        while (true)
        {
            var reply = await AskAsync(customer, ask, argument, again, cancel);
            if (reply.ForwardedTo == 0)
                return reply.Value;
            customer = reply.ForwardedTo;
        }
    }

    /// <param name="customer">Whom.</param>
    /// <param name="ask">What.</param>
    /// <param name="argument">With what.</param>
    /// <param name="again">Whether a call of which nothing is known may be made once more: recording knows its messages again.</param>
    /// <param name="cancel">Cancels asking again.</param>
    async ValueTask<T> AskAsync<T, TArgument>(
        long customer,
        Func<ICustomerGrain, TArgument, ValueTask<T>> ask,
        TArgument argument,
        bool again,
        CancellationToken cancel
    )
    {
        var grain = grains.GetGrain<ICustomerGrain>(customer);
        var started = Stopwatch.GetTimestamp();
        while (true)
            try
            {
                return await ask(grain, argument);
            }
            catch (Exception lost) when (lost is SiloUnavailableException or OrleansMessageRejectionException or TimeoutException)
            {
                if (!again || Stopwatch.GetElapsedTime(started) > Patience)
                    throw new StoreUnavailableException(
                        "The server that holds this customer cannot be reached now; the cluster is finding another.",
                        lost
                    );
                await Task.Delay(Pause, cancel);
            }
    }
}
