using Personalization.Catalogue;
using Personalization.Journal;

namespace Personalization.Benchmarks;

/// <summary>
/// Durable tracked events per second over HTTP, one a request, against a bare Kestrel endpoint that reads the same bodies
/// and answers the same, with the same client.
/// </summary>
static class TrackBenchmark
{
    const int Warmups = 5,
        Rounds = 5,
        Calls = 30_000,
        Connections = 1024;

    public static async Task RunAsync(PreparedShop shop, Figures figures)
    {
        var data = await shop.CopyAsync();
        var (app, port) = await PreparedShop.ServeAsync(data);
        var (bare, barePort) = await BareServer.StartAsync();
        var traffic = await TrafficAsync(app.Services, 1);
        for (var round = 0; round < Warmups; round++)
            await Loopback.RunAsync(port, traffic.Calls(Calls), Connections);
        await Loopback.RunAsync(barePort, traffic.Calls(Calls), Connections);
        byte[][] calls = [];
        var (ours, limit) = await Interleaved.MediansAsync(
            Rounds,
            _ => Loopback.RunAsync(port, calls = traffic.Calls(Calls), Connections),
            _ => Loopback.RunAsync(barePort, calls, Connections)
        );
        figures.Add("track", ours, "events/s", limit, "target: ratio 0.40");
        await bare.StopAsync();
        await PreparedShop.StopAsync(app);
        PreparedShop.Delete(data);
    }

    public static async Task<Traffic> TrafficAsync(IServiceProvider services, int seed)
    {
        var names = await PreparedShop.NamesAsync(services.GetRequiredService<IStore>());
        var catalogue = services.GetRequiredService<ProductCatalogue>();
        var products = new List<string>();
        for (var number = 1; number <= catalogue.Count; number++)
            if (catalogue[number] is { } product)
                products.Add(product.Id);
        Figures.Note($"{names.Count} customers, {products.Count} products");
        return new Traffic(names, products, seed);
    }
}
