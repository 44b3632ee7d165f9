using Personalization.Codec;
using Personalization.Events;
using Personalization.Identity;

namespace Personalization.Storage;

/// <summary>
/// Everything durable of a shop, behind one door: the journal and what is committed together with it. Two implementations,
/// SQLite (embedded, one owner) and PostgreSQL (any number of processes); the same tests run on both.
/// All times are Unix milliseconds. Every method may throw <see cref="StoreUnavailableException"/>.
/// </summary>
public interface IStore : IAsyncDisposable
{
    // ── Names (identity) ────────────────────────────────────────────────────────────────────────────────────────────
    ValueTask<BoundName?> FindNameAsync(NameKind kind, string value, CancellationToken cancel = default);

    /// <summary>Finds each name, or creates it for the customer given. Durable when it returns; in the order asked. Of several claims to one new name the first wins.</summary>
    ValueTask<IReadOnlyList<BoundName>> ClaimNamesAsync(IReadOnlyList<NameClaim> claims, CancellationToken cancel = default);

    /// <summary>The names of these customers, ordered by customer, kind, since.</summary>
    ValueTask<IReadOnlyList<BoundName>> NamesOfAsync(IReadOnlyList<long> customers, CancellationToken cancel = default);

    /// <summary>All names by number greater than <paramref name="afterNumber"/>: for copies and exports.</summary>
    ValueTask<IReadOnlyList<BoundName>> ReadNamesAsync(long afterNumber, int limit, CancellationToken cancel = default);

    // ── Products ────────────────────────────────────────────────────────────────────────────────────────────────────
    /// <summary>The numbers of these product ids, in order; an id met for the first time gets the next number (from 1, without gaps in a quiet shop). Durable when it returns.</summary>
    ValueTask<int[]> ProductNumbersAsync(IReadOnlyList<string> ids, CancellationToken cancel = default);

    /// <summary>Stores what the catalogue knows of products (bytes of the catalogue's own codec); each gets a new change number.</summary>
    ValueTask<long> SaveProductsAsync(IReadOnlyList<(int Number, byte[] Body)> products, CancellationToken cancel = default);

    /// <summary>Products created or saved after a change number, oldest change first: (change, number, id, body or null when only the id is known).</summary>
    ValueTask<IReadOnlyList<ProductRow>> ReadProductsAsync(long afterChange, int limit, CancellationToken cancel = default);

    /// <summary>Tells how far a process has applied the catalogue's changes; null when it stops. Said at least every second while it serves.</summary>
    ValueTask ReportAppliedAsync(Guid process, long? change, CancellationToken cancel = default);

    /// <summary>The change that every process that serves has applied; the greatest number where nobody else serves.</summary>
    ValueTask<long> AppliedEverywhereAsync(CancellationToken cancel = default);

    // ── The journal and what is committed with it ───────────────────────────────────────────────────────────────────
    /// <summary>
    /// Writes a turn and its effects in one transaction, shared with other customers' commits (group commit), and returns
    /// when it is durable. All or nothing; a conflict concerns this commit alone.
    /// </summary>
    ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancel = default);

    /// <summary>
    /// A customer's snapshot, if there is one of a version at most <paramref name="upToVersion"/>, and its journal entries after
    /// it; without a snapshot those after <paramref name="afterVersion"/>.
    /// </summary>
    ValueTask<CustomerRecord> ReadCustomerAsync(
        long customer,
        bool withSnapshot = true,
        int upToVersion = int.MaxValue,
        int afterVersion = 0,
        CancellationToken cancel = default
    );

    /// <summary>
    /// Entries after a position, in order. Never skips: what is not yet visible is not yet passed. Without
    /// <paramref name="withPersonal"/> the personal parts are left empty, which spares looking up keys and unsealing.
    /// </summary>
    ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(
        long afterPosition,
        int limit,
        bool withPersonal = true,
        CancellationToken cancel = default
    );

    /// <summary>The position of the newest entry that a follower could read.</summary>
    ValueTask<long> LastPositionAsync(CancellationToken cancel = default);

    /// <summary>Completes when something may have been committed after <paramref name="position"/> (at once if it has), or after <paramref name="atMost"/>.</summary>
    Task WaitForEntriesAsync(long position, TimeSpan atMost, CancellationToken cancel = default);

    /// <summary>Discardable: losing a snapshot loses nothing. Written behind, without waiting for the disk.</summary>
    ValueTask SaveSnapshotsAsync(IReadOnlyList<Snapshot> snapshots, CancellationToken cancel = default);

    /// <summary>Seals a snapshot that is kept elsewhere with its customer's key; null when the key has been destroyed.</summary>
    ValueTask<Snapshot?> SealSnapshotAsync(Snapshot snapshot, CancellationToken cancel = default);

    /// <summary>Opens a sealed snapshot; null when its key has been destroyed.</summary>
    ValueTask<Snapshot?> UnsealSnapshotAsync(Snapshot snapshot, CancellationToken cancel = default);

    /// <summary>Which of these import keys have been committed already.</summary>
    ValueTask<IReadOnlySet<UInt128>> ImportedAsync(IReadOnlyList<UInt128> keys, CancellationToken cancel = default);

    // ── Waking and sending ──────────────────────────────────────────────────────────────────────────────────────────
    /// <summary>Customers to be woken at or before a time, earliest first.</summary>
    ValueTask<IReadOnlyList<(long Customer, long Due)>> ReadDueAsync(long until, int limit, CancellationToken cancel = default);

    /// <summary>Outbox entries in a state that may be handed over at or before a time, earliest first.</summary>
    ValueTask<IReadOnlyList<OutboxEntry>> ReadOutboxAsync(
        OutboxState state,
        long until,
        int limit,
        CancellationToken cancel = default
    );

    /// <summary>Moves an entry on, only from the state expected; false when another has moved it.</summary>
    ValueTask<bool> MoveOutboxAsync(
        Guid message,
        OutboxState from,
        OutboxState to,
        string? detail,
        long now,
        CancellationToken cancel = default
    );

    ValueTask<OutboxEntry?> FindOutboxAsync(Guid message, CancellationToken cancel = default);

    /// <summary>
    /// Waits until this process is the one that does what must be done once: waking, sending, keeping the lists. Completes at
    /// once where a process owns its data alone.
    /// </summary>
    ValueTask<Lease> LeadAsync(CancellationToken cancel = default);

    // ── Settings that people change (keys, suppression …): small named values ───────────────────────────────────────
    ValueTask<byte[]?> ReadSettingAsync(string name, CancellationToken cancel = default);
    ValueTask SaveSettingAsync(string name, byte[]? value, CancellationToken cancel = default);

    /// <summary>Appends to the audit log: who (a key's id or a person), what, about whom.</summary>
    ValueTask AuditAsync(string who, string what, string about, long now, CancellationToken cancel = default);

    /// <summary>
    /// Destroys the customers' names, keys, snapshots, due times and outbox entries, after the commit of their
    /// <c>Erased</c> event. Returns what was removed, per store, for the receipt.
    /// </summary>
    ValueTask<IReadOnlyDictionary<string, long>> EraseAsync(IReadOnlyList<long> customers, CancellationToken cancel = default);

    // ── Read models (kept by followers of the journal, rebuilt from it at any time) ─────────────────────────────────
    IReadModels ReadModels { get; }
}

/// <summary>A name wanted for a customer since a time.</summary>
public readonly record struct NameClaim(NameKind Kind, string Value, long Customer, long Since);

public sealed record ProductRow(long Change, int Number, string Id, byte[]? Body);

/// <summary>One customer's part of a commit: its turn's events, at the version after the one it was decided upon.</summary>
/// <param name="Customer">The customer's number.</param>
/// <param name="Version">The version this entry becomes; it conflicts when the journal has it already, or lacks the one before.</param>
/// <param name="Time">When the turn was, Unix milliseconds.</param>
/// <param name="Body">Behaviour, by <see cref="EventCodec"/>.</param>
/// <param name="Personal">Personal part in the clear, empty when there is none; the store seals it with the customer's key.</param>
public sealed record TurnEntry(long Customer, int Version, long Time, ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> Personal)
{
    /// <summary>What <see cref="Body"/> says, where the caller has it at hand: followers in this process need not read it again.</summary>
    public IReadOnlyList<CustomerEvent>? Events { get; init; }
}

/// <summary>A turn (two, for a join) with its effects.</summary>
public sealed class Commit
{
    public required IReadOnlyList<TurnEntry> Turns { get; init; }

    /// <summary>Names that move to another customer; a move whose name no longer points to <c>From</c> is a conflict.</summary>
    public IReadOnlyList<NameMove> Names { get; init; } = [];

    /// <summary>New wake-up times; null clears.</summary>
    public IReadOnlyList<(long Customer, long? Due)> Due { get; init; } = [];

    public IReadOnlyList<OutboxEntry> Outbox { get; init; } = [];
    public IReadOnlyList<(Guid Message, OutboxState From, OutboxState To)> OutboxMoves { get; init; } = [];

    /// <summary>Keys of imported facts, kept for ever so that importing again changes nothing.</summary>
    public IReadOnlyList<UInt128> ImportKeys { get; init; } = [];
}

/// <summary>A name changes hands.</summary>
public readonly record struct NameMove(long Name, long From, long To, long Since);

public enum CommitOutcome : byte
{
    Committed,

    /// <summary>Another activation wrote first: reload, decide again.</summary>
    VersionConflict,

    /// <summary>A name was moved meanwhile: resolve again.</summary>
    NameConflict,

    /// <summary>A message is no longer in the state it was to be moved from: read it again.</summary>
    MessageConflict,
}

/// <summary><see cref="Position"/> is that of the commit's last entry; 0 where it was not committed.</summary>
public readonly record struct CommitResult(CommitOutcome Outcome, long Position);

public sealed record Snapshot(long Customer, int Version, byte[] Body);

/// <summary>An entry of the journal. <see cref="Personal"/> is empty when there was none, or when its key has been destroyed.</summary>
public sealed record JournalEntry(long Position, long Customer, int Version, long Time, byte[] Body, byte[] Personal)
{
    internal IReadOnlyList<CustomerEvent>? AtHand { get; init; }

    /// <summary>What happened. Whether the events show their personal parts is not said: for readers who do not need them.</summary>
    public IReadOnlyList<CustomerEvent> Behaviour() => AtHand ?? EventCodec.Read(Body, []);
}

public sealed record CustomerRecord(Snapshot? Snapshot, IReadOnlyList<JournalEntry> Entries);

/// <summary>The life of a message. The numbers stand in the database.</summary>
public enum OutboxState : byte
{
    /// <summary>Decided, waiting for its time.</summary>
    Queued = 1,

    /// <summary>Checked again and recorded as handed over; the transport is being called, or the process died while it was.</summary>
    HandedOver = 2,

    /// <summary>Taken by the transport.</summary>
    Sent = 3,

    /// <summary>Decided against at the last check.</summary>
    Withheld = 4,

    /// <summary>Refused by the transport for good.</summary>
    Failed = 5,

    /// <summary>A crash between hand-over and answer: it may or may not have left, and is never tried again.</summary>
    Unknown = 6,
}

/// <summary>A message to a customer on its way. Its content is made at hand-over, not before.</summary>
public sealed record OutboxEntry(
    Guid Message,
    long Customer,
    string Programme,
    string Occasion,
    string Channel,
    long NotBefore,
    OutboxState State,
    string? Detail = null
);

/// <summary>The database cannot be used now; the message says which and why, without personal data or secrets.</summary>
public sealed class StoreUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
