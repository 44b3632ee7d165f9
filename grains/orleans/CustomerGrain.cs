using Microsoft.Extensions.Logging;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Storage;
using Personalization.Storage.Turns;

namespace Personalization.Grains;

/// <summary>
/// Hosts one customer: Orleans makes its turns follow each other and keeps one of it in the cluster; where a partition makes
/// two, the journal lets one turn win and the other loads again. The behaviour is <see cref="Customer"/>.
/// </summary>
public sealed partial class CustomerGrain(
    [PersistentState("snapshot", CustomerGrain.Snapshots)] IPersistentState<KeptSnapshot> kept,
    GrainHost host
) : Grain, ICustomerGrain
{
    /// <summary>Name of the grain storage that keeps snapshots.</summary>
    public const string Snapshots = "snapshots";

    JournaledCustomer customer = null!;
    bool stale;

    long Number => customer.Number;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        customer = new JournaledCustomer(this.GetPrimaryKeyLong());
        await customer.LoadAsync(host.Store, await OpenSnapshotAsync(cancellationToken));
        // It has been read: what stays in memory is the customer.
        kept.State = KeptSnapshot.None;
        host.Came();
    }

    async ValueTask<CustomerState?> OpenSnapshotAsync(CancellationToken cancel)
    {
        if (!kept.RecordExists || kept.State.Body.Length == 0)
            return null;
        if (!kept.State.IsSealed)
            return SnapshotCodec.TryRead(kept.State.Body);
        return
            await host.Store.UnsealSnapshotAsync(new Snapshot(Number, kept.State.Version, kept.State.Body), cancel) is { } opened
            ? SnapshotCodec.TryRead(opened.Body)
            : null;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        host.Went();
        try
        {
            if (customer.Snapshot(host.Options.SnapshotEvery) is not { } snapshot)
                return;
            var isPersonal = customer.Customer!.State is { Profile: not null } or { Correspondence.IsEmpty: false };
            var toKeep = isPersonal ? await host.Store.SealSnapshotAsync(snapshot, cancellationToken) : snapshot;
            if (toKeep is null)
                return;
            kept.State = new KeptSnapshot(toKeep.Version, isPersonal, toKeep.Body);
            await kept.WriteStateAsync(cancellationToken);
        }
        catch (Exception lost)
        {
            // Nothing is lost with it but time: the journal has it all.
            Log.SnapshotLost(host.Log, Number, lost.Message);
        }
    }

    public async ValueTask<Reply<Recorded>> RecordAsync(RecordRequest request)
    {
        await host.KnowAsync(request.Events);
        if (request.Recommendations is { } asked)
            await host.KnowAsync(asked);
        while (true)
        {
            if (await ForwardAsync() is not 0 and var target)
                return new(target, null!);
            try
            {
                if (await customer.TryRecordAsync(host.Store, request, host.Now, host.Shop.Current) is { } recorded)
                    return recorded;
            }
            catch
            {
                customer.Drop();
                throw;
            }
        }
    }

    public ValueTask<Reply<CustomerView>> ReadAsync() => LookAsync(static (one, now, world, _) => one.View(now, world), 0);

    public async ValueTask<Reply<Recommended>> RecommendAsync(RecommendationQuery query)
    {
        await host.KnowAsync(query);
        return await LookAsync(static (one, now, world, query) => one.Recommend(query, now, world), query);
    }

    public async ValueTask<Reply<Bundle>> BundleAsync(RecommendationQuery query, decimal budget)
    {
        await host.KnowAsync(query);
        return await LookAsync(
            static (one, now, world, asked) => one.Bundle(asked.query, asked.budget, now, world),
            (query, budget)
        );
    }

    public ValueTask<Reply<DryRun>> DryRunAsync(string playbook) =>
        LookAsync(static (one, now, world, playbook) => one.DryRun(playbook, now, world), playbook);

    public async ValueTask WakeAsync(long at) =>
        await ActAsync(world => (customer.Customer!.Wake(at, world), true), follow: false);

    public ValueTask<Reply<bool>> ChangeConsentAsync(ConsentChanged change) =>
        ActAsync(world => (customer.Customer!.ChangeConsent(change, host.Now, world), !customer.Customer.State.IsErased));

    public ValueTask<Reply<bool>> HideAsync(NeverShow change) => ActAsync(_ => (customer.Customer!.Hide(change), true));

    public ValueTask<Reply<bool>> CloseWarningAsync(Guid warning, byte outcome, string by, string? note) =>
        ActAsync(_ =>
        {
            var turn = customer.Customer!.CloseWarning(warning, (WarningOutcome)outcome, by, note, host.Now);
            return (turn, !turn.IsEmpty);
        });

    public ValueTask<Reply<LetterDraft?>> HandOverAsync(Guid message) =>
        ActAsync(world => customer.Customer!.HandOver(message, host.Now, world));

    public ValueTask<long> ForwardsToAsync() => ForwardAsync();

    public async ValueTask<byte?> JoinAsync(long source, string? by)
    {
        if (await ForwardAsync() != 0)
            return null;
        var outcome = await (await PairAsync(source)).TryJoinAsync(by, host.Now, host.Shop.Current);
        if (outcome == JoinOutcome.Joined)
            await ReloadOtherAsync(source);
        return (byte?)outcome;
    }

    public async ValueTask<bool> SplitAsync(long source, string by)
    {
        while (true)
        {
            await LoadedAsync();
            if (await (await PairAsync(source)).TrySplitAsync(by, host.Now) is not { } split)
                continue;
            if (split)
                await ReloadOtherAsync(source);
            return split;
        }
    }

    /// <summary>The other side is loaded beside its own grain: should that act meanwhile, the versions tell.</summary>
    async ValueTask<JournaledPair> PairAsync(long source)
    {
        var other = new JournaledCustomer(source);
        await other.LoadAsync(host.Store, snapshot: null);
        return new JournaledPair(host.Store, other, customer);
    }

    ValueTask ReloadOtherAsync(long other) => GrainFactory.GetGrain<ICustomerGrain>(other).ReloadAsync();

    public async ValueTask EraseAsync(string by)
    {
        await ActAsync(
            _ => (customer.Customer!.State.IsErased ? new Turn() : customer.Customer.Erase(by, host.Now), true),
            follow: false
        );
        await kept.ClearStateAsync();
    }

    public ValueTask ReloadAsync()
    {
        stale = true;
        return default;
    }

    /// <summary>A turn that changes nothing.</summary>
    async ValueTask<Reply<T>> LookAsync<T, TArgument>(Func<Customer, long, World, TArgument, T> look, TArgument argument) =>
        await ForwardAsync() is not 0 and var target
            ? new Reply<T>(target, default!)
            : new(0, look(customer.Customer!, host.Now, host.Shop.Current, argument));

    async ValueTask<Reply<T>> ActAsync<T>(Func<World, (Turn Turn, T Answer)> act, bool follow = true)
    {
        while (true)
        {
            var target = await ForwardAsync();
            if (follow && target != 0)
                return new(target, default!);
            try
            {
                var (turn, answer) = act(host.Shop.Current);
                var result = await customer.CommitAsync(host.Store, turn, host.Now, []);
                if (result.Outcome == CommitOutcome.Committed)
                    return answer;
            }
            catch
            {
                customer.Drop();
                throw;
            }
        }
    }

    async ValueTask<long> ForwardAsync()
    {
        await LoadedAsync();
        return customer.Customer!.State.ForwardedTo;
    }

    ValueTask LoadedAsync()
    {
        if (!stale && customer.Customer is not null)
            return default;
        stale = false;
        customer.Drop();
        return customer.LoadAsync(host.Store, snapshot: null);
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The snapshot of customer {Customer} was not kept: {Reason}")]
        public static partial void SnapshotLost(ILogger log, long customer, string reason);
    }
}
