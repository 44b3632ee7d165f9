using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Codec;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Storage;
using Personalization.Storage.Sqlite;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Quarantine;

/// <summary>A server that starts on a journal in which something is wrong: it gets ready, and lists and statistics are complete.</summary>
public abstract class PoisonedStoreTests : IAsyncLifetime
{
    protected TempDirectory Directory { get; } = new();

    protected virtual string? ConnectionString => null;

    string MasterKey => Path.Combine(Directory.Path, "master.key");

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public virtual Task DisposeAsync()
    {
        Directory.Dispose();
        return Task.CompletedTask;
    }

    [CommonFact]
    public async Task Orders_that_an_older_version_took_in_beyond_all_reason_stop_nothing()
    {
        const long absurd = 9_000_000_000_000_000_000;
        await WriteAsync(Order("o-1", absurd), Order("o-2", absurd), Order("o-3", 50_000));

        await using var server = await StartAsync();
        await server.ReadyAsync();

        var totals = await StatisticsAsync(server);
        totals.GetProperty("orders").GetInt64().ShouldBe(3);
        totals.GetProperty("revenue").GetDecimal().ShouldBe(5);
        var (status, customer) = await server.GetAsync("/v1/customers/u");
        status.ShouldBe(200);
        customer.GetProperty("revenue").GetDecimal().ShouldBe(5);
    }

    [CommonFact]
    public async Task A_damaged_entry_is_set_aside_the_rest_goes_on_and_it_counts_once_it_is_repaired()
    {
        await WriteAsync(Order("o-1", 50_000), null, Order("o-3", 50_000));
        await using var server = await StartAsync();
        await server.ReadyAsync();

        (await StatisticsAsync(server)).GetProperty("orders").GetInt64().ShouldBe(2);
        (await server.GetAsync("/v1/customers/u")).Body.GetProperty("orders").GetInt32().ShouldBe(2);
        var items = await ItemsAsync(server);
        items
            .Select(item => (item.GetProperty("kind").GetString(), item.GetProperty("customer").GetString()))
            .ShouldBe([("read-models", "4711"), ("item-index", "4711"), ("history", "4711")], ignoreOrder: true);
        items
            .First(item => item.GetProperty("kind").GetString() == "read-models")
            .GetProperty("tries")
            .GetInt32()
            .ShouldBeGreaterThanOrEqualTo(3);
        await UntilAsync(async () => (await server.GetAsync("/health/ready")).Body.GetProperty("quarantined").GetInt64() == 3);

        // Still damaged: it comes back, and costs nothing.
        (await server.PostAsync("/v1/quarantine/retry", "{}", TestServer.SecretKey))
            .Body.GetProperty("items")
            .GetInt32()
            .ShouldBe(3);
        await UntilAsync(async () => (await ItemsAsync(server)).Count(item => !item.GetProperty("retrying").GetBoolean()) >= 2);
        (await StatisticsAsync(server)).GetProperty("orders").GetInt64().ShouldBe(2);

        await RepairAsync(Order("o-2", 50_000));
        (await server.PostAsync("/v1/quarantine/retry", "{}", TestServer.SecretKey)).Status.ShouldBe(200);
        await UntilAsync(async () => (await ItemsAsync(server)).Count == 0);
        (await StatisticsAsync(server)).GetProperty("orders").GetInt64().ShouldBe(3);
        (await server.GetAsync("/v1/customers/u")).Body.GetProperty("orders").GetInt32().ShouldBe(3);
    }

    [CommonFact]
    public async Task Erasing_a_customer_is_refused_while_an_entry_that_may_name_another_cannot_be_read()
    {
        await WriteAsync(Order("o-1", 50_000), null);
        await using var server = await StartAsync();
        await server.ReadyAsync();

        using var refused = await server.Http.DeleteAsync("/v1/customers/u");
        ((int)refused.StatusCode).ShouldBe(500);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("/problems/damaged");
        (await server.GetAsync("/v1/customers/u")).Body.GetProperty("orders").GetInt32().ShouldBe(1);

        await RepairAsync(Order("o-2", 50_000));
        using var erased = await server.Http.DeleteAsync("/v1/customers/u");
        erased.EnsureSuccessStatusCode();
    }

    [CommonFact]
    public async Task What_another_version_of_the_program_set_aside_is_tried_again_at_start()
    {
        await WriteAsync(Order("o-1", 50_000), null);
        await using (var server = await StartAsync())
        {
            await server.ReadyAsync();
            (await StatisticsAsync(server)).GetProperty("orders").GetInt64().ShouldBe(1);
            await UntilAsync(async () => (await ItemsAsync(server)).Count == 2);
        }
        await RepairAsync(Order("o-2", 50_000));
        await RunSqlAsync("UPDATE quarantine SET program = 'an older one'");

        await using var upgraded = await StartAsync();
        await UntilAsync(async () => (await ItemsAsync(upgraded)).Count == 0);
        (await StatisticsAsync(upgraded)).GetProperty("orders").GetInt64().ShouldBe(2);
    }

    [CommonFact]
    public async Task A_customer_that_cannot_be_loaded_costs_its_own_items_of_a_batch()
    {
        await using (var server = await StartAsync())
            await server.PostAsync("/v1/identify", """{"userId":"bad","traits":{"plan":"x"}}""", TestServer.SecretKey);
        await RunSqlAsync("UPDATE customer_key SET wrapped = " + Bytes([1, 2, 3]), "keys.db");

        await using var again = await StartAsync();
        await again.ReadyAsync();
        var (status, answer) = await again.PostAsync(
            "/v1/batch",
            """
            {"batch":[{"type":"track","userId":"good","event":"Cart Viewed"},
                      {"type":"track","userId":"bad","event":"Cart Viewed"},
                      {"type":"track","userId":"other","event":"Cart Viewed"}]}
            """,
            TestServer.SecretKey
        );
        var (alone, problem) = await again.PostAsync(
            "/v1/track",
            """{"userId":"bad","event":"Cart Viewed"}""",
            TestServer.SecretKey
        );

        status.ShouldBe(200);
        answer.GetProperty("accepted").GetInt32().ShouldBe(2);
        var error = answer.GetProperty("errors").EnumerateArray().ShouldHaveSingleItem();
        error.GetProperty("index").GetInt32().ShouldBe(1);
        error.GetProperty("remedy").GetString().ShouldNotBeNullOrEmpty();
        alone.ShouldBe(500);
        problem.GetProperty("type").GetString().ShouldBe("/problems/damaged");
        (await again.GetAsync("/v1/customers/good")).Status.ShouldBe(200);
    }

    static async Task<List<JsonElement>> ItemsAsync(TestServer server) =>
        [.. (await server.GetAsync("/v1/quarantine")).Body.GetProperty("items").EnumerateArray()];

    static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var tries = 0; !await isSo(); tries++)
        {
            if (tries > 1500)
                throw new TimeoutException("What was waited for did not come within 30 seconds.");
            await Task.Delay(20);
        }
    }

    /// <summary>Puts an event where the damaged entry is.</summary>
    Task RepairAsync(Tracked e) => RunSqlAsync($"UPDATE journal SET body = {Bytes(BodyOf(e))} WHERE body = {Bytes(Damaged)}");

    protected abstract string Bytes(byte[] bytes);

    protected abstract Task RunSqlAsync(string sql, string file = "journal.db");

    protected Task<TestServer> StartAsync() =>
        TestServer.StartAsync(
            Directory.Path,
            database: ConnectionString,
            settings: new() { ["Store:MasterKeyFile"] = MasterKey, ["Cluster:SiloPort"] = $"{FreePorts.Next()}" }
        );

    /// <summary>Writes one customer's entries as they are, without any check; null is an entry of damaged bytes.</summary>
    protected async Task WriteAsync(params Tracked?[] events)
    {
        await using var store = await OpenAsync();
        var name = await store.ClaimNamesAsync([new NameClaim(NameKind.User, "u", 4711, 1)]);
        for (var i = 0; i < events.Length; i++)
        {
            var body = events[i] is { } e ? BodyOf(e with { Name = name[0].Number }) : Damaged;
            var result = await store.CommitAsync(
                new Commit { Turns = [new TurnEntry(4711, i + 1, 1_700_000_000_000, body, default)] }
            );
            result.Outcome.ShouldBe(CommitOutcome.Committed);
        }
    }

    static readonly byte[] Damaged = [0xFF, 0xFF, 0xFF];

    static byte[] BodyOf(Tracked e)
    {
        using var body = new ByteWriter();
        using var personal = new ByteWriter();
        EventCodec.Write([e], body, personal);
        return body.ToArray();
    }

    protected Task<IStore> OpenAsync() =>
        Stores.OpenAsync(
            new StoreOptions
            {
                DataDirectory = Directory.Path,
                ConnectionString = ConnectionString,
                MasterKeyPath = MasterKey,
            },
            TimeProvider.System
        );

    protected static Tracked Order(string id, long amount) =>
        new()
        {
            Time = 1_700_000_000_000,
            Kind = EventKind.OrderCompleted,
            Marks = EventMarks.UnderUserId,
            Reference = id,
            Amount = amount,
            BaseAmount = amount,
            Counted = amount,
            Visit = 1,
        };

    protected static async Task<JsonElement> StatisticsAsync(TestServer server)
    {
        var position = await server.Services.GetRequiredService<IStore>().LastPositionAsync();
        var (status, totals) = await server.GetAsync($"/v1/statistics?minPosition={position}");
        status.ShouldBe(200);
        return totals;
    }
}

public sealed class SqlitePoisonedStoreTests : PoisonedStoreTests
{
    protected override string Bytes(byte[] bytes) => $"x'{Convert.ToHexString(bytes)}'";

    protected override Task RunSqlAsync(string sql, string file = "journal.db")
    {
        using var database = Database.Open(Path.Combine(Directory.Path, file), SqlFile.Load("Sqlite/common.sql"), "FULL");
        database.Execute(sql);
        return Task.CompletedTask;
    }
}

[NeedsPostgres]
public sealed class PostgresPoisonedStoreTests : PoisonedStoreTests
{
    string? _database;

    protected override string? ConnectionString => _database;

    protected override string Bytes(byte[] bytes) => $@"'\x{Convert.ToHexString(bytes)}'::bytea";

    protected override Task RunSqlAsync(string sql, string file = "journal.db") => TestPostgres.RunAsync(_database!, sql);

    public override async Task InitializeAsync() =>
        _database = TestPostgres.Programs is null ? null : await TestPostgres.NewDatabaseAsync();

    public override async Task DisposeAsync()
    {
        if (_database is not null)
            await TestPostgres.DropDatabaseAsync(_database);
        await base.DisposeAsync();
    }
}
