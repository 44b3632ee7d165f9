using System.Data.Common;
using Npgsql;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Storage.Keys;
using static Personalization.Storage.Postgres.PostgresDatabase;

namespace Personalization.Storage.Postgres;

/// <summary>Names in a table: found by a keyed hash, their texts sealed.</summary>
sealed class PostgresNames
{
    readonly PostgresDatabase _database;
    readonly PostgresKeys _keys;
    readonly NameSecret _secret;

    PostgresNames(PostgresDatabase database, PostgresKeys keys, NameSecret secret) =>
        (_database, _keys, _secret) = (database, keys, secret);

    /// <summary>
    /// Reads the key of the hashes, made where there is none, and brings over names that stood in the clear. Of several processes
    /// that start together one does it.
    /// </summary>
    public static ValueTask<PostgresNames> OpenAsync(PostgresDatabase database, PostgresKeys keys, CancellationToken cancel) =>
        database.InTransactionAsync(
            async connection =>
            {
                await RunAsync(connection, database.Query("lock-migrations"), cancel);
                var names = new PostgresNames(database, keys, new(await KeyAsync(database, keys, connection, cancel)));
                await names.SealOldNamesAsync(connection, cancel);
                return names;
            },
            cancel
        );

    static async Task<byte[]> KeyAsync(
        PostgresDatabase database,
        PostgresKeys keys,
        NpgsqlConnection connection,
        CancellationToken cancel
    )
    {
        await using (
            var read = new NpgsqlBatch(connection) { BatchCommands = { database.Query("read-setting", P(NameSecret.Setting)) } }
        )
            if (await read.ExecuteScalarAsync(cancel) is byte[] wrapped)
                return keys.UnwrapSetting(NameSecret.Setting, wrapped);
        var key = NameSecret.NewKey();
        var save = database.Query("save-setting", P(NameSecret.Setting), P(keys.WrapSetting(NameSecret.Setting, key)));
        await RunAsync(connection, save, cancel);
        return key;
    }

    async Task SealOldNamesAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        const int batch = 10_000;
        for (var any = false; ; any = true)
        {
            var names = new List<BoundName>();
            await using (
                var read = new NpgsqlBatch(connection) { BatchCommands = { _database.Query("old-names", P(batch)) }, Timeout = 0 }
            )
            await using (var rows = await read.ExecuteReaderAsync(cancel))
                names = await RowsAsync(
                    rows,
                    row => new BoundName(
                        row.GetInt64(0),
                        (NameKind)row.GetInt16(1),
                        row.GetString(2),
                        row.GetInt64(3),
                        row.GetInt64(4)
                    ),
                    cancel
                );
            if (names.Count == 0)
            {
                // Deleted rows would stay in the file until it is vacuumed.
                if (any)
                    await RunAsync(connection, _database.Query("empty-old-names"), cancel);
                return;
            }
            var (texts, _) = await _keys.SealNamesAsync(
                _secret,
                names.ConvertAll(name => new NameText(name.Customer, name.Kind, name.Value, _secret.Of(name.Kind, name.Value))),
                cancel
            );
            var put = _database.Query(
                "put-names",
                P(names, n => n.Number),
                P(names, n => (short)n.Kind),
                P(names, n => _secret.Of(n.Kind, n.Value)),
                P(texts),
                P(names, n => n.Customer),
                P(names, n => n.Since)
            );
            await RunAsync(connection, put, cancel);
            await RunAsync(connection, _database.Query("remove-old-names", P(names[^1].Number)), cancel);
        }
    }

    static async Task RunAsync(NpgsqlConnection connection, NpgsqlBatchCommand command, CancellationToken cancel)
    {
        // However long it takes on a large table, or in another process that does it already.
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { command }, Timeout = 0 };
        await batch.ExecuteNonQueryAsync(cancel);
    }

    public async ValueTask<BoundName?> FindAsync(NameKind kind, string value, CancellationToken cancel) =>
        (await FindAsync([new NameClaim(kind, value, 0, 0)], cancel))[0];

    /// <inheritdoc cref="INames.ClaimNamesAsync"/>
    public async ValueTask<IReadOnlyList<BoundName>> ClaimAsync(IReadOnlyList<NameClaim> claims, CancellationToken cancel)
    {
        var wanted = claims.DistinctBy(c => (c.Kind, c.Value)).ToList();
        var found = await FoundAsync(wanted, cancel);
        if (found.Count < wanted.Count)
        {
            var missing = wanted.Where(c => !found.ContainsKey((c.Kind, c.Value))).ToList();
            var named = missing.ConvertAll(c => new NameText(c.Customer, c.Kind, c.Value, _secret.Of(c.Kind, c.Value)));
            var (texts, _) = await _keys.SealNamesAsync(_secret, named, cancel);
            await _database.RunAsync(
                cancel,
                _database.Query(
                    "add-names",
                    P(missing, c => (short)c.Kind),
                    P(named, name => name.Hash),
                    P(texts),
                    P(missing, c => c.Customer),
                    P(missing, c => c.Since)
                )
            );
            foreach (var (key, name) in await FoundAsync(missing, cancel))
                found[key] = name;
        }
        return
        [
            .. claims.Select(c =>
                found.GetValueOrDefault((c.Kind, c.Value))
                ?? throw new StoreUnavailableException("A name was erased while it was claimed: claim it again.")
            ),
        ];
    }

    async ValueTask<Dictionary<(NameKind, string), BoundName>> FoundAsync(List<NameClaim> wanted, CancellationToken cancel) =>
        (await FindAsync(wanted, cancel)).OfType<BoundName>().ToDictionary(name => (name.Kind, name.Value));

    /// <summary>In the order asked; null for those that are not there.</summary>
    async ValueTask<BoundName?[]> FindAsync(List<NameClaim> asked, CancellationToken cancel)
    {
        var query = _database.Query("find-names", P(asked, c => (short)c.Kind), P(asked, c => _secret.Of(c.Kind, c.Value)));
        var found = new BoundName?[asked.Count];
        var rows = await _database.ReadAsync(
            query,
            static row =>
                (Place: (int)row.GetInt64(0) - 1, Number: row.GetInt64(1), Customer: row.GetInt64(2), Since: row.GetInt64(3)),
            cancel
        );
        foreach (var row in rows)
            found[row.Place] = new(row.Number, asked[row.Place].Kind, asked[row.Place].Value, row.Customer, row.Since);
        return found;
    }

    public ValueTask<IReadOnlyList<BoundName>> OfAsync(IReadOnlyList<long> customers, CancellationToken cancel) =>
        OpenedAsync(_database.Query("names-of", P(customers.ToArray())), cancel);

    public ValueTask<IReadOnlyList<BoundName>> ReadAsync(long afterNumber, int limit, CancellationToken cancel) =>
        OpenedAsync(_database.Query("read-names", P(afterNumber), P(limit)), cancel);

    async ValueTask<IReadOnlyList<BoundName>> OpenedAsync(NpgsqlBatchCommand query, CancellationToken cancel)
    {
        var names = await _database.ReadAsync(query, Name, cancel);
        var values = await _keys.UnsealNamesAsync(_secret, names, cancel);
        return [.. names.Zip(values, (name, value) => name.Opened(value))];
    }

    /// <summary>The moves with their names sealed for whom they move to.</summary>
    public async ValueTask<IReadOnlyList<NameMove>> ResealedAsync(IReadOnlyList<NameMove> moves, CancellationToken cancel)
    {
        var found = new Dictionary<long, (NameKind Kind, byte[] Hash, byte[] Sealed)>(
            await _database.ReadAsync(
                _database.Query("find-sealed", P(moves, move => move.Name)),
                static row =>
                    KeyValuePair.Create(
                        row.GetInt64(0),
                        ((NameKind)row.GetInt16(1), row.GetFieldValue<byte[]>(2), row.GetFieldValue<byte[]>(3))
                    ),
                cancel
            )
        );
        var before = moves
            .Select(move =>
                found.TryGetValue(move.Name, out var name)
                    ? new SealedName(move.Name, name.Kind, name.Hash, name.Sealed, move.From, 0)
                    : new SealedName(move.Name, NameKind.User, [], [], move.From, 0)
            )
            .ToList();
        var values = await _keys.UnsealNamesAsync(_secret, before, cancel);
        var (texts, _) = await _keys.SealNamesAsync(
            _secret,
            [.. moves.Select((move, i) => new NameText(move.To, before[i].Kind, values[i], before[i].Hash))],
            cancel
        );
        return [.. moves.Zip(texts, (move, text) => move with { Sealed = text })];
    }

    static SealedName Name(DbDataReader row) =>
        new(
            row.GetInt64(0),
            (NameKind)row.GetInt16(1),
            row.GetFieldValue<byte[]>(2),
            row.GetFieldValue<byte[]>(3),
            row.GetInt64(4),
            row.GetInt64(5)
        );
}
