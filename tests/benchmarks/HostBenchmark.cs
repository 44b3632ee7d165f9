using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Personalization.Customers;
using Personalization.Identity;

namespace Personalization.Benchmarks;

/// <summary>
/// What hosting a customer as a grain costs, over HTTP: tracked events of customers in memory and of visitors never seen
/// before, batches, recommendations, memory, start and an orderly stop. For comparing builds: there is no bare limit here.
/// </summary>
static class HostBenchmark
{
    const int Customers = 5_000,
        Products = 500,
        Rounds = 5,
        Calls = 30_000,
        Connections = 64,
        BatchSize = 500,
        ToSave = 100_000,
        EventsToSave = 25;

    public static async Task RunAsync(PreparedShop shop, Figures figures)
    {
        await TrackAsync(shop, figures);
        figures.Add("host.memory", await MemoryBenchmark.MeasureAsync(shop), "bytes", null, "target: below 3,900");
        figures.Add("host.start", await StartBenchmark.MeasureAsync(shop), "s", null, "target: below 4, a million events");
        await StopAsync(shop, figures);
    }

    static async Task TrackAsync(PreparedShop shop, Figures figures)
    {
        var data = shop.Scratch;
        var (app, port) = await PreparedShop.ServeAsync(data);
        var products = Enumerable.Range(1, Products).Select(number => $"p-{number}").ToList();
        var residents = new Traffic(Names("a-", 0), products, 1);
        for (var round = 0; round < Rounds; round++)
            await Loopback.RunAsync(port, residents.Calls(Calls), Connections);

        await MediansAsync("host.track", figures, "events/s", async _ =>
            await Loopback.RunAsync(port, residents.Calls(Calls), Connections)
        );
        var first = 0;
        await MediansAsync("host.track.new", figures, "events/s", async round =>
        {
            var strangers = new Traffic(Names("n-", first += Calls, Calls), products, 10 + round, isEachNew: true);
            return await Loopback.RunAsync(port, strangers.Calls(Calls), Connections);
        });
        await MediansAsync("host.batch", figures, "events/s", async _ =>
            BatchSize * await Loopback.RunAsync(port, residents.Batches(60, BatchSize), 8, threads: 1)
        );
        var requests = Enumerable
            .Range(0, Calls)
            .Select(i => Loopback.Get($"/v1/recommendations?anonymousId=a-{i % Customers}&limit=10", PreparedShop.SecretKey))
            .ToArray();
        await MediansAsync("host.recommend", figures, "requests/s", async _ =>
            await Loopback.RunAsync(port, requests, Connections)
        );
        await PreparedShop.StopAsync(app);
        PreparedShop.Delete(data);
    }

    static List<BoundName> Names(string prefix, int first, int count = Customers) =>
        [.. Enumerable.Range(first, count).Select(i => new BoundName(i, NameKind.Anonymous, $"{prefix}{i}", 0, 0))];

    /// <summary>The median of the rounds after a first.</summary>
    static async Task MediansAsync(string name, Figures figures, string unit, Func<int, Task<double>> measure)
    {
        var rates = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            var rate = await measure(round);
            if (round > 0)
                rates.Add(rate);
        }
        figures.Add(name, Interleaved.Median(rates), unit);
    }

    /// <summary>An orderly stop with customers in memory who are all due a snapshot, and whether all were written.</summary>
    static async Task StopAsync(PreparedShop shop, Figures figures)
    {
        var data = shop.Scratch;
        var (app, _) = await PreparedShop.ServeAsync(data);
        var grains = app.Services.GetRequiredService<IGrainFactory>();
        var now = DateTimeOffset.UtcNow.AddHours(-20).ToUnixTimeMilliseconds();
        for (var turn = 0; turn < EventsToSave; turn++)
        {
            var step = turn;
            await BenchmarkSilo.EachAsync(ToSave, 2_048, async number =>
            {
                var e = Shopping.Event(step, number * EventsToSave + step, now + step * 20_000L);
                await grains.Customer((number + 1) * 0x9E3779B97F4AL).RecordAsync(new RecordRequest([e]));
            });
        }
        var started = Stopwatch.GetTimestamp();
        await PreparedShop.StopAsync(app);
        figures.Add(
            "host.stop",
            Stopwatch.GetElapsedTime(started).TotalSeconds,
            "s",
            null,
            $"target: below 20, {ToSave:N0} snapshots"
        );
        await using (var snapshots = new SqliteConnection($"Data Source={Path.Combine(data, "snapshots.db")};Pooling=false"))
        {
            await snapshots.OpenAsync();
            await using var count = snapshots.CreateCommand();
            count.CommandText = "SELECT count(*) FROM grain_state";
            figures.Add("host.stop.snapshots", Convert.ToDouble(await count.ExecuteScalarAsync()), "snapshots");
        }
        PreparedShop.Delete(data);
    }
}
