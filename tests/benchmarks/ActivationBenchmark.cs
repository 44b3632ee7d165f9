using Personalization.Customers;
using Personalization.Support;

namespace Personalization.Benchmarks;

/// <summary>
/// Activations per second: customers of 50 events from their snapshot and the journal's later entries, against bare grains
/// that read 2 KB of state. 64 callers.
/// </summary>
static class ActivationBenchmark
{
    const int Grains = 5_000,
        Callers = 64,
        Rounds = 5,
        Events = 50,
        State = 2_048;

    public static async Task RunAsync(PreparedShop shop, Figures figures)
    {
        await MeasureAsync(shop, figures, onPostgres: false);
        if (TestPostgres.Programs is not null)
            await MeasureAsync(shop, figures, onPostgres: true);
    }

    static async Task MeasureAsync(PreparedShop shop, Figures figures, bool onPostgres)
    {
        var data = shop.Scratch;
        await using (var silo = await BenchmarkSilo.StartAsync(data, onPostgres))
        {
            var now = DateTimeOffset.UtcNow.AddHours(-20).ToUnixTimeMilliseconds();
            await BenchmarkSilo.EachAsync(Grains, 512, async number =>
            {
                var events = Enumerable
                    .Range(0, Events)
                    .Select(i => Shopping.Event(i, number * 100 + i, now + i * 20_000L))
                    .ToArray();
                await silo.Customer(Key(number)).RecordAsync(new RecordRequest(events));
                await silo.Grains.GetGrain<IBareGrain>(number).SaveAsync(State);
            });
            // Their snapshots are written, then the journal goes on a little.
            await silo.ForgetAsync();
            await BenchmarkSilo.EachAsync(Grains, 512, async number =>
                await silo.Store.CommitAsync(new Journal.Commit { Turns = [await NextAsync(silo, number, now)] })
            );
            var (ours, limit) = await Interleaved.MediansAsync(
                Rounds,
                async _ =>
                {
                    await silo.ForgetAsync();
                    return await BenchmarkSilo.EachAsync(Grains, Callers, async number =>
                        await silo.Customer(Key(number)).DryRunAsync("none")
                    );
                },
                async _ =>
                {
                    await silo.ForgetAsync();
                    return await BenchmarkSilo.EachAsync(Grains, Callers, async number =>
                        await silo.Grains.GetGrain<IBareGrain>(number).PingAsync()
                    );
                }
            );
            figures.Add($"activation.{(onPostgres ? "postgres" : "sqlite")}", ours, "grains/s", limit, "target: ratio 0.80");
        }
        PreparedShop.Delete(data);
    }

    /// <summary>As far from each other as numbers of customers are.</summary>
    static long Key(int number) => (number + 1) * 0x9E3779B97F4AL;

    static async ValueTask<Journal.TurnEntry> NextAsync(BenchmarkSilo silo, int number, long now)
    {
        var version = (await silo.Store.ReadCustomerAsync(Key(number)))[^1].Version;
        using var body = new Codec.ByteWriter();
        using var personal = new Codec.ByteWriter();
        Codec.EventCodec.Write([Shopping.Event(7, number * 100 + 99, now + 2_000_000)], body, personal);
        return new Journal.TurnEntry(Key(number), version + 1, now, body.ToArray(), default);
    }
}
