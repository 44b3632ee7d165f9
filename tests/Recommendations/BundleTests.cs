using Personalization.Catalogue;
using Personalization.Recommendations;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Recommendations;

public class BundleTests
{
    readonly ProductCatalogue _catalogue = new();
    readonly ItemIndex _index;

    public BundleTests()
    {
        Sell(0, "Camera", 300);
        Sell(1, "Camera", 320);
        Sell(2, "Bag", 40);
        Sell(3, "Card", 25);
        Sell(4, "Card", 15);
        Sell(5, "Tripod", 90);
        Sell(6, "Book", null);
        _index = new ItemIndex(new(), _catalogue);
        for (var i = 0; i < 10; i++)
            _index.RecordOrder([0, 2, 3], 1000 + i);
        for (var i = 0; i < 5; i++)
            _index.RecordOrder([0, 5, 1, 6], 1000 + i);
        for (var i = 0; i < 3; i++)
            _index.RecordOrder([0, 4], 1000 + i);
    }

    [Fact]
    public void A_bundle_complements_a_product_within_the_budget()
    {
        var bundle = Bundle.Compose(
            new()
            {
                Product = 0,
                Count = 3,
                Now = 2000,
            },
            default,
            _index,
            _catalogue,
            100
        );

        bundle.Items.Select(x => x.Product).Order().ShouldBe([2, 3]);
        bundle.Items.ShouldAllBe(x => x.Reason == new Reason(ReasonKind.BoughtTogether, 0));
        bundle.Total.ShouldBe(65);
    }

    [Fact]
    public void A_bundle_takes_one_of_each_category_and_nothing_without_a_price()
    {
        var bundle = Bundle.Compose(
            new()
            {
                Product = 0,
                Count = 9,
                Now = 2000,
            },
            default,
            _index,
            _catalogue,
            10_000
        );

        bundle.Items.Select(x => x.Product).Order().ShouldBe([2, 3, 5]);
    }

    [Fact]
    public void A_bundle_for_a_cart_leaves_out_what_is_in_it()
    {
        var bundle = Bundle.Compose(new() { Count = 9, Now = 2000 }, new Shopper { Cart = [0, 2] }, _index, _catalogue, 10_000);

        bundle.Items.Select(x => x.Product).Order().ShouldBe([3, 5]);
    }

    [Fact]
    public void A_bundle_of_nothing_is_empty() =>
        Bundle.Compose(new() { Count = 9, Now = 2000 }, default, _index, _catalogue, 10_000).Items.ShouldBeEmpty();

    void Sell(int number, string category, decimal? price) =>
        _catalogue.Apply(
            new Product
            {
                Number = number,
                Id = $"p{number}",
                Category = [category],
                Price = price,
            }
        );
}
