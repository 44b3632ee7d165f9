using Personalization.Customers;

namespace Personalization.Benchmarks;

/// <summary>What a customer of 50 events takes in a silo's memory, the grain and its place among the others included: the managed heap.</summary>
static class MemoryBenchmark
{
    const int Customers = 50_000,
        Events = 50,
        PerTurn = 5;

    public static async Task RunAsync(PreparedShop shop, Figures figures) =>
        figures.Add("memory", await MeasureAsync(shop), "bytes", null, "target: below 3,900");

    /// <summary>Bytes per resident customer.</summary>
    public static async Task<double> MeasureAsync(PreparedShop shop)
    {
        var data = shop.Scratch;
        double bytes;
        await using (var silo = await BenchmarkSilo.StartAsync(data, onPostgres: false))
        {
            await RecordAsync(silo, 0, 500);
            var before = Heap();
            await RecordAsync(silo, 1_000, Customers);
            bytes = (Heap() - before) / (double)Customers;
        }
        PreparedShop.Delete(data);
        return bytes;
    }

    static async Task RecordAsync(BenchmarkSilo silo, int first, int count)
    {
        var now = DateTimeOffset.UtcNow.AddHours(-20).ToUnixTimeMilliseconds();
        for (var done = 0; done < Events; done += PerTurn)
        {
            var step = done;
            await BenchmarkSilo.EachAsync(count, 512, async number =>
            {
                var events = Enumerable
                    .Range(0, PerTurn)
                    .Select(i =>
                        Shopping.Event(
                            step + i,
                            (first + number) * Events + step + i,
                            now + step / PerTurn * 7_200_000L + i * 20_000L
                        )
                    )
                    .ToArray();
                await silo.Customer((first + number + 1) * 0x9E3779B97F4AL).RecordAsync(new RecordRequest(events));
            });
        }
    }

    static long Heap()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
