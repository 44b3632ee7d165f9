using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Support;

namespace Personalization.Benchmarks;

/// <summary>
/// One, two and three silos on one PostgreSQL, the calls spread evenly over them. All of it, the database and the client too, shares this machine: the figures show what distance costs, not what
/// more machines bring.
/// </summary>
static class SilosBenchmark
{
    const int Warmups = 2,
        Rounds = 3,
        Events = 10_000,
        Connections = 240,
        Visitors = 5_000,
        Products = 500;

    public static async Task RunAsync(PreparedShop shop, Figures figures)
    {
        if (TestPostgres.Programs is null)
        {
            Figures.Note($"PostgreSQL is not installed on this machine; silos is left out");
            return;
        }
        var root = shop.Scratch;
        var alone = await MeasureAsync(root, 1, figures, null);
        foreach (var count in new[] { 2, 3 })
            await MeasureAsync(root, count, figures, alone);
        PreparedShop.Delete(root);
    }

    /// <param name="root">Where they have their folders.</param>
    /// <param name="count">How many silos.</param>
    /// <param name="figures">Where figures go.</param>
    /// <param name="limit">What to compare with.</param>
    static async Task<(double Track, double Recommend)> MeasureAsync(
        string root,
        int count,
        Figures figures,
        (double Track, double Recommend)? limit
    )
    {
        var database = await TestPostgres.NewDatabaseAsync();
        var apps = new List<(WebApplication App, int Port)>();
        for (var i = 0; i < count; i++)
        {
            var settings = Ports(i);
            settings["Store:MasterKeyFile"] = Path.Combine(root, "master.key");
            var options = new ServerOptions
            {
                Data = Path.Combine(root, $"{count}-{i}"),
                Database = database,
                Settings = settings,
            };
            apps.Add(await PreparedShop.ServeAsync(options));
        }
        var names = Enumerable
            .Range(0, Visitors)
            .Select(i => new BoundName(i, NameKind.Anonymous, $"visitor-{i}", i, 0))
            .ToList();
        var traffic = new Traffic(names, [.. Enumerable.Range(0, Products).Select(i => $"p{i}")], 1);
        var questions = Enumerable
            .Range(0, Events)
            .Select(i => Loopback.Get($"/v1/recommendations?anonymousId=visitor-{i % Visitors}&limit=20", PreparedShop.SecretKey))
            .ToArray();
        for (var round = 0; round < Warmups; round++)
        {
            await SpreadAsync(apps, traffic.Calls(Events));
            await SpreadAsync(apps, questions);
        }
        var (track, recommend) = await Interleaved.MediansAsync(
            Rounds,
            _ => SpreadAsync(apps, traffic.Calls(Events)),
            _ => SpreadAsync(apps, questions)
        );
        var name = $"silos{count}";
        figures.Add($"{name}.track", track, "events/s", limit?.Track);
        figures.Add($"{name}.recommend", recommend, "requests/s", limit?.Recommend);
        foreach (var (app, _) in apps)
            await PreparedShop.StopAsync(app);
        await TestPostgres.DropDatabaseAsync(database);
        return (track, recommend);
    }

    static Dictionary<string, string?> Ports(int number) =>
        new() { ["Cluster:Address"] = "127.0.0.1", ["Cluster:SiloPort"] = $"{24_111 + number}" };

    static async Task<double> SpreadAsync(List<(WebApplication App, int Port)> apps, byte[][] calls)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        var share = calls.Length / apps.Count;
        await Task.WhenAll(
            apps.Select(
                (app, i) => Loopback.RunAsync(app.Port, calls.AsMemory(i * share, share), Connections / apps.Count, threads: 1)
            )
        );
        return share * apps.Count / System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
