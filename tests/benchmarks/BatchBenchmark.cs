using Personalization.Journal;

namespace Personalization.Benchmarks;

/// <summary>Events per second by /v1/batch, against the rows they became put into the same tables by one thread.</summary>
static class BatchBenchmark
{
    const int Warmups = 10,
        Rounds = 3,
        Batches = 60,
        Size = 500,
        InFlight = 8;

    public static async Task RunAsync(PreparedShop shop, Figures figures)
    {
        var (data, copy) = (await shop.CopyAsync(), await shop.CopyAsync());
        var (app, port) = await PreparedShop.ServeAsync(data);
        using (var raw = new RawJournal(copy))
        {
            var traffic = await TrackBenchmark.TrafficAsync(app.Services, 2);
            var position = await app.Services.GetRequiredService<IStore>().LastPositionAsync();
            double Raw()
            {
                (var rows, position) = RawJournal.Written(data, position);
                // As many rows a transaction as a batch became.
                return Batches * Size / raw.Write(rows, rows.Count / Batches);
            }
            async Task<double> OursAsync() =>
                Size * await Loopback.RunAsync(port, traffic.Batches(Batches, Size), InFlight, threads: 1);
            for (var round = 0; round < Warmups; round++)
                await OursAsync();
            Raw();
            var (ours, limit) = await Interleaved.MediansAsync(Rounds, _ => OursAsync(), _ => Task.FromResult(Raw()));
            figures.Add("batch", ours, "events/s", limit, "target: ratio 0.60");
        }
        await PreparedShop.StopAsync(app);
        PreparedShop.Delete(data);
        PreparedShop.Delete(copy);
    }
}
