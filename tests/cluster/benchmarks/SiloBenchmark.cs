using Personalization.Benchmarks;
using Personalization.Hosting;
using Personalization.Silo;

namespace Personalization.ClusterBenchmarks;

/// <summary>One silo against the one-process edition, both on SQLite: the same shop, the same calls, the same client.</summary>
static class SiloBenchmark
{
    const int Warmups = 4,
        Rounds = 5,
        Events = 30_000,
        Questions = 10_000,
        Writers = 1024,
        Readers = 64;

    public static async Task RunAsync(PreparedShop shop, Figures figures)
    {
        var (ofSilo, ofProcess) = (await shop.CopyAsync(), await shop.CopyAsync());
        var (silo, siloPort) = await ServeAsync(new ServerOptions { Data = ofSilo, Settings = Ports(0) }, ClusterHost.Add);
        var (process, processPort) = await ServeAsync(new ServerOptions { Data = ofProcess }, null);
        var (toSilo, toProcess) = (
            await TrackBenchmark.TrafficAsync(silo.Services, 1),
            await TrackBenchmark.TrafficAsync(process.Services, 1)
        );
        for (var round = 0; round < Warmups; round++)
        {
            await Loopback.RunAsync(siloPort, toSilo.Calls(Events), Writers);
            await Loopback.RunAsync(processPort, toProcess.Calls(Events), Writers);
        }
        var (ours, limit) = await Interleaved.MediansAsync(
            Rounds,
            _ => Loopback.RunAsync(siloPort, toSilo.Calls(Events), Writers),
            _ => Loopback.RunAsync(processPort, toProcess.Calls(Events), Writers)
        );
        figures.Add("silo.track", ours, "events/s", limit, "target: ratio 0.80");

        var questions = await QuestionsAsync(silo.Services);
        for (var round = 0; round < Warmups; round++)
        {
            await Loopback.RunAsync(siloPort, questions, Readers);
            await Loopback.RunAsync(processPort, questions, Readers);
        }
        (ours, limit) = await Interleaved.MediansAsync(
            Rounds,
            _ => Loopback.RunAsync(siloPort, questions, Readers),
            _ => Loopback.RunAsync(processPort, questions, Readers)
        );
        figures.Add("silo.recommend", ours, "requests/s", limit, "target: ratio 0.80");
        await silo.StopAsync();
        await process.StopAsync();
        PreparedShop.Delete(ofSilo);
        PreparedShop.Delete(ofProcess);
    }

    public static Dictionary<string, string?> Ports(int number) =>
        new()
        {
            ["Cluster:Address"] = "127.0.0.1",
            ["Cluster:SiloPort"] = $"{24_111 + number}",
            ["Cluster:GatewayPort"] = $"{25_111 + number}",
        };

    public static async Task<(WebApplication App, int Port)> ServeAsync(ServerOptions options, HostCustomers? host)
    {
        var app = await Server.OpenAsync(options with { Urls = "http://127.0.0.1:0" }, host);
        await app.StartAsync();
        await app.Services.GetRequiredService<Following.IndexService>().CaughtUp;
        return (app, new Uri(app.Urls.First()).Port);
    }

    static async Task<byte[][]> QuestionsAsync(IServiceProvider services)
    {
        var names = await PreparedShop.NamesAsync(services.GetRequiredService<Storage.IStore>());
        var random = new Random(4);
        return
        [
            .. Enumerable
                .Range(0, Questions)
                .Select(_ => names[random.Next(names.Count)])
                .Select(name =>
                    Loopback.Get(
                        $"/v1/recommendations?{(name.Kind == Identity.NameKind.User ? "userId" : "anonymousId")}={name.Value}&limit=20",
                        PreparedShop.SecretKey
                    )
                ),
        ];
    }
}
