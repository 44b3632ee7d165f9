using Npgsql;
using Personalization.Storage.Orleans;
using Personalization.Support;
using Shouldly;

namespace Personalization.Tests.Cluster.Tables;

/// <summary>The tables that the program makes for Orleans by itself.</summary>
[NeedsPostgres]
public sealed class OrleansTablesTests
{
    [CommonFact]
    public async Task Silos_that_start_together_make_the_tables_once()
    {
        var database = await TestPostgres.NewDatabaseAsync();
        try
        {
            var sources = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => OrleansTables.OpenPostgresAsync(database)));
            await using var command = sources[7]
                .CreateCommand("SELECT (SELECT count(*) FROM migration), (SELECT count(*) FROM OrleansQuery)");
            await using var reader = await command.ExecuteReaderAsync();
            await reader.ReadAsync();
            (reader.GetInt64(0), reader.GetInt64(1)).ShouldBe((1, 13));
            foreach (var source in sources)
                await source.DisposeAsync();
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await TestPostgres.DropDatabaseAsync(database);
        }
    }

    [CommonFact]
    public async Task Of_two_writers_of_one_state_the_second_is_told_that_it_lost()
    {
        using var directory = new TempDirectory();
        var postgres = await TestPostgres.NewDatabaseAsync();
        await using var onPostgres = await OrleansTables.OpenPostgresAsync(postgres);
        await using var onSqlite = await OrleansTables.OpenSqliteAsync(Path.Combine(directory.Path, "cluster.db"));
        foreach (var source in new[] { onPostgres, onSqlite })
        {
            (await WriteAsync(source, null)).ShouldBe(1);
            (await WriteAsync(source, null)).ShouldBeNull("it exists already");
            (await WriteAsync(source, 1)).ShouldBe(2);
            (await WriteAsync(source, 1)).ShouldBeNull("another wrote since");
            (await RunAsync(source, "DeleteStorageKey", 2)).ShouldBe(3);
            (await WriteAsync(source, 2)).ShouldBeNull("it is gone");
        }
    }

    static Task<int?> WriteAsync(System.Data.Common.DbDataSource source, int? version) =>
        RunAsync(source, "WriteToStorageKey", version);

    static async Task<int?> RunAsync(System.Data.Common.DbDataSource source, string query, int? version)
    {
        await using var read = source.CreateCommand($"SELECT QueryText FROM OrleansQuery WHERE QueryKey = '{query}'");
        await using var command = source.CreateCommand((string)(await read.ExecuteScalarAsync())!);
        foreach (
            var (name, value) in new (string, object?)[]
            {
                ("GrainIdHash", 1),
                ("GrainIdN0", 0L),
                ("GrainIdN1", 5L),
                ("GrainTypeHash", 1),
                ("GrainTypeString", "t"),
                ("GrainIdExtensionString", null),
                ("ServiceId", "s"),
                ("GrainStateVersion", version),
                ("PayloadBinary", new byte[] { 1 }),
            }
        )
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
            if (value is null)
                parameter.DbType = name == "GrainStateVersion" ? System.Data.DbType.Int32 : System.Data.DbType.String;
            command.Parameters.Add(parameter);
        }
        return await command.ExecuteScalarAsync() is { } changed and not DBNull ? Convert.ToInt32(changed) : null;
    }
}
