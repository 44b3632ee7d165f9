using Personalization.Customers;

namespace Personalization.Benchmarks;

/// <summary>What a customer of 50 events takes in a silo's memory beyond what a bare grain with state takes: the managed heap.</summary>
static class MemoryBenchmark
{
    const int Grains = 20_000,
        Events = 50,
        PerTurn = 5;

    public static async Task RunAsync(PreparedShop shop, Figures figures)
    {
        var data = shop.Scratch;
        await using (var silo = await BenchmarkSilo.StartAsync(data, onPostgres: false))
        {
            await RecordAsync(silo, 0, 500);
            await BenchmarkSilo.EachAsync(500, 64, async number =>
                await silo.Grains.GetGrain<IBareGrain>(1_000_000 + number).PingAsync()
            );
            var empty = Heap();
            await BenchmarkSilo.EachAsync(Grains, 64, async number => await silo.Grains.GetGrain<IBareGrain>(number).PingAsync());
            var bare = (Heap() - empty) / (double)Grains;
            var before = Heap();
            await RecordAsync(silo, 1_000, Grains);
            var customer = (Heap() - before) / (double)Grains;
            figures.Add("memory.bare", bare, "bytes");
            figures.Add("memory.customer", customer, "bytes");
            figures.Add("memory.more", customer - bare, "bytes", null, "target: below 2,048");
        }
        PreparedShop.Delete(data);
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
