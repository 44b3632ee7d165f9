using System.Data.Common;
using Npgsql;
using Personalization.Documents;
using Personalization.Identity;
using Personalization.Ingestion;
using Personalization.Journal;
using Personalization.Quarantine;
using static Personalization.Storage.Postgres.PostgresDatabase;

namespace Personalization.Storage.Postgres;

/// <summary>The store in PostgreSQL (13 or later), which any number of processes share. The master key stays outside the database.</summary>
public sealed class PostgresStore : IStore
{
    /// <summary>How often this process looks whether another one has committed.</summary>
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    static readonly SqlFile Sql = SqlFile.LoadNumbered("Postgres/queries.sql");

    readonly string _connectionString;
    readonly NpgsqlDataSource _source;
    readonly PostgresDatabase _database;
    readonly PostgresKeys _keys;
    readonly PostgresNames _names;
    readonly PostgresWriter _writer;
    readonly PostgresReads _reads;
    readonly EntrySignal _signal;
    readonly Circuit _circuit;
    readonly TimeProvider _time;

    PostgresStore(
        string connectionString,
        NpgsqlDataSource source,
        PostgresDatabase database,
        PostgresKeys keys,
        Circuit circuit,
        PostgresNames names,
        long position,
        TimeProvider time
    )
    {
        _connectionString = connectionString;
        (_source, _database, _keys, _names, _circuit, _time) = (source, database, keys, names, circuit, time);
        _signal = new EntrySignal(time, position);
        _writer = new PostgresWriter(database, _signal, time);
        _reads = new PostgresReads(database);
        ReadModels = new PostgresReadModels(database);
    }

    public IReadModels ReadModels { get; }

    /// <summary>Connects and brings the tables up to date.</summary>
    /// <exception cref="StoreUnavailableException">
    /// The server cannot be reached or refuses, or the master key is missing, damaged or not the right one.
    /// </exception>
    public static async Task<PostgresStore> OpenAsync(StoreOptions options, TimeProvider time, CancellationToken cancel = default)
    {
        var settings = SettingsIn(options.ConnectionString);
        var source = Connect(settings.ConnectionString, options.CommandTimeout);
        var circuit = new Circuit(settings.ConnectionString);
        try
        {
            var name = $"{settings.Host}:{settings.Port}, database {settings.Database}";
            var database = new PostgresDatabase(source, Sql, name, circuit);
            await PostgresMigrator.ApplyAsync(database, time.GetUtcNow().ToUnixTimeMilliseconds(), cancel);
            var keys = await PostgresKeys.OpenAsync(database, options.MasterKeyFile, time, cancel);
            return new PostgresStore(
                settings.ConnectionString,
                source,
                database,
                keys,
                circuit,
                await PostgresNames.OpenAsync(database, keys, cancel),
                await NewestAsync(database, cancel),
                time
            );
        }
        catch
        {
            circuit.Dispose();
            await source.DisposeAsync();
            throw;
        }
    }

    static NpgsqlConnectionStringBuilder SettingsIn(string? connection)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connection);
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException)
        {
            throw new StoreUnavailableException(
                "The connection string (--database, PERSONALIZATION_DATABASE or ConnectionStrings:Personalization) is none; "
                    + "it looks like Host=localhost;Database=shop;Username=shop;Password=secret.",
                wrong
            );
        }
    }

    /// <summary>Writes what is in line and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await _reads.DisposeAsync();
        _circuit.Dispose();
        await _source.DisposeAsync();
    }

    public ValueTask<Lease> LeadAsync(CancellationToken cancel = default) => PostgresLease.TakeAsync(_connectionString, cancel);

    // ── Names ───────────────────────────────────────────────────────────────────────────────────────────────────────

    public ValueTask<BoundName?> FindNameAsync(NameKind kind, string value, CancellationToken cancel = default) =>
        _names.FindAsync(kind, value, cancel);

    public ValueTask<IReadOnlyList<BoundName>> ClaimNamesAsync(
        IReadOnlyList<NameClaim> claims,
        CancellationToken cancel = default
    ) => _names.ClaimAsync(claims, cancel);

    public ValueTask<IReadOnlyList<BoundName>> NamesOfAsync(IReadOnlyList<long> customers, CancellationToken cancel = default) =>
        _names.OfAsync(customers, cancel);

    public ValueTask<IReadOnlyList<BoundName>> ReadNamesAsync(long afterNumber, int limit, CancellationToken cancel = default) =>
        _names.ReadAsync(afterNumber, limit, cancel);

    // ── Products ────────────────────────────────────────────────────────────────────────────────────────────────────

    public async ValueTask<int[]> ProductNumbersAsync(
        IReadOnlyList<string> ids,
        Func<string, byte[]>? body = null,
        CancellationToken cancel = default
    )
    {
        var wanted = ids.Distinct().ToArray();
        var found = await FindProductsAsync(wanted, cancel);
        if (found.Count < wanted.Length)
        {
            var missing = wanted.Where(id => !found.ContainsKey(id)).ToArray();
            await _database.RunAsync(
                cancel,
                _database.Query("lock-products"),
                _database.Query("add-products", P(missing), P(Array.ConvertAll(missing, id => body?.Invoke(id))))
            );
            foreach (var (id, number) in await FindProductsAsync(missing, cancel))
                found[id] = number;
        }
        return [.. ids.Select(id => found[id])];
    }

    async ValueTask<Dictionary<string, int>> FindProductsAsync(string[] ids, CancellationToken cancel) =>
        new(
            await _database.ReadAsync(
                _database.Query("find-products", P(ids)),
                static row => KeyValuePair.Create(row.GetString(0), row.GetInt32(1)),
                cancel
            )
        );

    public ValueTask<long> SaveProductsAsync(
        IReadOnlyList<(int Number, byte[] Body)> products,
        CancellationToken cancel = default
    )
    {
        // A product that is there twice is saved as it was last.
        var last = products.Reverse().DistinctBy(p => p.Number).Reverse().ToList();
        return _database.InTransactionAsync(
            async connection =>
            {
                await using var batch = connection.CreateBatch();
                batch.BatchCommands.Add(_database.Query("lock-products"));
                batch.BatchCommands.Add(_database.Query("save-products", P(last, p => p.Number), P(last, p => p.Body)));
                await batch.ExecuteNonQueryAsync(cancel);
                await using var read = connection.CreateBatch();
                read.BatchCommands.Add(_database.Query("last-change"));
                return (long)(await read.ExecuteScalarAsync(cancel))!;
            },
            cancel
        );
    }

    public async ValueTask<IReadOnlyList<ProductRow>> ReadProductsAsync(
        long afterChange,
        int limit,
        CancellationToken cancel = default
    ) =>
        await _database.ReadAsync(
            _database.Query("read-products", P(afterChange), P(limit)),
            static row => new ProductRow(
                row.GetInt64(0),
                row.GetInt32(1),
                row.GetString(2),
                row.IsDBNull(3) ? null : row.GetFieldValue<byte[]>(3)
            ),
            cancel
        );

    public async ValueTask ReportAppliedAsync(Guid process, long? change, CancellationToken cancel = default) =>
        await _database.RunAsync(
            cancel,
            change is { } applied
                ? _database.Query("report-applied", P(process), P(applied))
                : _database.Query("stop-serving", P(process))
        );

    public async ValueTask<long> AppliedEverywhereAsync(CancellationToken cancel = default) =>
        (await _database.ReadAsync(_database.Query("applied-everywhere"), static row => row.GetInt64(0), cancel))[0];

    // ── The journal ─────────────────────────────────────────────────────────────────────────────────────────────────

    public async ValueTask<CommitResult> CommitAsync(Commit commit, CancellationToken cancel = default)
    {
        if (commit.Names.Count > 0)
            commit = commit with { Names = await _names.ResealedAsync(commit.Names, cancel) };
        return await _writer.CommitAsync(commit, (await _keys.SealTurnsAsync(commit.Turns, cancel)).Personal, cancel);
    }

    public async ValueTask<IReadOnlyList<JournalEntry>> ReadCustomerAsync(
        long customer,
        int afterVersion = 0,
        int upToVersion = int.MaxValue,
        int limit = int.MaxValue,
        CancellationToken cancel = default
    )
    {
        var entries = await _reads.EntriesAsync(customer, afterVersion, upToVersion, limit, cancel);
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
        var query = withPersonal ? "read-journal" : "read-journal-without-personal";
        var entries = await _database.ReadAsync(_database.Query(query, P(afterPosition), P(limit)), Entry, cancel);
        await _keys.UnsealEntriesAsync(entries, cancel);
        return entries;
    }

    static JournalEntry Entry(DbDataReader row) => PostgresReads.Entry(row, 0);

    public ValueTask<long> LastPositionAsync(CancellationToken cancel = default) => NewestAsync(_database, cancel);

    static async ValueTask<long> NewestAsync(PostgresDatabase database, CancellationToken cancel) =>
        (await database.ReadAsync(database.Query("last-position"), static row => row.GetInt64(0), cancel))[0];

    public async Task WaitForEntriesAsync(long position, TimeSpan atMost, CancellationToken cancel = default)
    {
        var started = _time.GetTimestamp();
        while (_signal.Position <= position)
        {
            _signal.Advance(await NewestAsync(_database, cancel));
            var left = atMost - _time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
                return;
            await _signal.WaitAsync(position, left < Poll ? left : Poll, cancel);
        }
    }

    public ValueTask<Snapshot?> SealSnapshotAsync(Snapshot snapshot, CancellationToken cancel = default) =>
        _keys.SealSnapshotAsync(snapshot, cancel);

    public ValueTask<Snapshot?> UnsealSnapshotAsync(Snapshot snapshot, CancellationToken cancel = default) =>
        _keys.UnsealSnapshotAsync(snapshot, cancel);

    public async ValueTask<IReadOnlySet<UInt128>> ImportedAsync(
        IReadOnlyList<UInt128> importKeys,
        CancellationToken cancel = default
    ) =>
        (
            await _database.ReadAsync(
                _database.Query("find-import-keys", P(importKeys, GroupWrite.ToGuid)),
                static row => GroupWrite.FromGuid(row.GetGuid(0)),
                cancel
            )
        ).ToHashSet();

    // ── Waking and sending ──────────────────────────────────────────────────────────────────────────────────────────

    public async ValueTask<IReadOnlyList<(long Customer, long Due)>> ReadDueAsync(
        long until,
        int limit,
        CancellationToken cancel = default
    ) =>
        await _database.ReadAsync(
            _database.Query("read-due", P(until), P(limit)),
            static row => (row.GetInt64(0), row.GetInt64(1)),
            cancel
        );

    public async ValueTask<IReadOnlyList<OutboxEntry>> ReadOutboxAsync(
        OutboxState state,
        long until,
        int limit,
        CancellationToken cancel = default
    ) => await _database.ReadAsync(_database.Query("read-outbox", P((short)state), P(until), P(limit)), Message, cancel);

    public async ValueTask<bool> MoveOutboxAsync(
        Guid message,
        OutboxState from,
        OutboxState to,
        string? detail,
        long now,
        CancellationToken cancel = default
    ) =>
        (
            await _database.RunAsync(
                cancel,
                _database.Query("move-message", P((short)to), P(detail), P(now), P(message), P((short)from))
            )
        )[0] == 1;

    public async ValueTask<IReadOnlyDictionary<OutboxState, long>> CountOutboxAsync(CancellationToken cancel = default) =>
        (
            await _database.ReadAsync(
                _database.Query("count-outbox"),
                static row => KeyValuePair.Create((OutboxState)row.GetInt16(0), row.GetInt64(1)),
                cancel
            )
        ).ToDictionary();

    public async ValueTask<OutboxEntry?> FindOutboxAsync(Guid message, CancellationToken cancel = default) =>
        (await _database.ReadAsync(_database.Query("find-message", P(message)), Message, cancel)).FirstOrDefault();

    public async ValueTask<IReadOnlyList<Guid>> MessagesOfAsync(
        IReadOnlyList<long> customers,
        CancellationToken cancel = default
    ) => await _database.ReadAsync(_database.Query("messages-of", P(customers.ToArray())), static row => row.GetGuid(0), cancel);

    static OutboxEntry Message(DbDataReader row) =>
        new(
            row.GetGuid(0),
            row.GetInt64(1),
            row.GetString(2),
            row.GetString(3),
            row.GetString(4),
            row.GetInt64(5),
            (OutboxState)row.GetInt16(6),
            row.IsDBNull(7) ? null : row.GetString(7)
        )
        {
            Attempts = row.GetInt32(8),
            TriedSince = row.GetInt64(9),
        };

    // ── Quarantine ──────────────────────────────────────────────────────────────────────────────────────────────────

    public async ValueTask<bool> SetAsideAsync(QuarantinedItem item, CancellationToken cancel = default) =>
        (
            await _database.ReadAsync(
                _database.Query(
                    "set-aside",
                    P((short)item.Kind),
                    P(item.Subject),
                    P(item.Customer),
                    P(item.Reason),
                    P(item.Since),
                    P(item.Tries),
                    P(item.Program)
                ),
                static row => row.GetBoolean(0),
                cancel
            )
        )[0];

    public async ValueTask<IReadOnlyList<QuarantinedItem>> ReadQuarantineAsync(
        QuarantineKind? kind,
        long after,
        int limit,
        CancellationToken cancel = default
    ) =>
        await _database.ReadAsync(
            _database.Query("read-quarantine", Optional((short?)kind), P(after), P(limit)),
            static row => new QuarantinedItem(
                row.GetInt64(0),
                (QuarantineKind)row.GetInt16(1),
                row.GetString(2),
                row.GetInt64(3),
                row.GetString(4),
                row.GetInt64(5),
                row.GetInt32(6),
                row.GetString(7),
                row.GetBoolean(8)
            ),
            cancel
        );

    public async ValueTask<IReadOnlyDictionary<QuarantineKind, long>> CountQuarantineAsync(CancellationToken cancel = default) =>
        (
            await _database.ReadAsync(
                _database.Query("count-quarantine"),
                static row => KeyValuePair.Create((QuarantineKind)row.GetInt16(0), row.GetInt64(1)),
                cancel
            )
        ).ToDictionary();

    public async ValueTask<int> RetryQuarantineAsync(
        long? number,
        string? otherThanProgram,
        CancellationToken cancel = default
    ) => (await _database.RunAsync(cancel, _database.Query("retry-quarantine", Optional(number), P(otherThanProgram))))[0];

    public async ValueTask ReleaseAsync(QuarantineKind kind, string subject, CancellationToken cancel = default) =>
        await _database.RunAsync(cancel, _database.Query("release", P((short)kind), P(subject)));

    // ── Ingestion problems ──────────────────────────────────────────────────────────────────────────────────────────

    public async ValueTask AddIngestionProblemsAsync(
        int day,
        IReadOnlyList<IngestionProblem> counted,
        int keptFrom,
        CancellationToken cancel = default
    ) =>
        await _database.RunAsync(
            cancel,
            [
                // In one order, so that processes that add to the same rows do not wait for each other in a circle.
                .. counted
                    .OrderBy(one => (one.Source, one.Kind, one.Field))
                    .Select(one =>
                        _database.Query(
                            "add-ingestion-problem",
                            P(day),
                            P(one.Source),
                            P(one.Kind),
                            P(one.Field),
                            P(one.Count),
                            P(one.FirstAt),
                            P(one.LastAt),
                            P(one.Example)
                        )
                    ),
                _database.Query("forget-ingestion-problems", P(keptFrom)),
            ]
        );

    public async ValueTask<IReadOnlyList<IngestionProblem>> ReadIngestionProblemsAsync(
        IngestionProblemQuery query,
        CancellationToken cancel = default
    ) =>
        await _database.ReadAsync(
            _database.Query(
                "read-ingestion-problems",
                P(query.Kind),
                P(query.Field),
                P(query.FromDay),
                P(query.ToDay),
                P(query.After?.Source),
                P(query.After?.Kind),
                P(query.After?.Field),
                P(query.Limit)
            ),
            static row => new IngestionProblem(
                row.GetString(0),
                row.GetString(1),
                row.GetString(2),
                row.GetInt64(3),
                row.GetInt64(4),
                row.GetInt64(5),
                row.GetString(6)
            ),
            cancel
        );

    // ── Documents ───────────────────────────────────────────────────────────────────────────────────────────────────

    public ValueTask<(Document? Present, bool IsSaved)> SaveDocumentAsync(
        DocumentEdit edit,
        CancellationToken cancel = default
    ) =>
        _database.InTransactionAsync(
            async connection =>
            {
                // Whoever draws a change holds the lock until it is visible: none appears behind a later one.
                var present = await NewestAsync("lock-documents");
                if (!edit.Follows(present))
                    return (present, false);
                var (version, id) = ((present?.Version ?? 0) + 1, edit.Id);
                await using var batch = connection.CreateBatch();
                batch.BatchCommands.Add(
                    _database.Query("add-document", P(edit.Kind), P(id), P(version), P(edit.Json), P(edit.At), P(edit.By))
                );
                await batch.ExecuteNonQueryAsync(cancel);
                var saved = (await NewestAsync())!;
                await using var audit = connection.CreateBatch();
                audit.BatchCommands.Add(_database.Query("add-audit", P(edit.At), P(edit.By), P(edit.What), P(saved.Name)));
                await audit.ExecuteNonQueryAsync(cancel);
                return (saved, true);

                async Task<Document?> NewestAsync(string? first = null)
                {
                    await using var read = connection.CreateBatch();
                    if (first is not null)
                        read.BatchCommands.Add(_database.Query(first));
                    read.BatchCommands.Add(_database.Query("read-versions", P(edit.Kind), P(edit.Id), P(1)));
                    await using var rows = await read.ExecuteReaderAsync(cancel);
                    if (first is not null)
                        await rows.NextResultAsync(cancel);
                    return (await RowsAsync(rows, Document, cancel)).FirstOrDefault();
                }
            },
            cancel
        );

    public async ValueTask<IReadOnlyList<Document>> ReadVersionsAsync(
        string kind,
        string id,
        int limit = int.MaxValue,
        CancellationToken cancel = default
    ) => await _database.ReadAsync(_database.Query("read-versions", P(kind), P(id), P(limit)), Document, cancel);

    public async ValueTask<Document?> FindVersionAsync(string kind, string id, int version, CancellationToken cancel = default) =>
        (
            await _database.ReadAsync(_database.Query("find-version", P(kind), P(id), P(version)), Document, cancel)
        ).FirstOrDefault();

    public async ValueTask<IReadOnlyList<Document>> ReadDocumentsAsync(string kind, CancellationToken cancel = default) =>
        await _database.ReadAsync(_database.Query("read-documents", P(kind)), Document, cancel);

    public async ValueTask<IReadOnlyList<Document>> ReadDocumentChangesAsync(
        long afterChange,
        int limit,
        CancellationToken cancel = default
    ) => await _database.ReadAsync(_database.Query("read-document-changes", P(afterChange), P(limit)), Document, cancel);

    static Document Document(DbDataReader row) =>
        new(
            row.GetInt64(0),
            row.GetString(1),
            row.GetString(2),
            row.GetInt32(3),
            row.IsDBNull(4) ? null : row.GetString(4),
            row.GetInt64(5),
            row.GetString(6)
        );

    // ── Settings, audit, erasure ────────────────────────────────────────────────────────────────────────────────────

    public async ValueTask<byte[]?> ReadSettingAsync(string name, CancellationToken cancel = default) =>
        (
            await _database.ReadAsync(
                _database.Query("read-setting", P(name)),
                static row => row.GetFieldValue<byte[]>(0),
                cancel
            )
        ).FirstOrDefault();

    public async ValueTask SaveSettingAsync(string name, byte[]? value, CancellationToken cancel = default) =>
        await _database.RunAsync(
            cancel,
            value is null ? _database.Query("remove-setting", P(name)) : _database.Query("save-setting", P(name), P(value))
        );

    public async ValueTask<byte[]> ReadOrAddSettingAsync(string name, byte[] value, CancellationToken cancel = default)
    {
        if (await ReadSettingAsync(name, cancel) is { } known)
            return known;
        await _database.RunAsync(cancel, _database.Query("add-setting", P(name), P(value)));
        return await ReadSettingAsync(name, cancel)
            ?? throw new StoreUnavailableException($"The setting {name} was removed while it was made; start again.");
    }

    public async ValueTask<byte[]?> ReadSecretAsync(string name, CancellationToken cancel = default) =>
        await ReadSettingAsync(name, cancel) is { } wrapped ? _keys.UnwrapSetting(name, wrapped) : null;

    public ValueTask SaveSecretAsync(string name, byte[] value, CancellationToken cancel = default) =>
        SaveSettingAsync(name, _keys.WrapSetting(name, value), cancel);

    public async ValueTask<byte[]> ReadOrAddSecretAsync(string name, byte[] value, CancellationToken cancel = default) =>
        _keys.UnwrapSetting(name, await ReadOrAddSettingAsync(name, _keys.WrapSetting(name, value), cancel));

    public async ValueTask AddAnswersAsync(IReadOnlyCollection<AnswerDay> added, CancellationToken cancel = default) =>
        await _database.RunAsync(
            cancel,
            _database.Query(
                "add-answers",
                P(added, a => a.Day),
                P(added, a => (short)a.Placement),
                P(added, a => (long)a.Source),
                P(added, a => a.Answers),
                P(added, a => a.Items)
            )
        );

    public async ValueTask<IReadOnlyList<AnswerDay>> AnswerDaysAsync(int from, int to, CancellationToken cancel = default) =>
        await _database.ReadAsync(
            _database.Query("read-answers", P(from), P(to)),
            static row => new AnswerDay(
                row.GetInt32(0),
                (byte)row.GetInt16(1),
                (uint)row.GetInt64(2),
                row.GetInt64(3),
                row.GetInt64(4)
            ),
            cancel
        );

    public async ValueTask AuditAsync(string who, string what, string about, long now, CancellationToken cancel = default) =>
        await _database.RunAsync(cancel, _database.Query("add-audit", P(now), P(who), P(what), P(about)));

    public async ValueTask<IReadOnlyDictionary<string, long>> EraseAsync(
        IReadOnlyList<long> customers,
        CancellationToken cancel = default
    )
    {
        var destroyed = await _keys.DestroyAsync(customers, cancel);
        long[] asked = [.. customers.Distinct()];
        var removed = await _database.RunAsync(
            cancel,
            _database.Query("remove-names", P(asked)),
            _database.Query("clear-due", P(asked)),
            _database.Query("remove-messages", P(asked))
        );
        return new Dictionary<string, long>
        {
            ["names"] = removed[0],
            ["keys"] = destroyed,
            ["due"] = removed[1],
            ["outbox"] = removed[2],
        };
    }
}
