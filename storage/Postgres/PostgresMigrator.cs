using Npgsql;
using Personalization.Journal;

namespace Personalization.Storage.Postgres;

/// <summary>Brings the tables to the newest shape: numbered files, forward only. Of several processes that start together one does it.</summary>
static class PostgresMigrator
{
    public static ValueTask<int> ApplyAsync(PostgresDatabase database, long now, CancellationToken cancel) =>
        database.InTransactionAsync(
            async connection =>
            {
                await RunAsync(connection, database.Query("lock-migrations"), cancel);
                await RunAsync(connection, database.Query("make-migration-table"), cancel);
                var reached = await ReachedAsync(connection, database.Query("last-migration"), cancel);
                var migrations = SqlFile.Migrations("Postgres/Migrations/");
                if (reached > migrations[^1].Number)
                    throw new StoreUnavailableException(
                        "The database was written by a newer version of this program: upgrade it."
                    );
                foreach (var (number, text) in migrations)
                {
                    if (number <= reached)
                        continue;
                    // However long it takes on a large table, or in another process that does it already.
                    await using var migration = new NpgsqlCommand(text, connection) { CommandTimeout = 0 };
                    await migration.ExecuteNonQueryAsync(cancel);
                    await RunAsync(
                        connection,
                        database.Query("add-migration", PostgresDatabase.P(number), PostgresDatabase.P(now)),
                        cancel
                    );
                }
                return migrations[^1].Number;
            },
            cancel
        );

    static async Task RunAsync(NpgsqlConnection connection, NpgsqlBatchCommand command, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { command }, Timeout = 0 };
        await batch.ExecuteNonQueryAsync(cancel);
    }

    static async Task<int> ReachedAsync(NpgsqlConnection connection, NpgsqlBatchCommand command, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { command } };
        return (int)(await batch.ExecuteScalarAsync(cancel))!;
    }
}
