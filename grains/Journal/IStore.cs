using Personalization.Documents;
using Personalization.Identity;
using Personalization.Ingestion;
using Personalization.Quarantine;

namespace Personalization.Journal;

/// <summary>
/// The journal of all customers and what is committed together with it. Two implementations, SQLite (embedded, one owner)
/// and PostgreSQL (any number of processes); the same tests run on both. All times are Unix milliseconds. Every method may
/// throw <see cref="StoreUnavailableException"/>.
/// </summary>
public interface IJournal
{
    /// <summary>
    /// Writes a turn and its effects in one transaction, shared with other customers' commits (group commit), and returns
    /// when it is durable. All or nothing; a conflict concerns this commit alone.
    /// </summary>
    ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancel = default);

    /// <summary>
    /// A customer's entries of versions after one and up to another, oldest first: the newest <paramref name="limit"/> of them.
    /// </summary>
    ValueTask<IReadOnlyList<JournalEntry>> ReadCustomerAsync(
        long customer,
        int afterVersion = 0,
        int upToVersion = int.MaxValue,
        int limit = int.MaxValue,
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

    /// <summary>The position of the newest entry that a projection could read.</summary>
    ValueTask<long> LastPositionAsync(CancellationToken cancel = default);

    /// <summary>Completes when something may have been committed after <paramref name="position"/> (at once if it has), or after <paramref name="atMost"/>.</summary>
    Task WaitForEntriesAsync(long position, TimeSpan atMost, CancellationToken cancel = default);

    /// <summary>Seals a snapshot with its customer's key; null when the key has been destroyed.</summary>
    ValueTask<Snapshot?> SealSnapshotAsync(Snapshot snapshot, CancellationToken cancel = default);

    /// <summary>Opens a sealed snapshot; null when its key has been destroyed.</summary>
    ValueTask<Snapshot?> UnsealSnapshotAsync(Snapshot snapshot, CancellationToken cancel = default);

    /// <summary>Which of these import keys have been committed already.</summary>
    ValueTask<IReadOnlySet<UInt128>> ImportedAsync(IReadOnlyList<UInt128> keys, CancellationToken cancel = default);

    /// <summary>Customers to be woken at or before a time, earliest first; strangers only where there is room behind all others.</summary>
    ValueTask<IReadOnlyList<(long Customer, long Due)>> ReadDueAsync(long until, int limit, CancellationToken cancel = default);
}

/// <summary>Names that point to customers (identity).</summary>
public interface INames
{
    ValueTask<BoundName?> FindNameAsync(NameKind kind, string value, CancellationToken cancel = default);

    /// <summary>Finds each name, or creates it for the customer given. Durable when it returns; in the order asked. Of several claims to one new name the first wins.</summary>
    ValueTask<IReadOnlyList<BoundName>> ClaimNamesAsync(IReadOnlyList<NameClaim> claims, CancellationToken cancel = default);

    /// <summary>The names of these customers, ordered by customer, kind, since.</summary>
    ValueTask<IReadOnlyList<BoundName>> NamesOfAsync(IReadOnlyList<long> customers, CancellationToken cancel = default);

    /// <summary>All names by number greater than <paramref name="afterNumber"/>: for copies and exports.</summary>
    ValueTask<IReadOnlyList<BoundName>> ReadNamesAsync(long afterNumber, int limit, CancellationToken cancel = default);
}

/// <summary>Products: their ids, their numbers and what the catalogue knows of them.</summary>
public interface IProducts
{
    /// <summary>
    /// The numbers of these product ids, in order; an id met for the first time gets the next number (from 1, without gaps in a quiet
    /// shop) and <paramref name="body"/>. Durable when it returns.
    /// </summary>
    ValueTask<int[]> ProductNumbersAsync(
        IReadOnlyList<string> ids,
        Func<string, byte[]>? body = null,
        CancellationToken cancel = default
    );

    /// <summary>Stores what the catalogue knows of products (bytes of the catalogue's own codec); each gets a new change number.</summary>
    ValueTask<long> SaveProductsAsync(IReadOnlyList<(int Number, byte[] Body)> products, CancellationToken cancel = default);

    /// <summary>Products created or saved after a change number, oldest change first: (change, number, id, body or null when only the id is known).</summary>
    ValueTask<IReadOnlyList<ProductRow>> ReadProductsAsync(long afterChange, int limit, CancellationToken cancel = default);

    /// <summary>Tells how far a process has applied the catalogue's changes; null when it stops. Said at least every second while it serves.</summary>
    ValueTask ReportAppliedAsync(Guid process, long? change, CancellationToken cancel = default);

    /// <summary>The change that every process that serves has applied; the greatest number where no other serves.</summary>
    ValueTask<long> AppliedEverywhereAsync(CancellationToken cancel = default);
}

/// <summary>Messages on their way to customers.</summary>
public interface IOutbox
{
    /// <summary>Outbox entries in a state that may be dispatched at or before a time, earliest first.</summary>
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

    /// <summary>How many entries are in each state; none of a state that is missing.</summary>
    ValueTask<IReadOnlyDictionary<OutboxState, long>> CountOutboxAsync(CancellationToken cancel = default);

    ValueTask<OutboxEntry?> FindOutboxAsync(Guid message, CancellationToken cancel = default);

    /// <summary>All messages to these customers, in whatever state.</summary>
    ValueTask<IReadOnlyList<Guid>> MessagesOfAsync(IReadOnlyList<long> customers, CancellationToken cancel = default);
}

/// <summary>Small named values that people and the server change (keys, models in use), and who changed what.</summary>
public interface ISettings
{
    ValueTask<byte[]?> ReadSettingAsync(string name, CancellationToken cancel = default);
    ValueTask SaveSettingAsync(string name, byte[]? value, CancellationToken cancel = default);

    /// <summary>
    /// The value that stands, which is this one where there was none. Of several processes that start together, each with a value
    /// of its own, all get the same.
    /// </summary>
    ValueTask<byte[]> ReadOrAddSettingAsync(string name, byte[] value, CancellationToken cancel = default);

    /// <summary>
    /// A value saved by <see cref="SaveSecretAsync"/>, or null. It stands in the database wrapped by the master key and bound to its
    /// name: a copy of the database does not tell it.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Also where it is damaged.</exception>
    ValueTask<byte[]?> ReadSecretAsync(string name, CancellationToken cancel = default);
    ValueTask SaveSecretAsync(string name, byte[] value, CancellationToken cancel = default);

    /// <inheritdoc cref="ReadOrAddSettingAsync"/>
    ValueTask<byte[]> ReadOrAddSecretAsync(string name, byte[] value, CancellationToken cancel = default);

    /// <summary>Appends to the audit log: who (a key's id or a person), what, about whom.</summary>
    ValueTask AuditAsync(string who, string what, string about, long now, CancellationToken cancel = default);
}

/// <summary>How many recommendations were given, which no event tells.</summary>
public interface IAnswerCounts
{
    /// <summary>Adds to the rows of their day, placement and source.</summary>
    ValueTask AddAnswersAsync(IReadOnlyCollection<AnswerDay> added, CancellationToken cancel = default);

    /// <summary>From a day to another, both included.</summary>
    ValueTask<IReadOnlyList<AnswerDay>> AnswerDaysAsync(int from, int to, CancellationToken cancel = default);
}

/// <summary>The answers of a day, and the products in them; see <see cref="RecommendationDay"/>.</summary>
public sealed record AnswerDay(int Day, byte Placement, uint Source, long Answers, long Items);

/// <summary>Everything durable of a shop, as its databases open and close together.</summary>
public interface IStore
    : IJournal,
        INames,
        IProducts,
        IOutbox,
        ISettings,
        IDocuments,
        IQuarantine,
        IIngestionProblems,
        IAnswerCounts,
        IAsyncDisposable
{
    /// <summary>
    /// Waits until this process is the leader, which does what must be done once: waking, sending, keeping the read models.
    /// Completes at once where a process owns its data alone.
    /// </summary>
    ValueTask<Lease> LeadAsync(CancellationToken cancel = default);

    /// <summary>
    /// Destroys the customers' names, keys, due times and outbox entries, after the commit of their <c>Erased</c> event.
    /// Returns what was removed, per store, for the receipt.
    /// </summary>
    ValueTask<IReadOnlyDictionary<string, long>> EraseAsync(IReadOnlyList<long> customers, CancellationToken cancel = default);

    /// <summary>Tables for lists and statistics, kept by projections of the journal, rebuilt from it at any time.</summary>
    IReadModels ReadModels { get; }
}
