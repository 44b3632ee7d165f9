using System.Diagnostics;
using System.Net;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.BadDays;

/// <summary>The disk of the data directory: a small file system in memory, which only a privileged user may make.</summary>
public sealed class FullDiskTests
{
    [PrivilegedFact]
    public async Task A_server_on_a_full_disk_is_not_ready_refuses_calls_and_recovers()
    {
        using var disk = new SmallDisk(megabytes: 40);
        await using var server = await ChildServer.StartAsync(
            Path.Combine(disk.Path, "data"),
            settings: new() { ["Health__MinFreeSpace"] = "1" }
        );
        await server.PostAsync("/v1/track", """{"userId":"u","event":"before"}""");
        disk.Fill();
        await server.UntilAsync(async () => !await server.LookAsync());
        var (_, health) = await server.ReadinessAsync();
        health.GetProperty("checks").GetProperty("disk").GetString().ShouldBe("failed");
        HttpStatusCode status;
        do
        {
            using var answer = await server.SendAsync("/v1/track", """{"userId":"u","event":"meanwhile"}""");
            status = answer.StatusCode;
        } while (status == HttpStatusCode.OK);
        status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        disk.Empty();
        await server.UntilAsync(server.LookAsync);
        await server.PostAsync("/v1/track", """{"userId":"u","event":"after"}""");
        await server.UntilAsync(() => server.Lines("can be used again") == 1);
        server.Lines("The database cannot be used").ShouldBe(1);
        server.Said.ShouldContain("is full: free some space");
    }

    [PrivilegedFact]
    public async Task A_start_on_a_full_disk_says_that_it_is_full()
    {
        using var disk = new SmallDisk(megabytes: 4);
        disk.Fill();
        var said = await RefusalAsync(Path.Combine(disk.Path, "data"));
        said.ShouldContain("full", Case.Insensitive);
        said.ShouldNotContain("code");
    }

    [PrivilegedFact]
    public async Task A_start_in_a_directory_that_cannot_be_written_to_says_so_and_not_that_it_is_in_use()
    {
        using var disk = new SmallDisk(megabytes: 40);
        var data = Path.Combine(disk.Path, "data");
        await (await TestServer.StartAsync(data)).DisposeAsync();
        disk.MakeReadOnly();
        var said = await RefusalAsync(data);
        said.ShouldContain("cannot be written to");
        said.ShouldNotContain("in use");
    }

    [Fact]
    public async Task A_server_is_not_ready_with_less_free_space_than_it_is_set_to_have()
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Health:MinFreeSpace"] = "900000000" });
        var (status, health) = await server.GetAsync("/health/ready");
        status.ShouldBe(503);
        health.GetProperty("checks").GetProperty("disk").GetString().ShouldBe("failed");
        health.GetProperty("checks").GetProperty("database").GetString().ShouldBe("ok");
    }

    /// <summary>Starts a server that cannot start: the only line it says.</summary>
    static async Task<string> RefusalAsync(string data)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Personalization.Silo.dll"), "--data", data, "--urls", "http://127.0.0.1:0"]
        )
        {
            RedirectStandardError = true,
        };
        using var server = Process.Start(start)!;
        var error = await server.StandardError.ReadToEndAsync();
        await server.WaitForExitAsync();
        server.ExitCode.ShouldBe(1);
        return error.TrimEnd().Split('\n').ShouldHaveSingleItem();
    }
}
