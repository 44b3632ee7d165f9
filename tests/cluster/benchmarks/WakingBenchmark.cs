using Personalization.Benchmarks;
using Personalization.Journal;
using Personalization.Storage;
using Personalization.Support;

namespace Personalization.ClusterBenchmarks;

/// <summary>Setting wake-up times on PostgreSQL: rows of the due index, which travel with a commit anyway, against Orleans' reminders.</summary>
static class WakingBenchmark
{
    const int Wakes = 3_000,
        Callers = 64,
        Rounds = 3;

    public static async Task RunAsync(PreparedShop shop, Figures figures)
    {
        if (TestPostgres.Programs is null)
        {
            Figures.Note($"PostgreSQL is not installed on this machine; waking is left out");
            return;
        }
        var data = shop.Scratch;
        await using (var silo = await BenchmarkSilo.StartAsync(data, onPostgres: true))
        {
            await BenchmarkSilo.EachAsync(Wakes, Callers, async number =>
                await silo.Grains.GetGrain<IBareGrain>(number).PingAsync()
            );
            var due = DateTimeOffset.UtcNow.AddDays(30).ToUnixTimeMilliseconds();
            var (ours, reminders) = await Interleaved.MediansAsync(
                Rounds,
                round =>
                    BenchmarkSilo.EachAsync(Wakes, Callers, async number =>
                        await silo.Store.CommitAsync(new Commit { Turns = [], Due = [(number, due + round)] })
                    ),
                round =>
                    BenchmarkSilo.EachAsync(Wakes, Callers, async number =>
                        await silo.Grains.GetGrain<IBareGrain>(number).RemindAsync(TimeSpan.FromDays(30 + round))
                    )
            );
            figures.Add("waking", ours, "times/s", reminders, "the limit is what reminders do");
        }
        PreparedShop.Delete(data);
    }
}
