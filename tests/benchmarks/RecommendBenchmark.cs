using System.Diagnostics;
using System.Text;
using Personalization.Customers;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Recommendations;
using Personalization.Recommendations.Filters;

namespace Personalization.Benchmarks;

/// <summary>
/// Recommendations for real customers, with a filter. Over HTTP the limit is a bare endpoint that returns a prepared list
/// plus the prediction alone, both measured with all processors at work.
/// </summary>
static class RecommendBenchmark
{
    const int Warmups = 4,
        Rounds = 5,
        Calls = 10_000,
        Connections = 64,
        Customers = 10_000,
        Items = 20;
    const string FilterText = "stock > 0 and price <= 500";
    static readonly RecommendationQuery Query = new(Placement.Home, Items) { Filter = Parsed() };

    static Filter Parsed() =>
        Filter.TryParse(FilterText, out var filter, out var error) ? filter! : throw new InvalidOperationException(error.Message);

    public static async Task AloneAsync(PreparedShop shop, Figures figures)
    {
        var data = await shop.CopyAsync();
        var ranking = await TrainedRanking.PutInUseAsync(data);
        Figures.Note($"{ranking}");
        var (app, _) = await PreparedShop.ServeAsync(data);
        var (some, world) = await CustomersAsync(app.Services);
        var times = new List<double>();
        var bytes = 0.0;
        var found = 0;
        for (var round = 0; round <= Rounds; round++)
        {
            var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var started = Stopwatch.GetTimestamp();
            found = 0;
            foreach (var customer in some)
                found += customer.Recommend(Query, now, world).Items.Length;
            if (round > 0)
                times.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds / some.Length);
            bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)some.Length;
        }
        Figures.Note($"{found / (double)some.Length:F1} products an answer");
        figures.Add("recommendation", Interleaved.Median(times), "us");
        figures.Add("recommendation.bytes", bytes, "bytes");
        await PreparedShop.StopAsync(app);
        PreparedShop.Delete(data);
    }

    public static async Task RunAsync(PreparedShop shop, Figures figures)
    {
        var data = await shop.CopyAsync();
        var ranking = await TrainedRanking.PutInUseAsync(data);
        var (app, port) = await PreparedShop.ServeAsync(data);
        if (app.Services.GetRequiredService<CurrentShop>().Current.Ranking is null)
            throw new InvalidOperationException("The ranking is not in use.");
        Figures.Note($"{ranking}");
        var names = Chosen(await PreparedShop.NamesAsync(app.Services.GetRequiredService<IStore>()));
        var requests = Array.ConvertAll(names, name =>
            Loopback.Get(
                $"/v1/recommendations?{(name.Kind == NameKind.User ? "userId" : "anonymousId")}={name.Value}&limit={Items}&filter={Uri.EscapeDataString(FilterText)}",
                PreparedShop.SecretKey
            )
        );
        // To have the code compiled and the customers in memory, as those are who are in the shop.
        for (var round = 0; round < Warmups; round++)
            await Loopback.RunAsync(port, requests, Connections);
        var (bare, barePort) = await BareServer.StartAsync(Body(port, requests[0]));
        var prepared = Enumerable.Repeat(Loopback.Get("/prepared", PreparedShop.SecretKey), Calls).ToArray();
        await Loopback.RunAsync(barePort, prepared, Connections);
        var (some, world) = await CustomersAsync(app.Services);
        var (ours, limit) = await Interleaved.MediansAsync(
            Rounds,
            _ => Loopback.RunAsync(port, requests, Connections),
            async _ =>
            {
                var (http, alone) = (await Loopback.RunAsync(barePort, prepared, Connections), Alone(some, world));
                Figures.Note($"bare endpoint {http:N0}/s, prediction alone {alone:N0}/s");
                return 1 / (1 / http + 1 / alone);
            }
        );
        figures.Add("recommend", ours, "requests/s", limit, "target: ratio 0.80");
        var half = await Loopback.PacedAsync(port, requests, ours / 2);
        figures.Add("recommend.half.p50", half[half.Length / 2], "ms");
        figures.Add(
            "recommend.half.p99",
            half[(int)(0.99 * (half.Length - 1))],
            "ms",
            null,
            "target: below 5, at half of what it can do"
        );
        await bare.StopAsync();
        await PreparedShop.StopAsync(app);
        PreparedShop.Delete(data);
    }

    /// <summary>Predictions per second on all processors.</summary>
    static double Alone(Customer[] customers, ShopContext world)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var started = Stopwatch.GetTimestamp();
        Parallel.ForEach(customers, customer => customer.Recommend(Query, now, world));
        return customers.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    static BoundName[] Chosen(List<BoundName> names)
    {
        var random = new Random(4);
        return [.. Enumerable.Range(0, Customers).Select(_ => names[random.Next(names.Count)])];
    }

    static byte[] Body(int port, byte[] request)
    {
        var buffer = new byte[65_536];
        using var socket = Loopback.Connect(port);
        socket.Send(request);
        var text = Encoding.UTF8.GetString(buffer, 0, Loopback.Receive(socket, buffer));
        return Encoding.UTF8.GetBytes(text[text.IndexOf('{')..(text.LastIndexOf('}') + 1)]);
    }

    /// <summary>The same customers outside of any host, folded from the journal.</summary>
    static async Task<(Customer[], ShopContext)> CustomersAsync(IServiceProvider services)
    {
        var store = services.GetRequiredService<IStore>();
        var names = Chosen(await PreparedShop.NamesAsync(store));
        var customers = new Customer[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            var record = await store.ReadCustomerAsync(names[i].Customer);
            var state = new CustomerState(names[i].Customer);
            foreach (var entry in record)
            foreach (var e in Codec.EventCodec.Read(entry.Body, entry.Personal))
                state.Apply(e);
            customers[i] = new Customer(state);
        }
        return (customers, services.GetRequiredService<CurrentShop>().Current);
    }
}
