using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Personalization.Customers;
using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Storage;
using Personalization.Storage.Orleans;
using Personalization.Support;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Personalization.Tests.Cluster.Failover;

/// <summary>
/// Three silos and PostgreSQL on loopback under load: one is killed, one is added, one is drained and comes back as another
/// build (the folder named by PERSONALIZATION_NEWER_SILO, see failover.sh; the same build where that is not set).
/// </summary>
[NeedsPostgres]
public sealed class FailoverTests(ITestOutputHelper output) : IAsyncLifetime
{
    /// <summary>Ten times as much where PERSONALIZATION_LONG_TESTS is set.</summary>
    static readonly bool IsLong = Environment.GetEnvironmentVariable("PERSONALIZATION_LONG_TESTS") is not null;
    static readonly int Customers = IsLong ? 240 : 60,
        People = IsLong ? 40 : 10,
        Calls = IsLong ? 10_000 : 1_000;
    const int Workers = 12;

    readonly TempDirectory _root = new();
    readonly Dictionary<ChildServer, int> _ports = [];
    readonly List<ChildServer> _silos = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var silo in _silos)
            await silo.DisposeAsync();
        _root.Dispose();
    }

    [CommonFact]
    public async Task A_cluster_loses_nothing_when_silos_die_come_and_go()
    {
        var database = await TestPostgres.NewDatabaseAsync();
        var build = AppContext.BaseDirectory;
        var newer = Environment.GetEnvironmentVariable("PERSONALIZATION_NEWER_SILO") ?? build;
        foreach (var name in new[] { "a", "b", "c" })
            _silos.Add(await StartAsync(name, build, database));
        IReadOnlyDictionary<int, int> acknowledged;
        await using (var traffic = new ShopTraffic(_silos, Customers, Workers))
        {
            await traffic.MoreAsync(Calls);
            var warm = traffic.Now;
            await traffic.MoreAsync(Calls);
            Say("three silos", traffic, warm, traffic.Now);
            for (var person = 0; person < People; person++)
                await _silos[0].LeaveCartAsync($"p{person}");

            // The one that does the tasks has the most to lose.
            var dead = await LeaderAsync(_silos);
            var homes = await HomesAsync(database, _ports[dead]);
            var killedAt = traffic.Now;
            dead.Kill();
            traffic.Remove(dead);
            await traffic.UntilAsync(() => AreServedAgain(traffic, killedAt, homes));
            Say($"kill -9 of silo {dead.Name}, which did the tasks", traffic, killedAt, traffic.Now);
            JudgeDeath(traffic, killedAt, dead, homes);
            await dead.DisposeAsync();
            _silos.Remove(dead);
            (await LeaderAsync(_silos)).ShouldNotBeNull();

            var added = await StartAsync("d", build, database);
            var addedAt = traffic.Now;
            _silos.Add(added);
            traffic.Add(added);
            await traffic.MoreAsync(Calls);
            Say("a silo more", traffic, addedAt, traffic.Now);

            var drained = _silos[0];
            var drainedAt = traffic.Now;
            await drained.StopAsync();
            traffic.Remove(drained);
            await traffic.MoreAsync(Calls);
            Say($"silo {drained.Name} drained", traffic, drainedAt, traffic.Now);
            traffic
                .Calls.Where(call => call.Began >= drainedAt)
                .Sum(call => call.Failed)
                .ShouldBe(0, "a silo that drains loses no call");
            _silos.Remove(drained);
            await drained.DisposeAsync();

            var back = await StartAsync(drained.Name, newer, database);
            var backAt = traffic.Now;
            _silos.Add(back);
            traffic.Add(back);
            await traffic.MoreAsync(Calls);
            Say(newer == build ? "it is back" : "it is back as a newer build", traffic, backAt, traffic.Now);
            acknowledged = traffic.Acknowledged;
        }
        await CountAsync(_silos[^1], acknowledged);
        await MessagesAsync(database);
    }

    async Task<ChildServer> StartAsync(string name, string program, string database)
    {
        var siloPort = FreePorts.Next();
        var silo = await ChildServer.StartAsync(
            Path.Combine(_root.Path, name),
            program,
            database + ";Pooling=true",
            new()
            {
                ["Store__MasterKeyFile"] = Path.Combine(_root.Path, "master.key"),
                ["Server__ShutdownDelay"] = "00:00:02",
                ["Cluster__Address"] = "127.0.0.1",
                ["Cluster__SiloPort"] = $"{siloPort}",
                ["Cluster__GatewayPort"] = $"{FreePorts.Next()}",
            }
        );
        _ports[silo] = siloPort;
        return silo;
    }

    static bool AreServedAgain(ShopTraffic traffic, long since, Dictionary<int, bool> livedThere)
    {
        var served = traffic.Calls.Where(call => call.Began >= since).Select(call => call.Customer).ToHashSet();
        return livedThere.Where(one => one.Value).All(one => served.Contains(one.Key));
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

    void JudgeDeath(ShopTraffic traffic, long killedAt, ChildServer dead, Dictionary<int, bool> livedThere)
    {
        // Calls under way at the death count too.
        var calls = traffic.Calls.Where(call => call.Began + call.Took >= killedAt).ToList();
        var lost = calls.Where(call => livedThere[call.Customer]).Max(call => call.Took);
        var others = calls.Where(call => !livedThere[call.Customer] && call.Via != dead.Name).ToList();
        output.WriteLine(
            $"  customers of the dead silo ({livedThere.Values.Count(there => there)} of {Customers}) answered again after at most {lost:F0} ms; "
                + $"the others' longest call by a living silo took {others.Max(call => call.Took):F0} ms, {others.Sum(call => call.Failed)} tries failed"
        );
        others.Sum(call => call.Failed).ShouldBe(0, "customers on surviving silos never notice");
    }

    static async Task<ChildServer> LeaderAsync(IReadOnlyList<ChildServer> silos)
    {
        for (var tries = 0; tries < 200; tries++)
        {
            foreach (var silo in silos)
                if (await silo.IsLeaderAsync())
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
                (clustering.Invariant, clustering.DataSource) = (SiloHosting.Postgres, tables)
            );
            client.Configure<ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = new ClusterSettings().ClusterId);
        });
        using var host = builder.Build();
        await host.StartAsync();
        var grains = host.Services.GetRequiredService<IClusterClient>();
        var management = grains.GetGrain<IManagementGrain>(0);
        var homes = new Dictionary<int, bool>();
        for (var customer = 0; customer < Customers; customer++)
        {
            var number = (await store.FindNameAsync(NameKind.User, $"c{customer}"))!.Customer;
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
                DataDirectory = _root.Path,
                ConnectionString = database,
                MasterKeyPath = Path.Combine(_root.Path, "master.key"),
            },
            TimeProvider.System
        );

    async Task CountAsync(ChildServer silo, IReadOnlyDictionary<int, int> acknowledged)
    {
        acknowledged.Count.ShouldBe(Customers);
        foreach (var (customer, count) in acknowledged)
            (await silo.EventsOfAsync($"c{customer}")).ShouldBe(count, $"customer {customer}");
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
            .GetDirectories(_root.Path)
            .Select(data => Path.Combine(data, "pickup"))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder, "*.eml", SearchOption.AllDirectories))
            .Select(file => File.ReadLines(file).First(line => line.StartsWith("To:", StringComparison.OrdinalIgnoreCase)))
            .ToList();
        recipients.ShouldBeUnique();
        var unknown = (await store.ReadOutboxAsync(OutboxState.Unknown, long.MaxValue, 100)).Count;
        (recipients.Count + unknown).ShouldBeGreaterThanOrEqualTo(People);
        output.WriteLine(
            $"{recipients.Count} messages to {People} people, none twice; {unknown} unknown because their silo died with them"
        );
    }
}
