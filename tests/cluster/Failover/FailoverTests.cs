using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Personalization.Grains;
using Personalization.Journal;
using Personalization.Silo;
using Personalization.Silo.Tables;
using Personalization.Storage;
using Personalization.Support;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Personalization.ClusterTests.Failover;

/// <summary>
/// Three silos and PostgreSQL on loopback under load: one is killed, one is added, one is drained and comes back as another
/// build (the folder named by PERSONALIZATION_NEWER_SILO, see failover.sh; the same build where that is not set).
/// </summary>
[NeedsPostgres]
public sealed class FailoverTests(ITestOutputHelper output) : IAsyncLifetime
{
    const int Customers = 240,
        Workers = 12,
        People = 40;
    static readonly TimeSpan Warming = TimeSpan.FromSeconds(10),
        Steady = TimeSpan.FromSeconds(5),
        Recovery = TimeSpan.FromSeconds(15);

    readonly TempDirectory root = new();
    readonly List<ChildSilo> silos = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var silo in silos)
            await silo.DisposeAsync();
        root.Dispose();
    }

    [CommonFact]
    public async Task A_cluster_loses_nothing_when_silos_die_come_and_go()
    {
        var database = await TestPostgres.NewDatabaseAsync();
        var build = AppContext.BaseDirectory;
        var newer = Environment.GetEnvironmentVariable("PERSONALIZATION_NEWER_SILO") ?? build;
        foreach (var name in new[] { "a", "b", "c" })
            silos.Add(await ChildSilo.StartAsync(name, build, root.Path, database));
        IReadOnlyDictionary<int, int> acknowledged;
        await using (var traffic = new ShopTraffic(silos, Customers, Workers))
        {
            await Task.Delay(Warming);
            var warm = traffic.Now;
            await Task.Delay(Steady);
            Say("three silos", traffic, warm, traffic.Now);
            await LeaveCartsAsync(silos[0]);

            // The one that does the tasks has the most to lose.
            var dead = await LeaderAsync(silos);
            var homes = await HomesAsync(database, dead.SiloPort);
            var killedAt = traffic.Now;
            dead.Kill();
            traffic.Remove(dead);
            await Task.Delay(Recovery);
            Say($"kill -9 of silo {dead.Name}, which did the tasks", traffic, killedAt, traffic.Now);
            JudgeDeath(traffic, killedAt, dead, homes);
            await dead.DisposeAsync();
            silos.Remove(dead);
            (await LeaderAsync(silos)).ShouldNotBeNull();

            var added = await ChildSilo.StartAsync("d", build, root.Path, database);
            var addedAt = traffic.Now;
            silos.Add(added);
            traffic.Add(added);
            await Task.Delay(Steady);
            Say("a silo more", traffic, addedAt, traffic.Now);

            var drained = silos[0];
            var drainedAt = traffic.Now;
            await drained.StopAsync();
            traffic.Remove(drained);
            await Task.Delay(TimeSpan.FromSeconds(2));
            Say($"silo {drained.Name} drained", traffic, drainedAt, traffic.Now);
            traffic
                .Calls.Where(call => call.Began >= drainedAt)
                .Sum(call => call.Failed)
                .ShouldBe(0, "a silo that drains loses no call");
            silos.Remove(drained);
            await drained.DisposeAsync();

            var back = await ChildSilo.StartAsync(drained.Name, newer, root.Path, database);
            var backAt = traffic.Now;
            silos.Add(back);
            traffic.Add(back);
            await Task.Delay(Steady);
            Say(newer == build ? "it is back" : "it is back as a newer build", traffic, backAt, traffic.Now);
            acknowledged = traffic.Acknowledged;
        }
        await CountAsync(silos[^1], acknowledged);
        await MessagesAsync(database);
    }

    void Say(string what, ShopTraffic traffic, long from, long to)
    {
        var calls = traffic.Calls.Where(call => call.Began >= from && call.Began < to).OrderBy(call => call.Took).ToList();
        if (calls.Count == 0)
            return;
        output.WriteLine(
            $"{what}: {calls.Count * 1000L / Math.Max(1, to - from)} events/s, p50 {calls[calls.Count / 2].Took:F0} ms, "
                + $"p99 {calls[calls.Count * 99 / 100].Took:F0} ms, longest {calls[^1].Took:F0} ms; {calls.Sum(call => call.Failed)} tries failed"
        );
    }

    void JudgeDeath(ShopTraffic traffic, long killedAt, ChildSilo dead, Dictionary<int, bool> livedThere)
    {
        // Calls under way at the death count too.
        var calls = traffic.Calls.Where(call => call.Began + call.Took >= killedAt).ToList();
        var lost = calls.Where(call => livedThere[call.Customer]).Max(call => call.Took);
        var others = calls.Where(call => !livedThere[call.Customer] && call.Via != dead.Name).ToList();
        output.WriteLine(
            $"  customers of the dead silo ({livedThere.Values.Count(there => there)} of {Customers}) answered again after at most {lost:F0} ms; "
                + $"the others' longest call by a living silo took {others.Max(call => call.Took):F0} ms, {others.Sum(call => call.Failed)} tries failed"
        );
        lost.ShouldBeLessThan(5000);
        others.Sum(call => call.Failed).ShouldBe(0, "customers on surviving silos never notice");
    }

    static async Task<ChildSilo> LeaderAsync(IReadOnlyList<ChildSilo> silos)
    {
        for (var tries = 0; tries < 200; tries++)
        {
            foreach (var silo in silos)
                if (await silo.LeadsAsync())
                    return silo;
            await Task.Delay(50);
        }
        throw new TimeoutException("No silo has taken over the shop's tasks within ten seconds.");
    }

    /// <summary>For each customer, whether it lives on the silo of that port.</summary>
    async Task<Dictionary<int, bool>> HomesAsync(string database, int siloPort)
    {
        await using var tables = await OrleansTables.OpenPostgresAsync(database);
        await using var store = await OpenStoreAsync(database);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client =>
        {
            client.UseAdoNetClustering(clustering =>
                (clustering.Invariant, clustering.DataSource) = (ClusterHost.Postgres, tables)
            );
            client.Configure<ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = new ClusterSettings().Name);
        });
        using var host = builder.Build();
        await host.StartAsync();
        var grains = host.Services.GetRequiredService<IClusterClient>();
        var management = grains.GetGrain<IManagementGrain>(0);
        var homes = new Dictionary<int, bool>();
        for (var customer = 0; customer < Customers; customer++)
        {
            var number = (await store.FindNameAsync(Identity.NameKind.User, $"c{customer}"))!.Customer;
            var home = await management.GetActivationAddress(grains.Customer(number));
            homes[customer] = home?.Endpoint.Port == siloPort;
        }
        await host.StopAsync();
        return homes;
    }

    Task<IStore> OpenStoreAsync(string database) =>
        Stores.OpenReadOnlyAsync(
            new StoreOptions
            {
                DataDirectory = root.Path,
                ConnectionString = database,
                MasterKeyPath = Path.Combine(root.Path, "master.key"),
            },
            TimeProvider.System
        );

    static async Task LeaveCartsAsync(ChildSilo silo)
    {
        var then = DateTimeOffset.UtcNow.AddHours(-2).ToString("O");
        for (var person = 0; person < People; person++)
        {
            await silo.PostAsync(
                "/v1/identify",
                $$"""{"userId":"p{{person}}","timestamp":"{{then}}","traits":{"email":"person{{person}}@example.org"} }"""
            );
            await silo.PostAsync(
                "/v1/track",
                $$"""{"userId":"p{{person}}","timestamp":"{{then}}","event":"Subscribed","properties":{"channel":"email"} }"""
            );
            await silo.PostAsync(
                "/v1/track",
                $$"""{"userId":"p{{person}}","timestamp":"{{then}}","event":"Product Added","properties":{"product_id":"p1","price":10} }"""
            );
        }
    }

    async Task CountAsync(ChildSilo silo, IReadOnlyDictionary<int, int> acknowledged)
    {
        acknowledged.Count.ShouldBe(Customers);
        foreach (var (customer, count) in acknowledged)
            (await silo.GetAsync($"/v1/customers/c{customer}"))
                .GetProperty("events")
                .GetInt32()
                .ShouldBe(count, $"customer {customer}");
        output.WriteLine($"{acknowledged.Values.Sum()} events acknowledged, all there, none twice");
    }

    async Task MessagesAsync(string database)
    {
        await using var store = await OpenStoreAsync(database);
        for (var tries = 0; (await store.ReadOutboxAsync(OutboxState.Queued, long.MaxValue, 100)).Count > 0; tries++)
        {
            tries.ShouldBeLessThan(600, "messages are still queued");
            await Task.Delay(50);
        }
        var recipients = Directory
            .GetDirectories(root.Path)
            .Select(data => Path.Combine(data, "pickup"))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder, "*.eml", SearchOption.AllDirectories))
            .Select(file => File.ReadLines(file).First(line => line.StartsWith("To:", StringComparison.OrdinalIgnoreCase)))
            .ToList();
        recipients.ShouldBeUnique();
        var unknown = (await store.ReadOutboxAsync(OutboxState.Unknown, long.MaxValue, 100)).Count;
        (recipients.Count + unknown).ShouldBeGreaterThanOrEqualTo(People);
        output.WriteLine(
            $"{recipients.Count} letters to {People} people, none twice; {unknown} unknown because their silo died with them"
        );
    }
}
