using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Journal;
using Personalization.OneProcess;
using Personalization.Storage;
using Personalization.Storage.Sqlite;

namespace Personalization.Benchmarks;

/// <summary>
/// What a customer with 50 events of the last day takes in memory, all included (its place among the customers, its gate,
/// state, message ids): the managed heap with so many of them, less the heap without.
/// </summary>
static class MemoryBenchmark
{
    const int Customers = 50_000,
        Events = 50,
        PerTurn = 5;

    public static async Task RunAsync(PreparedShop shop, Figures figures)
    {
        var data = shop.Scratch;
        await using (var store = await SqliteStore.OpenAsync(new StoreOptions { DataDirectory = data }, TimeProvider.System))
        {
            var host = new OneProcessCustomers(
                store,
                new CurrentShop(TurnBenchmark.EmptyShop()),
                TimeProvider.System,
                new ResidencyOptions(),
                NullLogger<OneProcessCustomers>.Instance
            );
            await RecordAsync(host, Customers + 1, Customers + 500);
            var before = Heap();
            await RecordAsync(host, 1, Customers);
            var bytes = (Heap() - before) / (double)Customers;
            figures.Add("memory", bytes, "bytes", null, "target: below 2,048");
            figures.Add("memory.estimated", host.Resident.Bytes / (double)host.Resident.Count, "bytes");
            GC.KeepAlive(host);
        }
        PreparedShop.Delete(data);
    }

    static async Task RecordAsync(OneProcessCustomers host, int first, int last)
    {
        var now = DateTimeOffset.UtcNow.AddHours(-20).ToUnixTimeMilliseconds();
        for (var done = 0; done < Events; done += PerTurn)
        {
            var next = first - 1;
            var step = done;
            // A turn every two hours: a visit each.
            await Task.WhenAll(
                Enumerable
                    .Range(0, 512)
                    .Select(_ =>
                        Task.Run(async () =>
                        {
                            while (Interlocked.Increment(ref next) is var customer && customer <= last)
                            {
                                var events = new Tracked[PerTurn];
                                for (var i = 0; i < PerTurn; i++)
                                    events[i] = Shopping.Event(
                                        step + i,
                                        customer * Events + step + i,
                                        now + step / PerTurn * 7_200_000L + i * 20_000L
                                    );
                                await host.RecordAsync(customer * 0x9E3779B97F4AL, new RecordRequest(events));
                            }
                        })
                    )
            );
        }
    }

    static long Heap()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
