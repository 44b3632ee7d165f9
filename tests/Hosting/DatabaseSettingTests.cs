using Microsoft.Extensions.DependencyInjection;
using Personalization.Journal;
using Personalization.Storage.Postgres;
using Personalization.Support;
using Shouldly;

namespace Personalization.Tests.Hosting;

/// <summary>A connection string holds a password, which has no place on a command line.</summary>
[NeedsPostgres]
public sealed class DatabaseSettingTests
{
    [CommonFact]
    public Task The_environment_may_name_the_database() => OpensPostgresAsync("PERSONALIZATION_DATABASE");

    [CommonFact]
    public Task A_connection_string_of_the_settings_may() => OpensPostgresAsync("ConnectionStrings:Personalization");

    [CommonFact]
    public async Task A_file_may()
    {
        using var directory = new TempDirectory();
        var file = directory.Beside("database");
        await OpensPostgresAsync("PERSONALIZATION_DATABASE_FILE", database =>
        {
            File.WriteAllText(file, database + "\n");
            return file;
        });
    }

    static async Task OpensPostgresAsync(string setting, Func<string, string>? named = null)
    {
        var database = await TestPostgres.NewDatabaseAsync();
        var value = named?.Invoke(database) ?? database;
        await using (var server = await TestServer.StartAsync(settings: new() { [setting] = value }))
            server.Services.GetRequiredService<IStore>().ShouldBeOfType<PostgresStore>();
        await TestPostgres.DropDatabaseAsync(database);
    }
}
