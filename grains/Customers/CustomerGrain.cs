using Microsoft.Extensions.Logging;
using Orleans.Placement;
using Personalization.Events;
using Personalization.Journal;
using Personalization.Recommendations;

namespace Personalization.Customers;

/// <summary>
/// Hosts one customer: Orleans makes its turns follow each other and keeps one of it in the cluster; where a partition makes
/// two, the journal lets one turn win and the other loads again. The behaviour is <see cref="Customer"/>.
/// </summary>
[GrainType(CustomerGrains.Name), PreferLocalPlacement]
public sealed partial class CustomerGrain(CustomerHost host) : Grain, ICustomerGrain
{
    /// <summary>Turns lose to another activation only while a partition lasts; more losses in a row are a fault.</summary>
    const int MaxTries = 500;

    JournaledCustomer _customer = null!;
    bool _isStale;
    int _today,
        _claimedToday;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _customer = new JournaledCustomer(this.GetPrimaryKeyLong());
        host.Activated();
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        host.Deactivated();
        try
        {
            if (_customer.Snapshot(host.Options.SnapshotEvery) is not { } snapshot)
                return;
            await SaveSnapshotAsync(snapshot, cancellationToken);
            if (reason.ReasonCode == DeactivationReasonCode.ShuttingDown)
                host.SavedForStop();
        }
        catch (Exception lost)
        {
            // Nothing is lost with it but time: the journal has it all.
            Log.SnapshotLost(host.Log, _customer.Number, lost.Message);
        }
    }

    public async ValueTask<Recorded> RecordAsync(RecordRequest request)
    {
        var beyond = BeyondDay(request);
        if (beyond.Length > 0)
            request = request with { Events = [.. request.Events.Where((_, i) => !beyond.Contains(i))] };
        if (request.Events.Length == 0)
            return new Recorded(_customer.Number, 0, null) { BeyondDay = beyond };
        await host.PrepareAsync(request.Events);
        if (request.Recommendations is { } query)
            await host.PrepareAsync(query);
        if (request.IsNewCustomer)
            _customer.StartIfNotLoaded();
        var recorded = await TurnAsync(async () =>
            await _customer.TryRecordAsync(host.Journal, request, host.Now, host.Shop.Current, SettleAsync, OpenAsync)
        );
        return beyond.Length == 0 ? recorded : recorded with { BeyondDay = beyond };
    }

    /// <summary>
    /// The claimed events, by index, that are too many for a day. They are counted for as long as the customer is in memory.
    /// </summary>
    int[] BeyondDay(RecordRequest request)
    {
        if (request.ClaimedPerDay == 0)
            return [];
        var today = (int)(host.Now / 86_400_000);
        if (_today != today)
            (_today, _claimedToday) = (today, 0);
        List<int>? beyond = null;
        for (var i = 0; i < request.Events.Length; i++)
            if (!request.Events[i].Marks.HasFlag(EventMarks.Claimed))
                continue;
            else if (_claimedToday < request.ClaimedPerDay)
                _claimedToday++;
            else
                (beyond ??= []).Add(i);
        return beyond is null ? [] : [.. beyond];
    }

    public ValueTask<CustomerView> ReadAsync() => LookAsync(static (one, now, shop, _) => one.View(now, shop), 0);

    public async ValueTask<Recommended> RecommendAsync(RecommendationQuery query)
    {
        await host.PrepareAsync(query);
        // The first answer of an experiment is recorded before it is given: what is measured begins with it.
        if (await LookAsync(static (one, _, shop, query) => one.IsToBeExposed(query, shop), query))
            return await ActAsync((one, shop) => (one.Expose(query, host.Now, shop), one.Recommend(query, host.Now, shop)));
        return await LookAsync(static (one, now, shop, query) => one.Recommend(query, now, shop), query);
    }

    public async ValueTask<Bundle> BundleAsync(RecommendationQuery query, decimal budget)
    {
        await host.PrepareAsync(query);
        return await LookAsync(
            static (one, now, shop, asked) => one.Bundle(asked.query, asked.budget, now, shop),
            (query, budget)
        );
    }

    public async ValueTask<DryRun> DryRunAsync(string playbook)
    {
        await LoadAsync();
        var channel = host.Shop.Current.Outreach.Find(playbook)?.Channel;
        var mailbox =
            channel is not null && _customer.Customer!.AddressOn(channel) is { } address
                ? await Address(channel, address).ReadAsync()
                : null;
        return await LookAsync(
            static (one, now, shop, asked) => one.DryRun(asked.playbook, asked.mailbox, now, shop),
            (playbook, mailbox)
        );
    }

    public async ValueTask WakeAsync(long at) => await ActAsync((one, shop) => (one.Wake(at, shop), true), alsoMerged: true);

    public async ValueTask PutOffAsync(MessageQueued again, string why) =>
        await ActAsync((one, _) => (one.PutOff(again, why, host.Now), true));

    public ValueTask<bool> ChangeConsentAsync(ConsentChanged change) =>
        ActAsync((one, shop) => (one.ChangeConsent(change, host.Now, shop), !one.State.IsErased));

    public async ValueTask ChangeTrackingAsync(TrackingChanged change) =>
        await ActAsync((one, _) => (one.ChangeTracking(change), true));

    public async ValueTask HideAsync(NeverShow change) => await ActAsync((one, _) => (one.Hide(change), true));

    public ValueTask<bool> CloseWarningAsync(Guid warning, WarningOutcome outcome, string by, string? note) =>
        ActAsync(
            (one, _) =>
            {
                var turn = one.CloseWarning(warning, outcome, by, note, host.Now);
                return (turn, !turn.IsEmpty);
            }
        );

    public ValueTask<MergeOutcome> MergeAsync(long source, string? by) => AbsorbAsync(source, by, null);

    public ValueTask<MergeOutcome> JoinAsync(long source, Join join) => AbsorbAsync(source, null, join);

    async ValueTask<MergeOutcome> AbsorbAsync(long source, string? by, Join? join)
    {
        var outcome = await TurnAsync(async () =>
            await CustomerMerge.TryMergeAsync(host.Store, source, _customer, by, join, host.Now, host.Shop.Current)
        );
        // Also where they are one already: the call before may have ended between its commit and this.
        if (outcome != MergeOutcome.NamesMoved)
            await GrainFactory.Customer(source).ReloadAsync();
        return outcome!.Value;
    }

    public async ValueTask<bool> UnmergeAsync(long source, string by)
    {
        var unmerged = await TurnAsync(
            async () => await CustomerMerge.TryUnmergeAsync(host.Store, source, _customer, by, host.Now),
            alsoMerged: true
        );
        if (unmerged is not true)
            return false;
        await GrainFactory.Customer(source).ReloadAsync();
        // The snapshot still holds what went back.
        await ClearSnapshotAsync();
        return true;
    }

    public async ValueTask<int> EraseAsync(string by)
    {
        await ActAsync((one, _) => (one.State.IsErased ? new Turn() : one.Erase(by, host.Now), true), alsoMerged: true);
        return await ClearSnapshotAsync();
    }

    public ValueTask ReloadAsync()
    {
        _isStale = true;
        return default;
    }

    /// <summary>A turn that changes nothing.</summary>
    async ValueTask<T> LookAsync<T, TArgument>(Func<Customer, long, ShopContext, TArgument, T> look, TArgument argument)
    {
        await LoadAsync();
        return look(_customer.Customer!, host.Now, host.Shop.Current, argument);
    }

    /// <summary>A turn: decides, commits, answers.</summary>
    async ValueTask<T> ActAsync<T>(Func<Customer, ShopContext, (Turn Turn, T Answer)> act, bool alsoMerged = false)
    {
        var answer = default(T)!;
        await TurnAsync(
            async () =>
            {
                (var turn, answer) = act(_customer.Customer!, host.Shop.Current);
                await SettleAsync(turn);
                var result = await _customer.CommitAsync(host.Journal, turn, host.Now, []);
                if (result.Outcome != CommitOutcome.Committed)
                    return (CommitResult?)null;
                await OpenAsync(turn);
                return result;
            },
            alsoMerged
        );
        return answer;
    }

    /// <summary>
    /// Where another activation wrote first (<paramref name="turn"/> answers null), loads and decides again. What a turn that
    /// failed left in memory is dropped.
    /// </summary>
    async ValueTask<T> TurnAsync<T>(Func<ValueTask<T?>> turn, bool alsoMerged = false)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            await LoadAsync(alsoMerged);
            var hadAll = _customer.Damage is null;
            try
            {
                if (await turn() is not { } done)
                    continue;
                // What was found out amid a turn is said when it is loaded again, before the next one.
                _isStale |= hadAll && _customer.Damage is not null;
                return done;
            }
            catch
            {
                _customer.Drop();
                throw;
            }
        }
        throw new StoreUnavailableException("The customer kept changing while the call was decided; send it again.");
    }

    /// <summary>Brings the customer into memory, unless it is there and current.</summary>
    /// <exception cref="CustomerMergedException">Another customer answers for it, and the turn concerns only one that stands for itself.</exception>
    ValueTask LoadAsync(bool alsoMerged = false)
    {
        if (_isStale || _customer.Customer is null)
            return LoadAgainAsync(alsoMerged);
        ThrowIfMerged(alsoMerged);
        return default;
    }

    async ValueTask LoadAgainAsync(bool alsoMerged)
    {
        // Cleared first: what changes while it loads makes it load again.
        _isStale = false;
        await _customer.LoadAsync(host.Journal, host.Options.SnapshotEvery, ReadSnapshotAsync);
        if (_customer.Damage is var (entry, why))
            await host.ReportDamageAsync(_customer.Number, entry, why);
        ThrowIfMerged(alsoMerged);
    }

    void ThrowIfMerged(bool alsoMerged)
    {
        if (!alsoMerged && _customer.Customer!.State.ForwardedTo is not 0 and var into)
            throw new CustomerMergedException(into);
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The snapshot of customer {Customer} was not kept: {Reason}")]
        public static partial void SnapshotLost(ILogger log, long customer, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The snapshot of customer {Customer} cannot be read: {Reason}")]
        public static partial void SnapshotUnreadable(ILogger log, long customer, string reason);
    }
}
