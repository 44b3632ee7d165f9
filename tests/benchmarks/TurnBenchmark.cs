using System.Diagnostics;
using System.Runtime.InteropServices;
using Personalization.Catalogue;
using Personalization.Codec;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Shop;

namespace Personalization.Benchmarks;

/// <summary>A customer's turn with nothing around it: check, fold, decide, and the bytes for the journal.</summary>
static class TurnBenchmark
{
    const int Turns = 400_000,
        Customers = 2_000,
        Rounds = 5;

    public static Task RunAsync(PreparedShop shop, Figures figures)
    {
        var world = EmptyShop();
        var microseconds = new List<double>();
        var bytes = 0.0;
        for (var round = 0; round <= Rounds; round++)
        {
            var customers = Enumerable.Range(1, Customers).Select(number => new Customer(new CustomerState(number))).ToArray();
            var events = Enumerable
                .Range(0, Turns)
                .Select(i => Shopping.Event(i / Customers, i, 1_700_000_000_000 + i * 10L))
                .ToArray();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < Turns; i++)
                Take(customers[i % Customers], [events[i]], world);
            // The first round warms up.
            if (round > 0)
                microseconds.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds / Turns);
            bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Turns;
        }
        figures.Add("turn", Interleaved.Median(microseconds), "us");
        figures.Add("turn.bytes", bytes, "bytes");
        return Task.CompletedTask;
    }

    static void Take(Customer customer, Tracked[] events, ShopContext world)
    {
        var turn = customer.Record(events, false, events[0].Time, world);
        using var body = new ByteWriter();
        using var personal = new ByteWriter();
        EventCodec.Write(CollectionsMarshal.AsSpan(turn.Events), body, personal);
    }

    public static ShopContext EmptyShop()
    {
        var catalogue = new ProductCatalogue();
        return new ShopContext
        {
            Shop = new ShopSettings(Currency.TryParse("EUR", out var euro) ? euro : default, new Dictionary<Currency, decimal>()),
            Catalogue = catalogue,
            Index = new ItemIndex(new ItemIndexOptions(), catalogue),
        };
    }
}

/// <summary>What somebody does who shops: mostly looks, sometimes a favourite, a cart, an order.</summary>
static class Shopping
{
    /// <param name="step">Which of the customer's events, from 0.</param>
    /// <param name="number">Different for every event.</param>
    public static Tracked Event(int step, int number, long time)
    {
        var kind = (step % 25) switch
        {
            24 => EventKind.OrderCompleted,
            20 or 22 or 23 => EventKind.ProductAdded,
            10 => EventKind.ProductFavourited,
            3 or 13 => EventKind.PageViewed,
            _ => EventKind.ProductViewed,
        };
        var price = 10_0000 + number % 90 * 10_000L;
        return new Tracked
        {
            Time = time,
            Received = time,
            Kind = kind,
            Message = (ulong)(number + 1) * 0x9E3779B97F4A7C15ul,
            Name = 1,
            Lines = kind == EventKind.PageViewed ? [] : [new OrderLine(1 + (int)((uint)number * 2654435761u % 30_000), 1, price)],
            Reference = kind == EventKind.OrderCompleted ? $"order-{number}" : null,
            Amount = kind == EventKind.OrderCompleted ? price : 0,
            BaseAmount = kind == EventKind.OrderCompleted ? price : null,
        };
    }
}
