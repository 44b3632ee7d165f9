using Personalization.Events;
using Personalization.Shop;
using Personalization.Tracking;
using Shouldly;
using Xunit;
using static Personalization.Tests.Tracking.TrackingExamples;

namespace Personalization.Tests.Tracking;

public class TrackedFactoryTests
{
    static readonly Currency Euro = Code("EUR");
    static readonly ShopSettings Shop = new(Euro, new Dictionary<Currency, decimal> { [Code("USD")] = 0.9m });

    [Fact]
    public void An_order_becomes_an_event_with_numbers_for_its_names_and_products()
    {
        var call = Track(
            "Order Completed",
            """
            {"order_id":"o-1","total":10.0001,"currency":"USD","coupon":"X",
             "products":[{"product_id":"p-1","quantity":2,"price":3},{"product_id":"p-2"}]}
            """
        ).Call!;
        var tracked = TrackedFactory.Create(call, 11, 12, [7, 9], Shop, ReceivedAt);

        tracked.ShouldBe(
            new Tracked
            {
                Time = ReceivedAt,
                Kind = EventKind.OrderCompleted,
                Name = 11,
                LinkedName = 12,
                Received = ReceivedAt,
                Lines = tracked.Lines,
                Reference = "o-1",
                Amount = 100_001,
                Currency = Code("USD"),
                BaseAmount = 90_001,
                Personal = new PersonalPart { Properties = """{"coupon":"X"}""" },
            }
        );
        tracked.Lines.ShouldBe([new OrderLine(7, 2, 30_000), new OrderLine(9, 1, 0)]);
    }

    [Theory]
    [InlineData("""{"total":1,"currency":"EUR"}""", 10_000L)]
    [InlineData("""{"total":1}""", 10_000L)]
    [InlineData("""{"total":0,"currency":"USD"}""", 0L)]
    [InlineData("""{"total":1,"currency":"GBP"}""", null)]
    [InlineData("{}", null)]
    public void The_base_amount_is_there_where_there_is_an_amount_and_a_rate(string properties, long? expected) =>
        TrackedFactory
            .Create(Track("Order Completed", properties).Call!, 1, 0, [], Shop, ReceivedAt)
            .BaseAmount.ShouldBe(expected);

    [Fact]
    public void A_converted_amount_stops_at_the_greatest_that_counts()
    {
        var rates = new Dictionary<Currency, decimal> { [Code("USD")] = 2m, [Code("GBP")] = decimal.MaxValue };
        var shop = new ShopSettings(Euro, rates);

        shop.ToBase(long.MaxValue, Code("USD")).ShouldBe(Bounds.MaxAmount);
        shop.ToBase(long.MinValue, Code("USD")).ShouldBe(-Bounds.MaxAmount);
        shop.ToBase(long.MaxValue, Code("GBP")).ShouldBeNull("a rate beyond all reason is none");
        shop.ToBase(long.MaxValue, Euro).ShouldBe(Bounds.MaxAmount);
        shop.ToBase(-5, Code("USD")).ShouldBe(-10);
    }

    static Currency Code(string code) => Currency.TryParse(code, out var currency) ? currency : throw new ArgumentException(code);
}
