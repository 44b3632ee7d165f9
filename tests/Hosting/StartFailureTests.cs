using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Hosting;
using Personalization.Journal;
using Personalization.Storage.Orleans;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Hosting;

/// <summary>What a start that fails leaves behind, and what it says.</summary>
public sealed class StartFailureTests : IDisposable
{
    static readonly DateTimeOffset Then = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    ServerOptions Options(string urls = "http://127.0.0.1:0") => new() { Data = _directory.Path, Urls = urls };

    [Fact]
    public async Task A_copy_of_another_time_is_for_this_user_alone_and_gone_after_a_start_that_found_its_port_taken()
    {
        await (await TestServer.StartAsync(_directory.Path)).DisposeAsync();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string copy;
        await using (var app = await Server.OpenAsync(Options($"http://{taken.LocalEndpoint}") with { AsOf = Then }))
        {
            copy = Path.GetDirectoryName(app.Services.GetRequiredService<ScratchCopy>().Folder)!;
            Directory.GetFiles(copy, "*", SearchOption.AllDirectories).ShouldNotBeEmpty();
            if (!OperatingSystem.IsWindows())
                (
                    File.GetUnixFileMode(copy) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)
                ).ShouldBe(UnixFileMode.None);
            await Should.ThrowAsync<IOException>(() => Server.StartAsync(app, default));
        }
        Directory.Exists(copy).ShouldBeFalse();
    }

    [Fact]
    public void A_copy_that_is_dropped_takes_its_master_key_with_it()
    {
        var copy = ScratchCopy.New();
        Directory.CreateDirectory(copy.Folder!);
        File.WriteAllText(copy.Folder + ".key", "");
        copy.Drop();
        Directory.Exists(Path.GetDirectoryName(copy.Folder)).ShouldBeFalse();
    }

    [Fact]
    public async Task Damaged_snapshots_are_made_again_with_one_warning()
    {
        await (await TestServer.StartAsync(_directory.Path)).DisposeAsync();
        var file = Path.Combine(_directory.Path, "snapshots.db");
        File.WriteAllBytes(file, [.. Enumerable.Repeat((byte)7, 10_000)]);
        var warnings = new List<string>();
        await (await OrleansTables.OpenSqliteAsync(file, warnings.Add)).DisposeAsync();
        warnings.ShouldHaveSingleItem().ShouldContain(file);
        await using var server = await TestServer.StartAsync(_directory.Path);
        await server.ReadyAsync();
    }

    [Theory]
    [InlineData("Address", "127.0.0.1")]
    [InlineData("GatewayPort", "30000")]
    [InlineData("Kubernetes", "true")]
    [InlineData("ProbeTimeout", "00:00:05")]
    public async Task A_setting_of_a_cluster_needs_a_database(string setting, string value)
    {
        var settings = new Dictionary<string, string?>(ServerOptions.NoDatabase) { [$"Cluster:{setting}"] = value };
        var refusal = await Should.ThrowAsync<ArgumentException>(() => Server.OpenAsync(Options() with { Settings = settings }));
        refusal.Message.ShouldStartWith($"Cluster:{setting} needs --database");
    }
}

/// <summary>A user of PostgreSQL that may do less than a server needs.</summary>
[NeedsPostgres]
public sealed class StartOnPostgresFailureTests
{
    [CommonFact]
    public async Task A_user_that_may_not_create_the_schema_is_told_so_in_one_line()
    {
        using var directory = new TempDirectory();
        var database = await TestPostgres.NewDatabaseAsync();
        await TestPostgres.RunAsync(
            database,
            "DROP ROLE IF EXISTS modest; CREATE ROLE modest LOGIN; GRANT ALL ON SCHEMA public TO modest"
        );
        var options = new ServerOptions
        {
            Data = directory.Path,
            Urls = "http://127.0.0.1:0",
            Database = database + ";Username=modest",
        };
        var refusal = await Should.ThrowAsync<StoreUnavailableException>(() => Server.OpenAsync(options));
        refusal.Message.ShouldStartWith("Orleans' tables");
        refusal.Message.ShouldNotContain('\n');
        await TestPostgres.DropDatabaseAsync(database);
    }
}
