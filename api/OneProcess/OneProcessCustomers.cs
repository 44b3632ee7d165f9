using System.Collections.Concurrent;
using Personalization.Codec;
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

    public OneProcessCustomers(IStore store, ShopWorld shop, TimeProvider time, ResidencyOptions options, ILogger<OneProcessCustomers> log) =>
        (this.store, this.shop, this.time, this.options, this.log) = (store, shop, time, options, log);

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
                var one = activation.Customer!;
                if (one.State.ForwardedTo is not 0 and var target)
                {
                    customer = target;
                    continue;
                }
                if (one.State.IsErased) throw new CustomerErasedException(customer);
                var (now, world) = (Now, shop.Current);
                var before = request.Include == Include.Nothing ? default : (Stage: one.Stage(now, world), one.AssessAt(now, world)?.Risk);
                var turn = one.IsLate(request.Events)
                    ? one.RecordLate(await ComposeAsync(customer, one.State.Version), request.Events, request.Imported, now, world)
                    : one.Record(request.Events, request.Imported, now, world);
                var result = await CommitAsync(activation, turn, now, request.ImportKeys);
                if (result.Outcome != CommitOutcome.Committed) continue;
                return Answer(one, request, turn, result.Position, before, now, world);
            }
            catch
            {
                activation.Customer = null;
                throw;
            }
            finally
            {
                Leave(activation);
            }
        }
    }

    static Recorded Answer(
        Customer one, RecordRequest request, Turn turn, long position, (LifecycleStage Stage, float? Risk) before, long now, World world)
    {
        var recorded = new Recorded(one.State.Number, position, turn.Duplicates);
        if (request.Include == Include.Nothing) return recorded;
        return recorded with
        {
            Recommendations = request.Include.HasFlag(Include.Recommendations) && request.Recommendations is { } query
                ? one.Recommend(query, now, world)
                : null,
            Stage = request.Include.HasFlag(Include.Stage) ? one.Stage(now, world) : null,
            StageBefore = request.Include.HasFlag(Include.Stage) ? before.Stage : null,
            Churn = request.Include.HasFlag(Include.Churn) ? one.ChurnView(now, world) : null,
            RiskBefore = request.Include.HasFlag(Include.Churn) ? before.Risk : null,
            Outreach = request.Include.HasFlag(Include.Outreach) ? new OutreachChange(turn.Queued, turn.Withdrawn) : null,
        };
    }

    public ValueTask<CustomerView> ReadAsync(long customer, CancellationToken cancel = default) =>
        LookAsync(customer, static (one, now, world, _) => one.View(now, world), 0, cancel);

    public ValueTask<Recommended> RecommendAsync(long customer, RecommendationQuery query, CancellationToken cancel = default) =>
        LookAsync(customer, static (one, now, world, query) => one.Recommend(query, now, world), query, cancel);

    public ValueTask<Bundle> BundleAsync(long customer, RecommendationQuery query, decimal budget, CancellationToken cancel = default) =>
        LookAsync(customer, static (one, now, world, asked) => one.Bundle(asked.query, asked.budget, now, world), (query, budget), cancel);

    public ValueTask<DryRun> DryRunAsync(long customer, string playbook, CancellationToken cancel = default) =>
        LookAsync(customer, static (one, now, world, playbook) => one.DryRun(playbook, now, world), playbook, cancel);

    public async ValueTask WakeAsync(long customer, long at, CancellationToken cancel = default) =>
        await ActAsync(customer, (one, world) => (one.Wake(at, world), true), cancel, follow: false);

    public ValueTask<bool> ChangeConsentAsync(long customer, ConsentChanged change, CancellationToken cancel = default) =>
        ActAsync(customer, (one, world) => (one.ChangeConsent(change, Now, world), !one.State.IsErased), cancel);

    public async ValueTask HideAsync(long customer, NeverShow change, CancellationToken cancel = default) =>
        await ActAsync(customer, (one, _) => (one.Hide(change), true), cancel);

    public ValueTask<bool> CloseWarningAsync(
        long customer, Guid warning, WarningOutcome outcome, string by, string? note, CancellationToken cancel = default) =>
        ActAsync(customer, (one, _) =>
        {
            var turn = one.CloseWarning(warning, outcome, by, note, Now);
            return (turn, !turn.IsEmpty);
        }, cancel);

    public ValueTask<LetterDraft?> HandOverAsync(long customer, Guid message, CancellationToken cancel = default) =>
        ActAsync(customer, (one, world) => one.HandOver(message, Now, world), cancel);

    /// <summary>A turn that changes nothing: no commit, and what it sees was committed, as the gate is held until a commit is done.</summary>
    async ValueTask<T> LookAsync<T, TArgument>(
        long customer, Func<Customer, long, World, TArgument, T> look, TArgument argument, CancellationToken cancel)
    {
        while (true)
        {
            var activation = await EnterAsync(customer, cancel);
            try
            {
                if (activation.Customer!.State.ForwardedTo is not 0 and var target) customer = target;
                else return look(activation.Customer, Now, shop.Current, argument);
            }
            finally
            {
                Leave(activation);
            }
        }
    }

    async ValueTask<T> ActAsync<T>(
        long customer, Func<Customer, World, (Turn Turn, T Answer)> act, CancellationToken cancel, bool follow = true)
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
                var result = await CommitAsync(activation, turn, Now, []);
                if (result.Outcome == CommitOutcome.Committed) return answer;
            }
            catch
            {
                activation.Customer = null;
                throw;
            }
            finally
            {
                Leave(activation);
            }
        }
    }

    /// <summary>Writes what a turn decided. After anything but success the customer is loaded again before its next turn.</summary>
    async ValueTask<CommitResult> CommitAsync(Activation activation, Turn turn, long now, IReadOnlyList<UInt128> importKeys)
    {
        if (turn.IsEmpty) return new CommitResult(CommitOutcome.Committed, 0);
        var state = activation.Customer!.State;
        var commit = CommitOf(state, turn, now, importKeys);
        var result = await store.CommitAsync(commit);
        if (result.Outcome == CommitOutcome.Committed) state.Version += commit.Turns.Count;
        else activation.Customer = null;
        return result;
    }

    static Commit CommitOf(CustomerState state, Turn turn, long now, IReadOnlyList<UInt128> importKeys) => new()
    {
        Turns = turn.Events.Count == 0 ? [] : new TurnEntry[] { EntryOf(state, turn, now) },
        Due = turn.DueChanges ? new (long, long?)[] { (state.Number, turn.Due) } : [],
        Outbox = turn.Queued.Count == 0
            ? []
            : turn.Queued.ConvertAll(m => new OutboxEntry(
                m.Message, state.Number, m.Programme, m.Occasion, m.Channel, m.NotBefore, OutboxState.Queued)),
        OutboxMoves = MovesOf(turn),
        ImportKeys = importKeys,
    };

    static TurnEntry EntryOf(CustomerState state, Turn turn, long now)
    {
        using var body = new ByteWriter();
        using var personal = new ByteWriter();
        EventCodec.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(turn.Events), body, personal);
        return new TurnEntry(state.Number, state.Version + 1, now, body.ToArray(), personal.Length == 0 ? default : personal.ToArray())
        {
            Events = turn.Events,
        };
    }

    static IReadOnlyList<(Guid, OutboxState, OutboxState)> MovesOf(Turn turn)
    {
        if (turn.Withdrawn.Count == 0 && turn.HandedOver is null) return [];
        var moves = turn.Withdrawn.ConvertAll(m => (m.Message, OutboxState.Queued, OutboxState.Withheld));
        if (turn.HandedOver is { } handedOver) moves.Add((handedOver.Message, OutboxState.Queued, OutboxState.HandedOver));
        return moves;
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
            if (activation.Customer is not null) return activation;
            try
            {
                await LoadAsync(activation);
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

    async ValueTask LoadAsync(Activation activation)
    {
        var record = await store.ReadCustomerAsync(activation.Number);
        var state = record.Snapshot is { } snapshot ? SnapshotCodec.TryRead(snapshot.Body) : null;
        if (record.Snapshot is not null && state is null) record = await store.ReadCustomerAsync(activation.Number, withSnapshot: false);
        activation.SnapshotVersion = state?.Version ?? 0;
        activation.Customer = new Customer(await FoldAsync(state ?? new CustomerState(activation.Number), record.Entries));
    }

    /// <summary>
    /// Folds later entries onto a state. Entries are in the order of arrival, state in the order of time: where an entry is
    /// late, or joined or split histories, all of it is folded again.
    /// </summary>
    async ValueTask<CustomerState> FoldAsync(CustomerState state, IReadOnlyList<JournalEntry> entries)
    {
        if (entries.Count == 0) return state;
        var events = entries.Select(entry => EventCodec.Read(entry.Body, entry.Personal)).ToList();
        state.Version = entries[^1].Version;
        if (events.Exists(list => list.Exists(e => e is Erased))) return new CustomerState(state.Number) { Version = state.Version, IsErased = true };
        var newest = state.Newest;
        foreach (var e in events.SelectMany(list => list))
        {
            if (e is Joined or SplitOff or Reopened || (e is Tracked t && FactOrder.Of(t).CompareTo(newest) < 0))
                return History.Fold(state, await ComposeAsync(state.Number, state.Version), []);
            if (e is Tracked later) newest = FactOrder.Of(later);
        }
        foreach (var e in events.SelectMany(list => list)) state.Apply(e);
        return state;
    }

    ValueTask<List<CustomerEvent>> ComposeAsync(long customer, int version) => History.ComposeAsync(customer, version, async (number, upTo) =>
    {
        var record = await store.ReadCustomerAsync(number, withSnapshot: false, upToVersion: upTo);
        return record.Entries.Select(entry => new HistoryEntry(entry.Version, EventCodec.Read(entry.Body, entry.Personal))).ToList();
    });
}

/// <summary>The person asked to be forgotten; nothing more can be recorded for that customer.</summary>
public sealed class CustomerErasedException(long customer) : Exception($"Customer {customer} has been erased.");
