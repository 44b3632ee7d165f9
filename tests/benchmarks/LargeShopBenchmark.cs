using System.Diagnostics;
using Personalization.Catalogue;
using Personalization.Recommendations;

namespace Personalization.Benchmarks;

/// <summary>
/// A shop of a million products and ten million clicks: what the item index takes to load, holds in memory, and answers. Visits
/// walk between products that lie near each other; which are visited follows Zipf's law.
/// </summary>
static class LargeShopBenchmark
{
    const int Products = 1_000_000,
        Clicks = 10_000_000,
        PerVisit = 5,
        Asked = 20_000;

    public static Task RunAsync(PreparedShop shop, Figures figures)
    {
        var catalogue = new ProductCatalogue();
        for (var number = 0; number < Products; number++)
            catalogue.Apply(
                new Product
                {
                    Number = number,
                    Id = $"p{number}",
                    Stock = number % 10,
                }
            );
        var options = new ItemIndexOptions { MaxSessions = 1 << 21, MaxClicks = 1 << 24 };
        var before = Heap();
        var index = new ItemIndex(options, catalogue);
        var random = new Random(7);
        var time = 1_700_000_000;
        var started = Stopwatch.GetTimestamp();
        for (var click = 0; click < Clicks; )
        {
            var product = Draw(random);
            var visit = (ulong)click + 1;
            for (var i = 0; i < PerVisit; i++, click++)
            {
                index.Record(visit, product, Signal.View, time + i * 20);
                product = random.Next(10) < 8 ? product ^ (1 + random.Next(15)) : Draw(random);
                if (product >= Products)
                    product = Draw(random);
            }
            if (click % 50 == 0)
                time++;
        }
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var bytes = Heap() - before;
        figures.Add("large-shop.load", Clicks / seconds, "clicks/s", null, "target: above 200,000");
        figures.Add("large-shop.memory", bytes / (double)Clicks, "bytes a click", null, "target: below 100");
        var times = Ask(index, catalogue, time, random);
        figures.Add("large-shop.p50", times[times.Length / 2], "us");
        figures.Add("large-shop.p99", times[(int)(0.99 * times.Length)], "us");
        Reload(index, options, catalogue, shop, figures);
        return Task.CompletedTask;
    }

    static double[] Ask(ItemIndex index, ProductCatalogue catalogue, int now, Random random)
    {
        var into = new Recommendation[20];
        var times = new double[Asked];
        var found = 0;
        for (var i = 0; i < Asked; i++)
        {
            var touches = new[] { new Touch(Draw(random), now, Signal.View, 1), new Touch(Draw(random), now, Signal.View, 1) };
            var asked = Stopwatch.GetTimestamp();
            found += Recommender
                .Recommend(new() { Count = 20, Now = now }, new() { Touches = touches, Visit = 1 }, index, catalogue, into)
                .Count;
            times[i] = Stopwatch.GetElapsedTime(asked).TotalMicroseconds;
        }
        Figures.Note($"{found / (double)Asked:F1} products an answer");
        Array.Sort(times);
        return times;
    }

    static void Reload(ItemIndex index, ItemIndexOptions options, ProductCatalogue catalogue, PreparedShop shop, Figures figures)
    {
        var folder = shop.Scratch;
        var path = Path.Combine(folder, "index.image");
        using (var file = File.Create(path))
            index.Save(file);
        var started = Stopwatch.GetTimestamp();
        using (var file = File.OpenRead(path))
            if (ItemIndex.Load(file, options, catalogue).Events != 0 && index.SessionsBegun != Clicks / PerVisit)
                throw new InvalidOperationException("The image lacks visits.");
        figures.Add("large-shop.reload", Stopwatch.GetElapsedTime(started).TotalSeconds, "s");
        PreparedShop.Delete(folder);
    }

    // Zipf's law over shelves of sixteen, without a table: the power of a uniform number.
    static int Draw(Random random) =>
        (int)(Products * Math.Pow(random.NextDouble(), 3)) is var product && product < Products ? product : 0;

    static long Heap()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
