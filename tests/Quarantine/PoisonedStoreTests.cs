using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Codec;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Storage;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Quarantine;

/// <summary>A server that starts on a journal in which something is wrong: it gets ready, and lists and statistics are complete.</summary>
public abstract class PoisonedStoreTests : IAsyncLifetime
{
    protected TempDirectory Directory { get; } = new();

    protected virtual string? Database => null;

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

    protected Task<TestServer> StartAsync() =>
        TestServer.StartAsync(
            Directory.Path,
            database: Database,
            settings: new() { ["Store:MasterKeyFile"] = MasterKey, ["Cluster:SiloPort"] = $"{FreePorts.Next()}" }
        );

    /// <summary>Writes one customer's entries as they are, without any check; null is an entry of damaged bytes.</summary>
    protected async Task WriteAsync(params Tracked?[] events)
    {
        await using var store = await OpenAsync();
        var name = await store.ClaimNamesAsync([new NameClaim(NameKind.User, "u", 4711, 1)]);
        for (var i = 0; i < events.Length; i++)
        {
            byte[] body = [0xFF, 0xFF, 0xFF];
            if (events[i] is { } e)
            {
                using var bytes = new ByteWriter();
                using var personal = new ByteWriter();
                EventCodec.Write([e with { Name = name[0].Number }], bytes, personal);
                body = bytes.ToArray();
            }
            var result = await store.CommitAsync(
                new Commit { Turns = [new TurnEntry(4711, i + 1, 1_700_000_000_000, body, default)] }
            );
            result.Outcome.ShouldBe(CommitOutcome.Committed);
        }
    }

    protected Task<IStore> OpenAsync() =>
        Stores.OpenAsync(
            new StoreOptions
            {
                DataDirectory = Directory.Path,
                ConnectionString = Database,
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

public sealed class SqlitePoisonedStoreTests : PoisonedStoreTests;

[NeedsPostgres]
public sealed class PostgresPoisonedStoreTests : PoisonedStoreTests
{
    string? _database;

    protected override string? Database => _database;

    public override async Task InitializeAsync() =>
        _database = TestPostgres.Programs is null ? null : await TestPostgres.NewDatabaseAsync();

    public override async Task DisposeAsync()
    {
        if (_database is not null)
            await TestPostgres.DropDatabaseAsync(_database);
        await base.DisposeAsync();
    }
}
