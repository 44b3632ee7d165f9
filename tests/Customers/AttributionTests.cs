using Personalization.Catalogue;
using Personalization.Codec;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Recommendations;
using Personalization.Shop;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Customers;

/// <summary>R86: for which recommendation a customer counts what they do.</summary>
public sealed class AttributionTests
{
    const long Day = 86_400_000,
        Start = 20_000 * Day;

    static readonly ShopContext Shop = MakeShop();

    readonly Customer _customer = new(new CustomerState(1));
    readonly List<CustomerEvent> _history = [];
    ulong _messages;

    [Fact]
    public void An_order_inherits_the_newest_click_within_the_window_and_none_after_it()
    {
        Do(EventKind.ProductClicked, Start, 5, Clicked(5, Placement.Home, Start));
        Do(EventKind.ProductClicked, Start + Day, 5, Clicked(5, Placement.Cart, Start + Day));
        Do(EventKind.OrderCompleted, Start + 8 * Day, 5)
            .ShouldBe([Clicked(5, Placement.Cart, Start + Day) with { By = AttributedBy.Carried }]);
        Do(EventKind.OrderCompleted, Start + 8 * Day + 1, 5).ShouldBeEmpty();
        Do(EventKind.OrderCompleted, Start + 8 * Day + 2, 6).ShouldBeEmpty("another product");
    }

    [Fact]
    public void A_product_is_clicked_and_carted_once_per_answer()
    {
        var answer = Clicked(5, Placement.Home, Start);
        Do(EventKind.ProductClicked, Start + 1, 5, answer).ShouldBe([answer]);
        Do(EventKind.ProductViewed, Start + 2, 5, answer).ShouldBeEmpty();
        Do(EventKind.ProductAdded, Start + 3, 5, answer).ShouldBe([answer]);
        Do(EventKind.ProductAdded, Start + 4, 5).ShouldBeEmpty();
        var again = answer with { ShownAt = Start + 5 };
        Do(EventKind.ProductViewed, Start + 6, 5, again).ShouldBe([again], "it was recommended again");
    }

    [Fact]
    public void A_click_that_arrives_late_counts_for_what_comes_after_it()
    {
        Do(EventKind.PageViewed, Start + Day, null);
        Do(EventKind.ProductClicked, Start, 5, Clicked(5, Placement.Home, Start)).ShouldHaveSingleItem();
        Do(EventKind.OrderCompleted, Start + Day + 1, 5).ShouldHaveSingleItem().By.ShouldBe(AttributedBy.Carried);
    }

    [Fact]
    public void A_snapshot_keeps_what_was_clicked_of_the_last_sixteen_products()
    {
        for (var product = 0; product < 20; product++)
            Do(EventKind.ProductClicked, Start + product, product, Clicked(product, Placement.Home, Start));
        using var snapshot = new ByteWriter();
        SnapshotCodec.Write(_customer.State, snapshot);
        var read = SnapshotCodec.TryRead(snapshot.Written)!;
        read.Recommended.Span.ToArray().ShouldBe(_customer.State.Recommended.Span.ToArray());
        read.Recommended.Count.ShouldBe(16);
        read.Recommended[0].Answer.Product.ShouldBe(4);
    }

    static Attribution Clicked(int product, Placement placement, long shownAt) =>
        new(product, AttributedBy.Id, placement, 7, shownAt);

    Attribution[] Do(EventKind kind, long time, int? product, params Attribution[] carried)
    {
        var e = new Tracked
        {
            Kind = kind,
            Time = time,
            Received = Start + 30 * Day,
            Message = ++_messages,
            Reference = kind == EventKind.OrderCompleted ? $"o-{_messages}" : null,
            Lines = product is { } one ? [new OrderLine(one, 1, 100)] : [],
            Attributions = carried,
        };
        var turn = _customer.IsLate([e])
            ? _customer.RecordLate(_history, [e], imported: false, e.Received, Shop)
            : _customer.Record([e], imported: false, e.Received, Shop);
        _history.AddRange(turn.Events);
        return turn.Events.OfType<Tracked>().Single(t => t.Message == _messages).Attributions;
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
