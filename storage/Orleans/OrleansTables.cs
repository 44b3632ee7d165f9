using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Personalization.Storage.Files;

namespace Personalization.Storage.Orleans;

/// <summary>
/// The tables and queries that Orleans expects in a database, from scripts of this program. Numbered files, forward only; of
/// several silos that start together one does it, the others wait and find it done.
/// </summary>
public static class OrleansTables
{
    const string Schema = "orleans";

    /// <summary>SQLite's codes.</summary>
    const int Corrupt = 11,
        NoDatabase = 26;

    /// <summary>PostgreSQL: a schema of its own beside the shop's tables.</summary>
    /// <returns>Connections that see that schema, to be disposed of: Orleans does not.</returns>
    public static async Task<DbDataSource> OpenPostgresAsync(string connectionString, CancellationToken cancel = default)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            SearchPath = Schema,
            ApplicationName = "personalization-orleans",
            NoResetOnClose = true,
        };
        if (settings.MaxPoolSize == new NpgsqlConnectionStringBuilder().MaxPoolSize)
            settings.MaxPoolSize = 8;
        if (settings.MaxAutoPrepare == 0)
            settings.MaxAutoPrepare = 50;
        var source = new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
        var schema = $"SELECT pg_advisory_xact_lock(7202611220005); CREATE SCHEMA IF NOT EXISTS {Schema};";
        return await UpgradedAsync(source, schema, "Orleans/Postgres/", cancel);
    }

    /// <summary>
    /// SQLite: one file, for one silo. A damaged one, which can be made again, is; <paramref name="warn"/> is told. One that is
    /// durable cannot be made again: what is written there waits for the disk, and damage is an error.
    /// </summary>
    public static async Task<DbDataSource> OpenSqliteAsync(
        string file,
        Action<string>? warn = null,
        bool isDurable = false,
        CancellationToken cancel = default
    )
    {
        PrivateFiles.MakeDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        try
        {
            PrivateFiles.Make(file);
            return await UpgradedAsync(new SqliteSource(file, isDurable), "", "Orleans/Sqlite/", cancel);
        }
        catch (SqliteException damage) when (!isDurable && damage.SqliteErrorCode is (Corrupt or NoDatabase))
        {
            warn?.Invoke($"{file} is damaged and made again; customers are read from the journal.");
            foreach (var ending in new[] { "", "-wal", "-shm" })
                File.Delete(file + ending);
            PrivateFiles.Make(file);
            return await UpgradedAsync(new SqliteSource(file, isDurable), "", "Orleans/Sqlite/", cancel);
        }
    }

    /// <summary>The source with its tables up to date; disposed of where that fails.</summary>
    static async Task<DbDataSource> UpgradedAsync(DbDataSource source, string schema, string folder, CancellationToken cancel)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancel);
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            await RunAsync(connection, schema + "CREATE TABLE IF NOT EXISTS migration (number int PRIMARY KEY)", cancel);
            await UpgradeAsync(connection, folder, cancel);
            await transaction.CommitAsync(cancel);
            return source;
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    static async Task UpgradeAsync(DbConnection connection, string folder, CancellationToken cancel)
    {
        await using var last = connection.CreateCommand();
        last.CommandText = "SELECT coalesce(max(number), 0) FROM migration";
        var reached = Convert.ToInt32(await last.ExecuteScalarAsync(cancel));
        foreach (var (number, text) in SqlFile.Migrations(folder))
        {
            if (number <= reached)
                continue;
            await RunAsync(connection, text, cancel);
            await RunAsync(connection, $"INSERT INTO migration (number) VALUES ({number})", cancel);
        }
        // A silo reads them once, at its start: those of an older build go on with what they have read.
        foreach (var (name, text) in SqlFile.Sections(folder + "queries.sql"))
        {
            await using var save = connection.CreateCommand();
            save.CommandText =
                "INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES (@name, @text) "
                + "ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText";
            Add(save, "@name", name);
            Add(save, "@text", text);
            await save.ExecuteNonQueryAsync(cancel);
        }
    }

    static void Add(DbCommand command, string name, string value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }

    static async Task RunAsync(DbConnection connection, string text, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = text;
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>
    /// Connections to one file that write ahead and wait for each other, but not for the disk where what is there can be made
    /// again.
    /// </summary>
    sealed class SqliteSource(string file, bool isDurable) : DbDataSource
    {
        public override string ConnectionString { get; } =
            new SqliteConnectionStringBuilder { DataSource = file }.ConnectionString;

        protected override DbConnection CreateDbConnection() => new SqliteConnection(ConnectionString);

        protected override DbConnection OpenDbConnection()
        {
            return Prepared((SqliteConnection)base.OpenDbConnection());
        }

        protected override async ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
        {
            return Prepared((SqliteConnection)await base.OpenDbConnectionAsync(cancellationToken));
        }

        protected override void Dispose(bool disposing)
        {
            using var connection = new SqliteConnection(ConnectionString);
            SqliteConnection.ClearPool(connection);
        }

        SqliteConnection Prepared(SqliteConnection connection)
        {
            try
            {
                using var command = connection.CreateCommand();
                command.CommandText =
                    $"PRAGMA journal_mode = WAL; PRAGMA synchronous = {(isDurable ? "FULL" : "OFF")}; "
                    + "PRAGMA busy_timeout = 10000; PRAGMA secure_delete = ON";
                command.ExecuteNonQuery();
                return connection;
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }
    }
}
