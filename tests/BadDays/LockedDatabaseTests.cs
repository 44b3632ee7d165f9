using System.Net;
using Microsoft.Data.Sqlite;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.BadDays;

/// <summary>A backup program or an open shell holds a lock on the journal.</summary>
public sealed class LockedDatabaseTests
{
    [Fact]
    public async Task Calls_are_told_to_come_again_together_and_the_log_has_a_line_for_the_lock_and_one_for_its_end()
    {
        using var directory = new TempDirectory();
        await using var server = await ChildServer.StartAsync(directory.Path);
        await server.PostAsync("/v1/track", """{"userId":"u","event":"before"}""");
        await using (var other = new SqliteConnection($"Data Source={Path.Combine(directory.Path, "journal.db")};Pooling=false"))
        {
            await other.OpenAsync();
            await using var locking = other.BeginTransaction(deferred: false);
            // Each of them waited five seconds after the one before it.
            var calls = Enumerable
                .Range(0, 60)
                .Select(_ => server.SendAsync("/v1/track", """{"userId":"u","event":"meanwhile"}"""));
            foreach (var answer in await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(60)))
            {
                answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
                answer.Headers.RetryAfter.ShouldNotBeNull();
            }
            var (status, health) = await server.ReadinessAsync();
            status.ShouldBe(503);
            health.GetProperty("checks").GetProperty("database").GetString().ShouldBe("failed");
            health.GetProperty("reasons")[0].GetString()!.ShouldContain("Another program holds a lock on journal.db");
        }
        await server.UntilAsync(server.LookAsync);
        await server.PostAsync("/v1/track", """{"userId":"u","event":"after"}""");
        (await server.EventsOfAsync("u")).ShouldBe(2);
        await server.UntilAsync(() => server.Lines("can be used again") == 1);
        server.Lines("The database cannot be used").ShouldBe(1);
        server.Lines("fail: ").ShouldBe(1);
    }
}
