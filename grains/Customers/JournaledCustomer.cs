using System.Runtime.InteropServices;
using Personalization.Codec;
using Personalization.Events;
using Personalization.Journal;

namespace Personalization.Customers;

/// <summary>
/// A customer in memory whose turns are committed to the journal. Its host lets one turn run at a time; where two
/// hosts run it nevertheless, the journal lets one win, and the other loads again.
/// </summary>
public sealed class JournaledCustomer(long number)
{
    public long Number { get; } = number;

    /// <summary>
    /// Null until it is loaded, and again after a turn whose commit failed: what such a turn left behind must not be seen.
    /// </summary>
    public Customer? Customer { get; private set; }

    /// <summary>Version of the newest snapshot kept, 0 when there is none.</summary>
    public int SnapshotVersion { get; private set; }

    /// <summary>
    /// An entry that could not be read since the last loading began, of its own or of one it absorbed, and why; null where all
    /// could be read.
    /// </summary>
    public (JournalEntry Entry, InvalidDataException Why)? Damage { get; private set; }

    /// <summary>The state was made without this entry, or is about to be.</summary>
    internal void Lacks(JournalEntry entry, InvalidDataException why) => Damage = (entry, why);

    /// <summary>Forgets what is in memory: the next turn loads it again.</summary>
    public void Drop() => Customer = null;

    /// <summary>A customer made a moment ago has no history to load. Should it have one all the same, its first commit conflicts.</summary>
    public void StartIfNotLoaded() => Customer ??= new Customer(new CustomerState(Number));

    /// <summary>Loads all that the journal has.</summary>
    public ValueTask LoadAsync(IJournal journal) => LoadAsync(journal, int.MaxValue, static () => default);

    /// <summary>
    /// Loads the newest <paramref name="tail"/> entries of the journal and, only where the history is longer, the snapshot that
    /// they continue.
    /// </summary>
    /// <param name="journal">The journal.</param>
    /// <param name="tail">Entries after which a customer gets a snapshot; a shorter history has none.</param>
    /// <param name="readSnapshot">The newest snapshot, null for none.</param>
    public async ValueTask LoadAsync(IJournal journal, int tail, Func<ValueTask<CustomerState?>> readSnapshot)
    {
        Customer = null;
        SnapshotVersion = 0;
        Damage = null;
        var entries = await journal.ReadCustomerAsync(Number, limit: tail);
        var state = new CustomerState(Number);
        if (entries.Count == tail || entries is [{ Version: > 1 }, ..])
        {
            state = await readSnapshot() ?? state;
            SnapshotVersion = state.Version;
            entries =
                state.Version + 1 < entries[0].Version
                    ? await journal.ReadCustomerAsync(Number, afterVersion: state.Version)
                    : [.. entries.Where(entry => entry.Version > state.Version)];
        }
        Customer = new Customer(await FoldAsync(journal, state, entries));
    }

    /// <summary>
    /// Folds later entries onto a state. Entries are in the order of arrival, state in the order of time: where an entry is
    /// late, or merged or unmerged histories, all of it is folded again.
    /// </summary>
    async ValueTask<CustomerState> FoldAsync(IJournal journal, CustomerState state, IReadOnlyList<JournalEntry> entries)
    {
        if (entries.Count == 0)
            return state;
        var events = entries.Select(entry => entry.Events(Lacks)).ToList();
        state.Version = entries[^1].Version;
        if (events.Exists(list => list.Exists(e => e is Erased)))
            return ErasedState(state, events.SelectMany(list => list));
        var newest = state.Newest;
        foreach (var e in events.SelectMany(list => list))
        {
            if (e is Merged or Unmerged or Reopened || (e is Tracked t && FactOrder.Of(t).CompareTo(newest) < 0))
                return History.Fold(state, await journal.ComposeAsync(state.Number, state.Version, Lacks), []);
            if (e is Tracked later)
                newest = FactOrder.Of(later);
        }
        foreach (var e in events.SelectMany(list => list))
            state.Apply(e);
        return state;
    }

    /// <summary>All that is left of an erased customer: where it went, so that an erasure that was cut off finds it again.</summary>
    static CustomerState ErasedState(CustomerState state, IEnumerable<CustomerEvent> events)
    {
        var into = state.ForwardedTo;
        foreach (var e in events)
            into = e switch
            {
                Forwarded forwarded => forwarded.Target,
                Reopened => 0,
                _ => into,
            };
        return new CustomerState(state.Number)
        {
            Version = state.Version,
            ForwardedTo = into,
            IsErased = true,
        };
    }

    /// <summary>A turn that takes in events.</summary>
    /// <param name="journal">Where it is written.</param>
    /// <param name="request">The events, and what is asked.</param>
    /// <param name="now">Unix milliseconds.</param>
    /// <param name="shop">What is known of the shop.</param>
    /// <param name="settle">What is to happen between the decision and its commit.</param>
    /// <param name="after">What is to happen once it is committed.</param>
    /// <returns>Null when another host wrote first: load again and decide again.</returns>
    /// <exception cref="CustomerErasedException">Nothing more can be recorded for it.</exception>
    public async ValueTask<Recorded?> TryRecordAsync(
        IJournal journal,
        RecordRequest request,
        long now,
        ShopContext shop,
        Func<Turn, ValueTask>? settle = null,
        Func<Turn, ValueTask>? after = null
    )
    {
        var one = Customer!;
        if (one.State.IsErased)
            throw new CustomerErasedException(Number);
        var before = request.Include == Include.Nothing ? default : (Stage: one.Stage(now, shop), one.AssessAt(now, shop)?.Risk);
        var turn = one.IsLate(request.Events)
            ? one.RecordLate(
                await journal.ComposeAsync(Number, one.State.Version, Lacks),
                request.Events,
                request.Imported,
                now,
                shop
            )
            : one.Record(request.Events, request.Imported, now, shop);
        if (request.Recommendations is { } query)
            one.Expose(query, now, shop, turn);
        if (settle is not null)
            await settle(turn);
        var result = await CommitAsync(journal, turn, now, request.ImportKeys);
        if (result.Outcome != CommitOutcome.Committed)
            return null;
        if (after is not null)
            await after(turn);
        return Answer(one, request, turn, result.Position, before, now, shop);
    }

    static Recorded Answer(
        Customer one,
        RecordRequest request,
        Turn turn,
        long position,
        (LifecycleStage Stage, float? Risk) before,
        long now,
        ShopContext shop
    )
    {
        var recorded = new Recorded(one.State.Number, position, turn.Duplicates);
        if (request.Include == Include.Nothing)
            return recorded;
        return recorded with
        {
            Recommendations =
                request.Include.HasFlag(Include.Recommendations) && request.Recommendations is { } query
                    ? one.Recommend(query, now, shop)
                    : null,
            Stage = request.Include.HasFlag(Include.Stage) ? one.Stage(now, shop) : null,
            StageBefore = request.Include.HasFlag(Include.Stage) ? before.Stage : null,
            Churn = request.Include.HasFlag(Include.Churn) ? one.ChurnView(now, shop) : null,
            RiskBefore = request.Include.HasFlag(Include.Churn) ? before.Risk : null,
            Outreach = request.Include.HasFlag(Include.Outreach)
                ? new OutreachChange([.. turn.Queued], [.. turn.Withdrawn])
                : null,
        };
    }

    /// <summary>Writes what a turn decided. After anything but success the customer must be loaded again before its next turn.</summary>
    public async ValueTask<CommitResult> CommitAsync(IJournal journal, Turn turn, long now, IReadOnlyList<UInt128> importKeys)
    {
        if (turn.IsEmpty)
            return new CommitResult(CommitOutcome.Committed, 0);
        var state = Customer!.State;
        var commit = CommitOf(state, turn, now, importKeys);
        var result = await journal.CommitAsync(commit);
        if (result.Outcome == CommitOutcome.Committed)
        {
            state.Version += commit.Turns.Count;
            CustomerInstruments.Committed(turn);
        }
        else
            Customer = null;
        return result;
    }

    /// <summary>
    /// The state as bytes, when it has gained <paramref name="every"/> entries since the last snapshot; null otherwise. A
    /// state that lacks an entry gets none: it would outlive the entry's repair.
    /// </summary>
    public Snapshot? Snapshot(int every)
    {
        if (Damage is not null || Customer is not { State: { IsErased: false } state } || state.Version - SnapshotVersion < every)
            return null;
        using var bytes = new ByteWriter();
        SnapshotCodec.Write(state, bytes);
        return new Snapshot(state.Number, state.Version, bytes.ToArray());
    }

    internal static Commit CommitOf(CustomerState state, Turn turn, long now, IReadOnlyList<UInt128> importKeys) =>
        new()
        {
            Turns = turn.Events.Count == 0 ? [] : new TurnEntry[] { EntryOf(state, turn, now) },
            Due = turn.DueChanges ? new DueTime[] { new(state.Number, turn.Due, state.IsStranger) } : [],
            Outbox =
                turn.Queued.Count == 0
                    ? []
                    : turn.Queued.ConvertAll(m => new OutboxEntry(
                        m.Message,
                        state.Number,
                        m.Playbook,
                        m.Occasion,
                        m.Channel,
                        m.NotBefore,
                        OutboxState.Queued
                    )),
            OutboxMoves = MovesOf(turn),
            PutOff = turn.PutOff is { } putOff ? [putOff] : [],
            ImportKeys = importKeys,
        };

    static TurnEntry EntryOf(CustomerState state, Turn turn, long now)
    {
        using var body = new ByteWriter();
        using var personal = new ByteWriter();
        EventCodec.Write(CollectionsMarshal.AsSpan(turn.Events), body, personal);
        return new TurnEntry(
            state.Number,
            state.Version + 1,
            now,
            body.ToArray(),
            personal.Length == 0 ? default : personal.ToArray()
        )
        {
            Events = turn.Events,
        };
    }

    static IReadOnlyList<(Guid, OutboxState, OutboxState)> MovesOf(Turn turn)
    {
        if (turn.Withdrawn.Count == 0 && turn.Dispatched is null)
            return [];
        var moves = turn.Withdrawn.ConvertAll(m => (m.Message, OutboxState.Queued, OutboxState.Withheld));
        if (turn.Dispatched is { } dispatched)
            moves.Add((dispatched.Message, OutboxState.Queued, OutboxState.Dispatched));
        return moves;
    }
}
