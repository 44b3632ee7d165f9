using FsCheck;
using FsCheck.Fluent;
using Personalization.Catalogue;
using Personalization.Codec;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Shop;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Customers;

/// <summary>Orders told by the shop and by the public key, in any order of time and of arrival.</summary>
public sealed class ClaimedOrderTests
{
    static readonly ShopContext Shop = MakeShop();

    [Fact]
    public void Sums_are_those_of_the_shop_and_claims_count_only_for_orders_it_has_not_told() =>
        Prop.ForAll<int>(AddUp).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Theory]
    [InlineData(Bounds.MaxAmount, -Bounds.MaxAmount)]
    [InlineData(long.MaxValue, 5)]
    [InlineData(5, long.MinValue)]
    public void What_an_order_counts_is_what_the_journal_says_it_does(long first, long second)
    {
        var customer = new Customer(new CustomerState(1));
        var written = new List<CustomerEvent>();
        foreach (var (amount, i) in new[] { first, second }.Select((amount, i) => (amount, i)))
        {
            var order = Order(i + 1, new Random(1)) with
            {
                Reference = "o-1",
                Marks = EventMarks.None,
                Amount = amount,
                BaseAmount = amount,
            };
            written.AddRange(customer.Record([order], imported: false, order.Received, Shop).Events);
        }

        using var body = new ByteWriter();
        using var personal = new ByteWriter();
        EventCodec.Write([.. written], body, personal);
        var read = EventCodec.Read(body.ToArray(), personal.ToArray()).OfType<Tracked>();
        read.Select(e => (e.Counted, e.ClaimCounted))
            .ShouldBe(written.OfType<Tracked>().Select(e => (e.Counted, e.ClaimCounted)));
    }

    static void AddUp(int seed)
    {
        var random = new Random(seed);
        var events = Enumerable.Range(1, random.Next(1, 25)).Select(i => Order(i, random)).ToList();
        var arrivals = events.ToArray();
        random.Shuffle(arrivals);

        var customer = new Customer(new CustomerState(1));
        var written = new List<CustomerEvent>();
        foreach (var one in arrivals)
        {
            var turn = customer.IsLate([one])
                ? customer.RecordLate([.. written], [one], imported: false, one.Received, Shop)
                : customer.Record([one], imported: false, one.Received, Shop);
            written.AddRange(turn.Events);
        }

        var told = events.Where(e => !e.Marks.HasFlag(EventMarks.Claimed)).ToLookup(e => e.Reference);
        var claimed = events.Where(e => e.Marks.HasFlag(EventMarks.Claimed)).ToLookup(e => e.Reference);
        var only = claimed.Where(order => !told.Contains(order.Key)).ToList();
        var state = customer.State;
        (state.Orders, state.ClaimedOrders.Count).ShouldBe((told.Count, only.Count));
        state.Revenue.ShouldBe(told.Sum(order => order.MaxBy(e => e.Time)!.Amount));
        state.ClaimedRevenue.ShouldBe(only.Sum(order => order.MaxBy(e => e.Time)!.Amount));

        var tracked = written.OfType<Tracked>().ToList();
        tracked.Count(IsNewOrder).ShouldBe(state.Orders);
        tracked
            .Sum(e =>
                e.Marks.HasFlag(EventMarks.ReplacesClaim) ? -1
                : IsNewClaim(e) ? 1
                : 0
            )
            .ShouldBe(only.Count);
    }

    static bool IsNewOrder(Tracked e) => (e.Marks & (EventMarks.Claimed | EventMarks.RepeatedOrder)) == 0;

    static bool IsNewClaim(Tracked e) => (e.Marks & (EventMarks.Claimed | EventMarks.RepeatedOrder)) == EventMarks.Claimed;

    static Tracked Order(int number, Random random)
    {
        var amount = random.Next(1, 100) * 10_000L;
        return new Tracked
        {
            Kind = EventKind.OrderCompleted,
            Time = 1_000_000_000_000 + number * 1_000,
            Received = 1_000_000_100_000,
            Message = (ulong)number,
            Marks = random.Next(2) == 0 ? EventMarks.Claimed : EventMarks.None,
            Reference = $"o-{random.Next(5)}",
            Amount = amount,
            BaseAmount = amount,
        };
    }

    static ShopContext MakeShop()
    {
        var catalogue = new ProductCatalogue();
        return new ShopContext
        {
            Shop = new ShopSettings(default, new Dictionary<Currency, decimal>()),
            Catalogue = catalogue,
            Index = new ItemIndex(new ItemIndexOptions(), catalogue),
        };
    }
}
