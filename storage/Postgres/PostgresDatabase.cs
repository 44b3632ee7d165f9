using System.Data.Common;
using System.Net.Sockets;
using Npgsql;
using Personalization.Journal;

namespace Personalization.Storage.Postgres;

/// <summary>A PostgreSQL database and the queries asked of it, by their names. Failures come out as <see cref="StoreUnavailableException"/>.</summary>
sealed class PostgresDatabase(NpgsqlDataSource source, SqlFile sql, string name)
{
    /// <summary>A pool of connections that prepare what they are asked repeatedly.</summary>
    public static NpgsqlDataSource Connect(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (settings.MaxAutoPrepare == 0)
            settings.MaxAutoPrepare = 100;
        if (settings.AutoPrepareMinUsages > 2)
            settings.AutoPrepareMinUsages = 2;
        // Several servers share the hundred connections that PostgreSQL allows by default.
        if (settings.MaxPoolSize == new NpgsqlConnectionStringBuilder().MaxPoolSize)
            settings.MaxPoolSize = 20;
        // Nothing is left in a session: the next user of the connection need not have it cleared.
        settings.NoResetOnClose = true;
        settings.ApplicationName ??= "personalization";
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    /// <summary>The same database with other queries.</summary>
    public PostgresDatabase With(SqlFile other) => new(source, other, name);

    public static NpgsqlParameter P<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };

    /// <summary>An array of one field of all rows.</summary>
    public static NpgsqlParameter P<TRow, T>(IEnumerable<TRow> rows, Func<TRow, T> field) => P(rows.Select(field).ToArray());

    /// <summary>A parameter that may be NULL.</summary>
    public static NpgsqlParameter Optional<T>(T? value)
        where T : struct => value is { } present ? P(present) : new NpgsqlParameter<T?> { TypedValue = null };

    public NpgsqlBatchCommand Query(string query, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql[query]);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        return command;
    }

    public ValueTask<List<T>> ReadAsync<T>(NpgsqlBatchCommand query, Func<DbDataReader, T> row, CancellationToken cancel) =>
        GuardAsync(async () =>
        {
            await using var batch = source.CreateBatch();
            batch.BatchCommands.Add(query);
            await using var reader = await batch.ExecuteReaderAsync(cancel);
            return await RowsAsync(reader, row, cancel);
        });

    public static async ValueTask<List<T>> RowsAsync<T>(DbDataReader reader, Func<DbDataReader, T> row, CancellationToken cancel)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel))
            rows.Add(row(reader));
        return rows;
    }

    /// <summary>Runs commands together: one way there and back, one transaction. Returns the rows each has changed.</summary>
    public ValueTask<int[]> RunAsync(CancellationToken cancel, params NpgsqlBatchCommand[] commands) =>
        GuardAsync(async () =>
        {
            await using var batch = source.CreateBatch();
            foreach (var command in commands)
                batch.BatchCommands.Add(command);
            await batch.ExecuteNonQueryAsync(cancel);
            return Array.ConvertAll(commands, command => (int)command.RecordsAffected);
        });

    /// <summary>Runs <paramref name="work"/> in a transaction of its own, which is rolled back when it throws.</summary>
    public ValueTask<T> InTransactionAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancel) =>
        GuardAsync(async () =>
        {
            await using var connection = await source.OpenConnectionAsync(cancel);
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            var result = await work(connection);
            await transaction.CommitAsync(cancel);
            return result;
        });

    public async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancel) => await source.OpenConnectionAsync(cancel);

    public async ValueTask<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException or ObjectDisposedException)
        {
            throw Unavailable(e);
        }
    }

    /// <summary>
    /// PostgreSQL's own messages name tables and constraints; values would be in the detail, which is left out.
    /// </summary>
    public StoreUnavailableException Unavailable(Exception e) =>
        new(
            e is PostgresException refused
                ? $"PostgreSQL ({name}) refused: {refused.MessageText} ({refused.SqlState})."
                : $"PostgreSQL ({name}) cannot be reached: {e.Message}",
            e
        )
        {
            // Data exceptions and broken constraints: a value out of range, for instance.
            IsRefusal = e is PostgresException { SqlState: ['2', '2' or '3', ..] },
        };
}
