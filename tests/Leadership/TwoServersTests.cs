using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Personalization.Leadership;
using Personalization.Outreach;
using Personalization.Storage;
using Personalization.Storage.Models;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Leadership;

/// <summary>Two servers of one shop, on one PostgreSQL.</summary>
[NeedsPostgres]
public sealed class TwoServersTests : IAsyncLifetime
{
    readonly TempDirectory _directory = new();
    string _database = "";

    public async Task InitializeAsync() => _database = TestPostgres.Programs is null ? "" : await TestPostgres.NewDatabaseAsync();

    public async Task DisposeAsync()
    {
        if (_database != "")
            await TestPostgres.DropDatabaseAsync(_database);
        _directory.Dispose();
    }

    Task<TestServer> StartAsync(string name) =>
        TestServer.StartAsync(
            Path.Combine(_directory.Path, name),
            database: _database,
            settings: new()
            {
                ["Store:MasterKeyFile"] = Path.Combine(_directory.Path, "master.key"),
                ["Cluster:Address"] = "127.0.0.1",
                ["Cluster:SiloPort"] = $"{FreePorts.Next()}",
            }
        );

    [CommonFact]
    public async Task One_leads_and_the_other_follows_when_it_stops()
    {
        await using var first = await StartAsync("a");
        await using var second = await StartAsync("b");
        await UntilAsync(() => IsLeader(first) != IsLeader(second));
        var (leader, other) = IsLeader(first) ? (first, second) : (second, first);
        (await IsLeadFreeAsync()).ShouldBeFalse();
        (IsLeader(leader), IsLeader(other)).ShouldBe((true, false), "the one that leads goes on leading");
        await leader.DisposeAsync();
        await UntilAsync(() => IsLeader(other));
    }

    [CommonFact]
    public async Task A_withdrawal_at_one_server_holds_at_the_other_for_every_profile_of_the_address()
    {
        await using var first = await StartAsync("a");
        await using var second = await StartAsync("b");
        foreach (var user in new[] { "one", "two" })
        {
            await first.PostAsync("/v1/identify", $$"""{"userId":"{{user}}","traits":{"email":"ada@example.org"} }""");
            await first.PostAsync($"/v1/customers/{user}/consent", """{"granted":true}""");
        }
        (await second.PostAsync("/v1/customers/one/consent", """{"granted":false}""")).Status.ShouldBe(204);
        var key = first.Services.GetRequiredService<AddressKeys>().KeyOf("email", "ada@example.org");
        foreach (var server in new[] { first, second })
        {
            var mailbox = await server.Services.GetRequiredService<IGrainFactory>().GetGrain<IAddressGrain>(key).ReadAsync();
            mailbox.Refuses("email", "reminders").ShouldBeTrue();
        }
    }

    [CommonFact]
    public async Task Two_on_one_machine_that_are_told_of_no_port_are_one_cluster()
    {
        var settings = new Dictionary<string, string> { ["Store__MasterKeyFile"] = Path.Combine(_directory.Path, "master.key") };
        await using var first = await ChildServer.StartAsync(Path.Combine(_directory.Path, "a"), null, _database, settings);
        await using var second = await ChildServer.StartAsync(Path.Combine(_directory.Path, "b"), null, _database, settings);
        foreach (var server in new[] { first, second })
            await server.UntilAsync(async () => (await server.GetAsync("/health/ready")).GetProperty("silos").GetInt32() == 2);
    }

    [CommonFact]
    public async Task Lists_read_at_the_other_server_show_what_was_acknowledged_at_one()
    {
        await using var first = await StartAsync("a");
        await using var second = await StartAsync("b");
        await UntilAsync(() => IsLeader(first) || IsLeader(second));
        foreach (var (written, read) in new[] { (first, second), (second, first) })
        {
            var (status, body) = await written.PostAsync(
                "/v1/track?include=stage",
                """{"userId":"ana","event":"Order Completed","properties":{"order_id":"o","total":30,"products":[{"product_id":"p1","price":30}]}}"""
            );
            status.ShouldBe(200);
            var (_, statistics) = await read.GetAsync($"/v1/statistics?minPosition={body.GetProperty("position").GetInt64()}");
            statistics.GetProperty("orders").GetInt32().ShouldBe(1);
        }
    }

    [CommonFact]
    public async Task A_product_hidden_at_one_server_is_gone_from_the_answers_of_the_other_when_the_call_returns()
    {
        await using var first = await StartAsync("a");
        await using var second = await StartAsync("b");
        await first.PutAsync(
            "/v1/products",
            string.Join('\n', Enumerable.Range(1, 20).Select(i => $$"""{"id":"p{{i}}","price":10,"stock":5}"""))
        );
        for (var visitor = 0; visitor < 5; visitor++)
        for (var product = 1; product <= 20; product++)
            await first.PostAsync(
                "/v1/track",
                $$"""{"userId":"v{{visitor}}","event":"Product Viewed","properties":{"product_id":"p{{product}}"} }"""
            );
        await UntilAsync(() => RecommendedAsync(second).GetAwaiter().GetResult().Length >= 10);
        for (var product = 1; product <= 10; product++)
        {
            var before = await RecommendedAsync(second);
            (await first.PutAsync("/v1/products", $$"""{"id":"{{before[0]}}","hidden":true}""")).Status.ShouldBe(200);
            (await RecommendedAsync(second)).ShouldNotContain(before[0]);
        }
    }

    /// <summary>R17.</summary>
    [CommonFact]
    public async Task Rules_written_at_one_server_hold_at_the_other_within_a_second()
    {
        await using var first = await StartAsync("a");
        await using var second = await StartAsync("b");
        await first.PutAsync("/v1/products", string.Join('\n', Enumerable.Range(1, 5).Select(i => $$"""{"id":"p{{i}}"}""")));
        foreach (var product in new[] { "p4", "p2" })
        {
            await first.PutAsync(
                "/v1/recommendation-rules/home",
                $$"""{"by":"mia","rules":{"pin":[{"products":["{{product}}"]}] } }""",
                "application/json"
            );
            (await RecommendedAsync(first))[0].ShouldBe(product);
            var waited = Stopwatch.StartNew();
            while ((await RecommendedAsync(second))[0] != product && waited.Elapsed < TimeSpan.FromSeconds(1))
                await Task.Delay(20);
            (await RecommendedAsync(second))[0].ShouldBe(product);
        }
        var (stale, _) = await second.PutAsync(
            "/v1/recommendation-rules/home",
            """{"by":"mia","version":1,"rules":{}}""",
            "application/json"
        );
        stale.ShouldBe(409);
    }

    [CommonFact]
    public async Task A_lease_ends_when_the_database_no_longer_knows_of_it_and_another_takes_it()
    {
        var options = new StoreOptions { DataDirectory = _directory.Path, ConnectionString = _database };
        await using var one = await Stores.OpenAsync(options, TimeProvider.System);
        await using var other = await Stores.OpenAsync(options, TimeProvider.System);
        await using var lease = await one.LeadAsync();
        var next = other.LeadAsync().AsTask();
        (await IsLeadFreeAsync()).ShouldBeFalse();
        next.IsCompleted.ShouldBeFalse();
        await TestPostgres.RunAsync(
            _database,
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        );
        await next.WaitAsync(TimeSpan.FromSeconds(10));
        await UntilAsync(() => lease.Lost.IsCancellationRequested);
        await (await next).DisposeAsync();
    }

    [CommonFact]
    public async Task A_model_put_in_use_on_the_disk_of_one_server_answers_at_both_without_a_restart()
    {
        await using var first = await StartAsync("a");
        await using var second = await StartAsync("b");
        await first.PostAsync(
            "/v1/track",
            """{"userId":"ana","event":"Order Completed","properties":{"order_id":"o","total":30,"products":[{"product_id":"p1","price":30}]}}"""
        );
        var registry = new ValueRegistry(Path.Combine(_directory.Path, "a"));
        foreach (var version in new[] { "one", "two" })
        {
            registry.Register(new(version, new(0.25, 4.4, 0.8, 2.4), new(6.25, 3.74, 15.4)), new { By = "ana" });
            registry.Promote(version, "ana", "a test", DateTimeOffset.UtcNow);
            foreach (var server in new[] { first, second })
                await UntilAsync(() => ForecastAsync(server).GetAwaiter().GetResult() == version);
        }
    }

    static async Task<string?> ForecastAsync(TestServer server)
    {
        var churn = (await server.GetAsync("/v1/customers/ana")).Body.GetProperty("churn");
        return churn.TryGetProperty("forecast", out var forecast) && forecast.ValueKind == JsonValueKind.Object
            ? forecast.GetProperty("modelVersion").GetString()
            : null;
    }

    /// <summary>Whether a process that asked now would lead.</summary>
    async Task<bool> IsLeadFreeAsync()
    {
        await using var source = NpgsqlDataSource.Create(_database + ";Pooling=false");
        await using var command = source.CreateCommand("SELECT pg_try_advisory_lock(7202611220004)");
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    static bool IsLeader(TestServer server) => server.Services.GetRequiredService<LeaderService>().IsLeader;

    static async Task<string[]> RecommendedAsync(TestServer server) =>
        [
            .. (await server.GetAsync("/v1/recommendations?userId=v1&limit=10"))
                .Body.GetProperty("items")
                .EnumerateArray()
                .Select(item => item.GetProperty("productId").GetString()!),
        ];

    static async Task UntilAsync(Func<bool> condition)
    {
        for (var tries = 0; !condition(); tries++)
        {
            tries.ShouldBeLessThan(200);
            await Task.Delay(100);
        }
    }
}
