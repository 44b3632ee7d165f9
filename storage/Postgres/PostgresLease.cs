using Medallion.Threading.Postgres;
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
    static readonly PostgresAdvisoryLockKey Key = new(7202611220004);

    /// <summary>Waits until the lock is this process's.</summary>
    public static async ValueTask<Lease> TakeAsync(string connectionString, CancellationToken cancel)
    {
        var session = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            Timeout = 3,
            // A server that is gone without notice is noticed by the network's own probes.
            TcpKeepAlive = true,
            TcpKeepAliveTime = 1_000,
            TcpKeepAliveInterval = 1_000,
        };
        // The lock's own watch keeps a query running, in which PostgreSQL (14 and later) would not notice that its client is gone.
        session.Options = $"{session.Options} -c client_connection_check_interval=1s".Trim();
        var leader = new PostgresDistributedLock(Key, session.ConnectionString, options => options.UseMultiplexing(false));
        while (true)
        {
            try
            {
                // Tried again and again: a query that waited for the lock would hold up the database's vacuum.
                if (await leader.TryAcquireAsync(TimeSpan.Zero, cancel) is { } held)
                    return new Lease(() => GiveUpAsync(held), held.HandleLostToken);
            }
            catch (NpgsqlException)
            {
                // No server: there is no leader, and the servers report it themselves.
            }
            await Task.Delay(Every, cancel);
        }
    }

    static async ValueTask GiveUpAsync(PostgresDistributedLockHandle held)
    {
        try
        {
            await held.DisposeAsync();
        }
        catch (Exception ended) when (ended is NpgsqlException or InvalidOperationException)
        {
            // The session has ended, and the lock with it.
        }
    }
}
