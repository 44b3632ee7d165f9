using Personalization.Journal;
using Personalization.Storage.Keys;

namespace Personalization.Storage.Sqlite;

/// <summary>
/// The embedded store: three SQLite files in a directory that one process owns. journal.db is the truth, views.db can be
/// built again from it, keys.db holds the customers' keys (and is of use only with the master key, which is elsewhere).
/// </summary>
public sealed partial class SqliteStore : IStore
{
    static readonly SqlFile Sql = SqlFile.Load("Sqlite/common.sql", "Sqlite/journal.sql");

    readonly FileStream? _owned;
    readonly TimeProvider _time;
    readonly SqliteKeys _keys;
    readonly NameSecret _secret;
    readonly SqliteReadModels _views;
    readonly Readers _readers;
    readonly Writer _writer;
    readonly JournalTail _tail;

    SqliteStore(
        string directory,
        FileStream? owned,
        SqliteKeys keys,
        NameSecret secret,
        SqliteReadModels views,
        Database journal,
        long position,
        TimeProvider time
    )
    {
        (_owned, _time, _keys, _secret, _views) = (owned, time, keys, secret, views);
        _readers = new Readers(Path.Combine(directory, "journal.db"), Sql, Math.Clamp(Environment.ProcessorCount, 2, 8));
        _writer = new Writer(journal, "journal writer", JournalInstruments.Grouped);
        _tail = new JournalTail(time, position);
    }

    /// <summary>Takes the data directory, making it if need be, and brings its files up to date.</summary>
    /// <exception cref="StoreUnavailableException">
    /// Another process owns the directory, it cannot be written, or the master key is missing, damaged or not the right one.
    /// </exception>
    public static Task<SqliteStore> OpenAsync(StoreOptions options, TimeProvider time, CancellationToken cancel = default) =>
        Task.Run(() => Open(options, time), cancel);

    static SqliteStore Open(StoreOptions options, TimeProvider time)
    {
        var directory = Path.GetFullPath(options.DataDirectory);
        var opened = new Stack<IDisposable>();
        try
        {
            var owned = options.ReadOnly ? null : DirectoryLock.Take(directory);
            if (owned is not null)
                opened.Push(owned);
            var journal = Database.Open(Path.Combine(directory, "journal.db"), Sql, "FULL");
            opened.Push(journal);
            if (!options.ReadOnly)
                Migrator.Apply(journal, "Sqlite/Migrations/journal-", time.GetUtcNow().ToUnixTimeMilliseconds());
            var position = ReadNumber(journal, "last-position");
            var views = SqliteReadModels.Open(Path.Combine(directory, "views.db"), options.ReadOnly, time);
            opened.Push(views);
            var keysFile = Path.Combine(directory, "keys.db");
            if (!options.AcceptLostKeys && !File.Exists(keysFile) && HasSealed(journal))
                throw new StoreUnavailableException(
                    $"{keysFile} is missing, and without it no customer's profile can be read. Restore it from the backup that this "
                        + "journal belongs to; or set Store:AcceptLostKeys=true once to go on without those profiles, for good."
                );
            var keys = SqliteKeys.Open(keysFile, options.MasterKeyFile, time);
            opened.Push(new Closing(keys));
            var secret = OpenSecret(journal, keys, options.ReadOnly);
            if (!options.ReadOnly)
                SealOldNames(journal, keys, secret);
            return new SqliteStore(directory, owned, keys, secret, views, journal, position, time);
        }
        catch
        {
            foreach (var one in opened)
                one.Dispose();
            throw;
        }
    }

    static bool HasSealed(Database journal) => journal["find-sealed-entry"].First(_ => true);

    /// <summary>Closes what waits for its last write.</summary>
    sealed class Closing(IAsyncDisposable one) : IDisposable
    {
        public void Dispose() => one.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    public IReadModels ReadModels => _views;

    long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Writes what is in line, closes the files and gives the directory back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await _keys.DisposeAsync();
        _readers.Dispose();
        _views.Dispose();
        _owned?.Dispose();
    }

    public ValueTask<Lease> LeadAsync(CancellationToken cancel = default) => new(new Lease(() => default));

    // ── The journal ─────────────────────────────────────────────────────────────────────────────────────────────────

    public ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancel = default)
    {
        if (commit.Names.Count > 0)
            return ResealAndWriteAsync();
        var sealing = _keys.SealTurnsAsync(commit.Turns, cancel);
        return sealing.IsCompletedSuccessfully ? WriteAsync(commit, sealing.Result, cancel) : SealAndWriteAsync();

        async ValueTask<CommitResult> ResealAndWriteAsync()
        {
            var resealed = commit with { Names = await ResealedAsync(commit.Names, cancel) };
            return await WriteAsync(resealed, await _keys.SealTurnsAsync(commit.Turns, cancel), cancel);
        }

        async ValueTask<CommitResult> SealAndWriteAsync() => await WriteAsync(commit, await sealing, cancel);
    }

    ValueTask<CommitResult> WriteAsync(Commit commit, (byte[][]? Personal, Task? Keys) sealing, CancellationToken cancel) =>
        _writer.DoAsync(new CommitWork(commit, sealing.Personal, _tail, Now) { After = sealing.Keys }, cancel);

    public async ValueTask<IReadOnlyList<JournalEntry>> ReadCustomerAsync(
        long customer,
        int afterVersion = 0,
        int upToVersion = int.MaxValue,
        int limit = int.MaxValue,
        CancellationToken cancel = default
    )
    {
        var entries = await _readers.ReadAsync(
            (customer, afterVersion, upToVersion, limit),
            static (db, x) => ReadEntries(db["read-customer"].Add(x.customer, x.afterVersion, x.upToVersion, x.limit), true),
            cancel
        );
        entries.Reverse();
        await _keys.UnsealEntriesAsync(entries, cancel);
        return entries;
    }

    public async ValueTask<IReadOnlyList<JournalEntry>> ReadJournalAsync(
        long afterPosition,
        int limit,
        bool withPersonal = true,
        CancellationToken cancel = default
    )
    {
        if (!withPersonal && _tail.TryRead(afterPosition, limit) is { } recent)
            return recent;
        var entries = await _readers.ReadAsync(
            (afterPosition, limit, withPersonal),
            static (db, x) => ReadEntries(db["read-journal"].Add(x.afterPosition, x.limit), x.withPersonal),
            cancel
        );
        if (withPersonal)
            await _keys.UnsealEntriesAsync(entries, cancel);
        return entries;
    }

    static List<JournalEntry> ReadEntries(Statement rows, bool withPersonal) =>
        rows.All(row => new JournalEntry(
            row.Long(0),
            row.Long(1),
            row.Int(2),
            row.Long(3),
            row.Bytes(4),
            withPersonal ? row.Bytes(5) : []
        ));

    public ValueTask<long> LastPositionAsync(CancellationToken cancel = default) => ValueTask.FromResult(_tail.Position);

    public Task WaitForEntriesAsync(long position, TimeSpan atMost, CancellationToken cancel = default) =>
        _tail.WaitAsync(position, atMost, cancel);

    public ValueTask<Snapshot?> SealSnapshotAsync(Snapshot snapshot, CancellationToken cancel = default) =>
        _keys.SealSnapshotAsync(snapshot, cancel);

    public ValueTask<Snapshot?> UnsealSnapshotAsync(Snapshot snapshot, CancellationToken cancel = default) =>
        _keys.UnsealSnapshotAsync(snapshot, cancel);

    public ValueTask<IReadOnlySet<UInt128>> ImportedAsync(
        IReadOnlyList<UInt128> importKeys,
        CancellationToken cancel = default
    ) =>
        _readers.ReadAsync(
            importKeys,
            static IReadOnlySet<UInt128> (db, importKeys) =>
                importKeys.Where(key => db["find-import-key"].Add(key).First(_ => true)).ToHashSet(),
            cancel
        );

    static long ReadNumber(Database db, string query) => db[query].First(row => row.Long(0));
}
