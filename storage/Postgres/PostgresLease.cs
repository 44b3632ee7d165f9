using Npgsql;
using Personalization.Journal;

namespace Personalization.Storage.Postgres;

/// <summary>
/// A lease as an advisory lock of a session of its own: PostgreSQL gives it back the moment that session ends, so a process
/// that is killed is followed by another within <see cref="Every"/>.
/// </summary>
static class PostgresLease
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>Waits until the lock is this process's.</summary>
    public static async ValueTask<Lease> TakeAsync(string connectionString, PostgresDatabase database, CancellationToken cancel)
    {
        while (true)
        {
            if (await TryAsync(connectionString, database, cancel) is { } lease)
                return lease;
            await Task.Delay(Every, cancel);
        }
    }

    static async Task<Lease?> TryAsync(string connectionString, PostgresDatabase database, CancellationToken cancel)
    {
        // Outside the pool: the lock lives and dies with this connection. A command that takes this long finds no server.
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            CommandTimeout = 3,
            Timeout = 3,
        };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(cancel);
            await using var command = database.Command("try-lead", connection);
            if (await command.ExecuteScalarAsync(cancel) is true)
                return Hold(connection, database);
            await connection.DisposeAsync();
            return null;
        }
        catch (NpgsqlException)
        {
            // No server: there is no leader, and the servers report it themselves.
            await connection.DisposeAsync();
            return null;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    static Lease Hold(NpgsqlConnection connection, PostgresDatabase database)
    {
        var ended = new CancellationTokenSource();
        Task watching = Task.CompletedTask;
        var lease = new Lease(async () =>
        {
            await ended.CancelAsync();
            await watching;
            await connection.DisposeAsync();
            ended.Dispose();
        });
        watching = WatchAsync();
        return lease;

        async Task WatchAsync()
        {
            try
            {
                while (true)
                {
                    await Task.Delay(Every, ended.Token);
                    await using var command = database.Command("ping", connection);
                    await command.ExecuteNonQueryAsync(ended.Token);
                }
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested) { }
            catch (Exception)
            {
                lease.Lose();
            }
        }
    }
}
