using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Personalization.Codec;
using Personalization.Customers;
using Personalization.Events;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Customers;

/// <summary>Sums stop at the end of their range, whatever is added.</summary>
public sealed class SaturationTests
{
    static readonly Gen<long> Numbers =
        from any in ArbMap.Default.GeneratorFor<long>()
        from edge in Gen.Elements(0, 1, -1, long.MaxValue, long.MinValue, Bounds.MaxAmount, Bounds.MaxAmount + 1)
        from which in Gen.Choose(0, 1)
        select which == 0 ? any : edge;

    static readonly EventKind[] Kinds =
    [
        EventKind.OrderCompleted,
        EventKind.OrderUpdated,
        EventKind.OrderCancelled,
        EventKind.OrderRefunded,
        EventKind.ProductAdded,
        EventKind.CartViewed,
        EventKind.CheckoutStarted,
    ];

    static readonly Gen<Tracked> Events =
        from kind in Gen.Elements(Kinds)
        from amount in Numbers
        from price in Numbers
        from quantity in Gen.Elements(0, 1, -1, int.MaxValue, int.MinValue, Bounds.MaxQuantity)
        from order in Gen.Choose(0, 5)
        from second in Gen.Choose(0, 1_000_000)
        select new Tracked
        {
            Kind = kind,
            Time = 1_700_000_000_000 + second * 1000L,
            Reference = $"o-{order}",
            Amount = amount,
            BaseAmount = amount,
            Counted = amount,
            Lines = [new OrderLine(1, quantity, price), new OrderLine(2, quantity, price)],
        };

    [Fact]
    public void A_sum_is_the_true_one_or_the_end_of_the_range_it_would_leave() =>
        Prop.ForAll(Numbers.ToArbitrary(), Numbers.ToArbitrary(), (a, b) =>
            {
                Saturating.Add(a, b).ShouldBe(Within((BigInteger)a + b));
                Saturating.Subtract(a, b).ShouldBe(Within((BigInteger)a - b));
                Saturating.Multiply(a, b).ShouldBe(Within((BigInteger)a * b));
            })
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Whatever_an_older_version_wrote_a_customers_sums_stay_within_the_bounds_of_its_orders() =>
        Prop.ForAll(Events.ListOf().ToArbitrary(), events =>
            {
                using var body = new ByteWriter();
                using var personal = new ByteWriter();
                EventCodec.Write([.. events], body, personal);
                var state = new CustomerState(7);
                foreach (var e in EventCodec.Read(body.ToArray(), []))
                    state.Apply(e);

                var most = events.Count * Bounds.MaxAmount;
                state.Revenue.ShouldBeInRange(-most, most);
                state.Cancelled.ShouldBeInRange(-most, most);
                state.Refunded.ShouldBeInRange(-most, most);
                foreach (var line in state.Cart.Span.ToArray())
                    line.Quantity.ShouldBeGreaterThanOrEqualTo(0);
                foreach (var purchase in state.Purchases.Span.ToArray())
                    purchase.Units.ShouldBeGreaterThanOrEqualTo(0);
            })
            .QuickCheckThrowOnFailure();

    static long Within(BigInteger exact) => (long)BigInteger.Max(long.MinValue, BigInteger.Min(long.MaxValue, exact));
}
