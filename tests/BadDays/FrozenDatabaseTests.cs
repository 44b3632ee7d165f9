using System.Net;
using Personalization.Support;
using Shouldly;

namespace Personalization.Tests.BadDays;

/// <summary>PostgreSQL stands still: it neither answers nor ends its connections.</summary>
[NeedsPostgres]
public sealed class FrozenDatabaseTests
{
    [CommonFact]
    public async Task Calls_fail_while_it_lasts_readiness_answers_and_the_log_has_a_line_for_it_and_one_for_its_end()
    {
        using var directory = new TempDirectory();
        using var postgres = PostgresServer.Start();
        await TestPostgres.RunAsync(postgres.Address + ";Database=postgres", "CREATE DATABASE shop");
        await using var server = await ChildServer.StartAsync(
            directory.Path,
            database: postgres.Address + ";Database=shop",
            settings: new() { ["Store__CommandTimeout"] = "00:00:02" }
        );
        await server.PostAsync("/v1/track", """{"userId":"u","event":"before"}""");
        postgres.Freeze();
        // All of them are answered while it stands still, where they waited for it to go on.
        for (var round = 0; round < 3; round++)
        {
            var calls = Enumerable
                .Range(0, 100)
                .Select(_ => server.SendAsync("/v1/track", """{"userId":"u","event":"meanwhile"}"""));
            foreach (var answer in await Task.WhenAll(calls).WaitAsync(TimeSpan.FromSeconds(60)))
            {
                answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
                answer.Headers.RetryAfter.ShouldNotBeNull();
            }
        }
        var (status, health) = await server.ReadinessAsync();
        status.ShouldBe(503);
        health.GetProperty("checks").GetProperty("database").GetString().ShouldBe("failed");
        postgres.Thaw();
        await server.UntilAsync(server.LookAsync);
        await server.PostAsync("/v1/track", """{"userId":"u","event":"after"}""");
        await server.UntilAsync(() => server.Lines("can be used again") == 1);
        server.Lines("The database cannot be used").ShouldBe(1);
        server.Lines("fail: ").ShouldBe(1, server.Said);
    }
}
