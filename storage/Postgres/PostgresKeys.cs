using Personalization.Journal;
using Personalization.Storage.Keys;
using static Personalization.Storage.Postgres.PostgresDatabase;

namespace Personalization.Storage.Postgres;

/// <summary>
/// Customer keys in a table. Another process may destroy one, so a key is kept in memory for a minute at most.
/// </summary>
sealed class PostgresKeys(PostgresDatabase database, MasterKey master, TimeProvider time)
    : CustomerKeys(master, TimeSpan.FromMinutes(1), time)
{
    /// <exception cref="StoreUnavailableException">The master key is missing, damaged or another.</exception>
    public static async ValueTask<PostgresKeys> OpenAsync(
        PostgresDatabase database,
        string masterKeyPath,
        TimeProvider time,
        CancellationToken cancel
    )
    {
        var master = await database.InTransactionAsync(
            async connection =>
            {
                await using var read = connection.CreateBatch();
                read.Timeout = 0;
                read.BatchCommands.Add(database.Query("lock-migrations"));
                read.BatchCommands.Add(database.Query("read-check"));
                byte[]? check = null;
                await using (var reader = await read.ExecuteReaderAsync(cancel))
                {
                    await reader.NextResultAsync(cancel);
                    if (await reader.ReadAsync(cancel))
                        check = reader.GetFieldValue<byte[]>(0);
                }
                var master = MasterKey.Open(masterKeyPath, mayCreate: check is null);
                if (check is not null)
                {
                    master.Verify(check);
                    return master;
                }
                await using var add = connection.CreateBatch();
                add.BatchCommands.Add(database.Query("add-check", P(master.MakeCheck())));
                await add.ExecuteNonQueryAsync(cancel);
                return master;
            },
            cancel
        );
        return new PostgresKeys(database, master, time);
    }

    protected override async ValueTask<IReadOnlyList<(long Customer, byte[]? Wrapped)>> FindAsync(
        IReadOnlyList<long> customers,
        CancellationToken cancel
    ) =>
        await database.ReadAsync(
            database.Query("find-keys", P(customers.ToArray())),
            static row => (row.GetInt64(0), row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1)),
            cancel
        );

    protected override async ValueTask AddAsync(IReadOnlyList<long> customers, CancellationToken cancel)
    {
        long[] missing = [.. customers];
        await database.RunAsync(cancel, database.Query("add-keys", P(missing), P(Array.ConvertAll(missing, Make))));
    }

    protected override async ValueTask<long> RemoveAsync(IReadOnlyList<long> customers, CancellationToken cancel)
    {
        long[] asked = [.. customers.Distinct()];
        return (
            await database.RunAsync(cancel, database.Query("destroy-keys", P(asked)), database.Query("mark-destroyed", P(asked)))
        )[0];
    }
}
