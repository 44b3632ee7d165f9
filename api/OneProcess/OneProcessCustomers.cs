using System.Collections.Concurrent;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Storage;

namespace Personalization.OneProcess;

/// <summary>
/// Hosts customers in this process: loads one on first use (snapshot and the journal's later entries), runs its turns one at
/// a time, commits what they decide, and lets go of those unused longest when memory is short.
/// </summary>
public sealed partial class OneProcessCustomers : ICustomers
{
    readonly ConcurrentDictionary<long, Activation> activations = new();
    readonly IStore store;
    readonly ShopWorld shop;
    readonly TimeProvider time;
    readonly ResidencyOptions options;
    readonly ILogger<OneProcessCustomers> log;
    long bytes;
    int ticks;

    public OneProcessCustomers(
        IStore store,
        ShopWorld shop,
        TimeProvider time,
        ResidencyOptions options,
        ILogger<OneProcessCustomers> log
    ) => (this.store, this.shop, this.time, this.options, this.log) = (store, shop, time, options, log);

    /// <summary>Customers in memory, and the bytes they are estimated to take.</summary>
    public (int Count, long Bytes) Resident => (activations.Count, Interlocked.Read(ref bytes));

    long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public async ValueTask<Recorded> RecordAsync(long customer, RecordRequest request, CancellationToken cancel = default)
    {
        while (true)
        {
            var activation = await EnterAsync(customer, cancel);
            try
            {
                if (activation.Customer!.State.ForwardedTo is not 0 and var target)
                {
                    customer = target;
                    continue;
                }
                if (await activation.TryRecordAsync(store, request, Now, shop.Current) is { } recorded)
                    return recorded;
            }
            catch
            {
                activation.Drop();
                throw;
            }
            finally
            {
                Leave(activation);
            }
        }
    }

    public ValueTask<CustomerView> ReadAsync(long customer, CancellationToken cancel = default) =>
        LookAsync(customer, static (one, now, world, _) => one.View(now, world), 0, cancel);

    public ValueTask<Recommended> RecommendAsync(long customer, RecommendationQuery query, CancellationToken cancel = default) =>
        LookAsync(customer, static (one, now, world, query) => one.Recommend(query, now, world), query, cancel);

    public ValueTask<Bundle> BundleAsync(
        long customer,
        RecommendationQuery query,
        decimal budget,
        CancellationToken cancel = default
    ) =>
        LookAsync(
            customer,
            static (one, now, world, asked) => one.Bundle(asked.query, asked.budget, now, world),
            (query, budget),
            cancel
        );

    public ValueTask<DryRun> DryRunAsync(long customer, string playbook, CancellationToken cancel = default) =>
        LookAsync(customer, static (one, now, world, playbook) => one.DryRun(playbook, now, world), playbook, cancel);

    public async ValueTask WakeAsync(long customer, long at, CancellationToken cancel = default) =>
        await ActAsync(customer, (one, world) => (one.Wake(at, world), true), cancel, follow: false);

    public ValueTask<bool> ChangeConsentAsync(long customer, ConsentChanged change, CancellationToken cancel = default) =>
        ActAsync(customer, (one, world) => (one.ChangeConsent(change, Now, world), !one.State.IsErased), cancel);

    public async ValueTask HideAsync(long customer, NeverShow change, CancellationToken cancel = default) =>
        await ActAsync(customer, (one, _) => (one.Hide(change), true), cancel);

    public ValueTask<bool> CloseWarningAsync(
        long customer,
        Guid warning,
        WarningOutcome outcome,
        string by,
        string? note,
        CancellationToken cancel = default
    ) =>
        ActAsync(
            customer,
            (one, _) =>
            {
                var turn = one.CloseWarning(warning, outcome, by, note, Now);
                return (turn, !turn.IsEmpty);
            },
            cancel
        );

    public ValueTask<LetterDraft?> HandOverAsync(long customer, Guid message, CancellationToken cancel = default) =>
        ActAsync(customer, (one, world) => one.HandOver(message, Now, world), cancel);

    /// <summary>A turn that changes nothing: no commit, and what it sees was committed, as the gate is held until a commit is done.</summary>
    async ValueTask<T> LookAsync<T, TArgument>(
        long customer,
        Func<Customer, long, World, TArgument, T> look,
        TArgument argument,
        CancellationToken cancel
    )
    {
        while (true)
        {
            var activation = await EnterAsync(customer, cancel);
            try
            {
                if (activation.Customer!.State.ForwardedTo is not 0 and var target)
                    customer = target;
                else
                    return look(activation.Customer, Now, shop.Current, argument);
            }
            finally
            {
                Leave(activation);
            }
        }
    }

    async ValueTask<T> ActAsync<T>(
        long customer,
        Func<Customer, World, (Turn Turn, T Answer)> act,
        CancellationToken cancel,
        bool follow = true
    )
    {
        while (true)
        {
            var activation = await EnterAsync(customer, cancel);
            try
            {
                if (follow && activation.Customer!.State.ForwardedTo is not 0 and var target)
                {
                    customer = target;
                    continue;
                }
                var (turn, answer) = act(activation.Customer!, shop.Current);
                var result = await activation.CommitAsync(store, turn, Now, []);
                if (result.Outcome == CommitOutcome.Committed)
                    return answer;
            }
            catch
            {
                activation.Drop();
                throw;
            }
            finally
            {
                Leave(activation);
            }
        }
    }

    /// <summary>The customer's gate, held, with the customer loaded.</summary>
    async ValueTask<Activation> EnterAsync(long number, CancellationToken cancel)
    {
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var activation = activations.GetOrAdd(number, static number => new Activation(number));
            await activation.EnterAsync();
            if (activation.Retired)
            {
                activation.Leave();
                continue;
            }
            activation.LastUse = Volatile.Read(ref ticks);
            if (activation.Customer is not null)
                return activation;
            try
            {
                await activation.LoadAsync(store);
                return activation;
            }
            catch
            {
                Leave(activation);
                throw;
            }
        }
    }

    void Leave(Activation activation)
    {
        var size = activation.Customer?.State.Bytes ?? 0;
        Interlocked.Add(ref bytes, size - activation.Counted);
        activation.Counted = size;
        activation.Leave();
    }
}
