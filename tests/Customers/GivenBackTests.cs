using FsCheck;
using FsCheck.Fluent;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Shop;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Customers;

/// <summary>What goes back of orders, in whatever parts and whatever order it is told (field/22).</summary>
public sealed class GivenBackTests
{
    static readonly ShopContext Shop = MakeShop();

    [Fact]
    public void No_more_goes_back_than_was_bought_and_the_totals_are_the_customers_in_any_order_of_arrival_field_22() =>
        Prop.ForAll<int>(Tell).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void A_refund_takes_the_share_of_the_pieces_it_names_and_nothing_where_its_amount_has_no_rate_field_22()
    {
        var state = new CustomerState(1);
        state.Apply(Of(EventKind.OrderCompleted, 1, 1000) with { Lines = [new(1, 2, 0), new(2, 3, 0)] });
        state.Apply(Of(EventKind.OrderRefunded, 2, 0) with { Amount = 900, BaseAmount = null });
        state.Refunded.ShouldBe(0);
        state.Apply(Of(EventKind.OrderRefunded, 3, 0) with { BaseAmount = null, Lines = [new(2, 1, 0)] });
        state.Refunded.ShouldBe(200);
        state.Apply(Of(EventKind.OrderCancelled, 4, 0) with { BaseAmount = null });
        (state.Cancelled, state.Refunded).ShouldBe((1000, 0));
    }

    [Fact]
    public void What_a_platform_repeats_of_its_refunds_counts_once_however_late_it_is_repeated()
    {
        var state = new CustomerState(1);
        state.Apply(Of(EventKind.OrderCompleted, 1, 1000) with { Lines = [new(1, 2, 0)] });
        foreach (var (minute, inAll) in ((int, long)[])[(2, 500), (10_000, 500), (10_001, 700), (20_000, 500), (20_001, 700)])
            state.Apply(Of(EventKind.OrderRefunded, minute, inAll) with { IsRunningTotal = true, Lines = [new(1, 1, 0)] });
        state.Refunded.ShouldBe(700);
        state.Returns.Span.ToArray().Select(back => back.Amount).ShouldBe([500, 200]);
        state.Apply(Of(EventKind.OrderRefunded, 30_000, 200));
        state.Refunded.ShouldBe(700);
    }

    static void Tell(int seed)
    {
        var random = new Random(seed);
        var events = Enumerable
            .Range(1, random.Next(1, 20))
            .Select(i =>
                Of(Kinds[random.Next(Kinds.Length)], random.Next(1, 15), 0) with
                {
                    Reference = $"o-{random.Next(3)}",
                    Message = (ulong)i,
                    BaseAmount = random.Next(5) == 0 ? null : random.Next(0, 12) * 100,
                }
            )
            .Select(t => t with { IsRunningTotal = t.Kind == EventKind.OrderRefunded && random.Next(2) == 0 })
            .ToList();
        var customers = new[] { events.ToArray(), events.ToArray() };
        random.Shuffle(customers[1]);
        var told = customers.Select(Arrive).ToArray();
        foreach (var (state, written) in told)
        {
            state.Revenue.ShouldBe(written.Sum(t => Fold.IsOrder(t) ? t.Counted : 0));
            state.Cancelled.ShouldBe(written.Sum(t => t.CancelCounted + (t.Kind == EventKind.OrderCancelled ? t.Counted : 0)));
            state.Refunded.ShouldBe(written.Sum(t => t.RefundCounted));
            if (events.TrueForAll(e => events.Exists(order => Fold.IsOrder(order) && order.Reference == e.Reference)))
                (state.Cancelled + state.Refunded).ShouldBeInRange(0, state.Revenue);
            state.Returns.Span.ToArray().Sum(r => r.Amount).ShouldBe(state.Cancelled + state.Refunded);
        }
        var (one, other) = (told[0].State, told[1].State);
        (other.Revenue, other.Cancelled, other.Refunded, other.Cancellations).ShouldBe(
            (one.Revenue, one.Cancelled, one.Refunded, one.Cancellations)
        );
    }

    static readonly EventKind[] Kinds =
    [
        EventKind.OrderCompleted,
        EventKind.OrderUpdated,
        EventKind.OrderRefunded,
        EventKind.OrderCancelled,
    ];

    static (CustomerState State, List<Tracked> Written) Arrive(Tracked[] arrivals)
    {
        var customer = new Customer(new CustomerState(1));
        var written = new List<CustomerEvent>();
        foreach (var one in arrivals)
        {
            var turn = customer.IsLate([one])
                ? customer.RecordLate([.. written], [one], imported: false, one.Received, Shop)
                : customer.Record([one], imported: false, one.Received, Shop);
            written.AddRange(turn.Events);
        }
        return (customer.State, [.. written.OfType<Tracked>()]);
    }

    static Tracked Of(EventKind kind, int minute, long amount) =>
        new()
        {
            Time = 1_772_442_000_000 + minute * 60_000L,
            Received = 1_772_442_000_000 + 3_600_000L,
            Kind = kind,
            Message = (ulong)minute,
            Reference = "o-1",
            BaseAmount = amount,
        };

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
