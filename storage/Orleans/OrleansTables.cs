using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Personalization.Storage.Orleans;

/// <summary>
/// The tables and queries that Orleans expects in a database, from scripts of this program. Numbered files, forward only; of
/// several silos that start together one does it, the others wait and find it done.
/// </summary>
public static class OrleansTables
{
    const string Schema = "orleans";

    /// <summary>PostgreSQL: a schema of its own beside the shop's tables.</summary>
    /// <returns>Connections that see that schema; Orleans does not dispose of them.</returns>
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
        await using var connection = await source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await RunAsync(connection, "SELECT pg_advisory_xact_lock(7202611220005)");
        await RunAsync(connection, $"CREATE SCHEMA IF NOT EXISTS {Schema}");
        await UpgradeAsync(connection, "Orleans/Postgres/");
        await transaction.CommitAsync(cancel);
        return source;
    }

    /// <summary>SQLite: one file, for one silo.</summary>
    public static async Task<DbDataSource> OpenSqliteAsync(string file, CancellationToken cancel = default)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var source = new SqliteSource(file);
        await using var connection = await source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await UpgradeAsync(connection, "Orleans/Sqlite/");
        await transaction.CommitAsync(cancel);
        return source;
    }

    static async Task UpgradeAsync(DbConnection connection, string folder)
    {
        await RunAsync(connection, "CREATE TABLE IF NOT EXISTS migration (number int PRIMARY KEY)");
        await using var last = connection.CreateCommand();
        last.CommandText = "SELECT coalesce(max(number), 0) FROM migration";
        var reached = Convert.ToInt32(await last.ExecuteScalarAsync());
        foreach (var (number, text) in SqlFile.Migrations(folder))
        {
            if (number <= reached)
                continue;
            await RunAsync(connection, text);
            await RunAsync(connection, $"INSERT INTO migration (number) VALUES ({number})");
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
            await save.ExecuteNonQueryAsync();
        }
    }

    static void Add(DbCommand command, string name, string value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }

    static async Task RunAsync(DbConnection connection, string text)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = text;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Connections to one file that write ahead, wait for each other, and never wait for the disk: what is here can be made again.</summary>
    sealed class SqliteSource(string file) : DbDataSource
    {
        public override string ConnectionString { get; } =
            new SqliteConnectionStringBuilder { DataSource = file }.ConnectionString;

        protected override DbConnection CreateDbConnection() => new SqliteConnection(ConnectionString);

        protected override DbConnection OpenDbConnection()
        {
            var connection = (SqliteConnection)base.OpenDbConnection();
            Prepare(connection);
            return connection;
        }

        protected override async ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
        {
            var connection = (SqliteConnection)await base.OpenDbConnectionAsync(cancellationToken);
            Prepare(connection);
            return connection;
        }

        static void Prepare(SqliteConnection connection)
        {
            using var command = connection.CreateCommand();
            command.CommandText =
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 10000; PRAGMA secure_delete = ON";
            command.ExecuteNonQuery();
        }
    }
}
