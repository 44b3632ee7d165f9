using Personalization.Catalogue;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Catalogue;

public class ProductCatalogueTests
{
    readonly ProductCatalogue _catalogue = new();

    [Fact]
    public void A_product_is_found_by_number_and_by_id()
    {
        _catalogue.Apply(
            new Product
            {
                Number = 700,
                Id = "p-700",
                Title = "Rain jacket",
            }
        );

        _catalogue.TryNumber("p-700", out var number).ShouldBeTrue();
        number.ShouldBe(700);
        _catalogue[700]!.Title.ShouldBe("Rain jacket");
        _catalogue[699].ShouldBeNull();
        _catalogue[-1].ShouldBeNull();
        _catalogue[1_000_000].ShouldBeNull();
        _catalogue.Count.ShouldBe(701);
    }

    [Fact]
    public void A_product_known_by_its_id_only_is_sellable()
    {
        _catalogue.Apply(new Product { Number = 0, Id = "p" });

        _catalogue[0]!.IsSellable.ShouldBeTrue();
        _catalogue.CategoryOf(0).ShouldBe(-1);
        _catalogue.PriceLevelOf(0).ShouldBe(byte.MaxValue);
        _catalogue.BrandOf(0).ShouldBe(-1);
    }

    [Fact]
    public void A_replaced_product_gives_its_old_id_back()
    {
        _catalogue.Apply(new Product { Number = 3, Id = "old" });
        _catalogue.Apply(new Product { Number = 3, Id = "new" });

        _catalogue.TryNumber("old", out _).ShouldBeFalse();
        _catalogue.TryNumber("new", out var number).ShouldBeTrue();
        number.ShouldBe(3);
    }

    [Fact]
    public void Categories_of_one_name_below_different_parents_are_different()
    {
        _catalogue.Apply(
            new Product
            {
                Number = 0,
                Id = "a",
                Category = ["Men", "Jackets"],
            }
        );
        _catalogue.Apply(
            new Product
            {
                Number = 1,
                Id = "b",
                Category = ["Women", "Jackets"],
            }
        );
        _catalogue.Apply(
            new Product
            {
                Number = 2,
                Id = "c",
                Category = ["women", "jackets"],
            }
        );

        _catalogue.CategoryOf(0).ShouldNotBe(_catalogue.CategoryOf(1));
        _catalogue.CategoryOf(1).ShouldBe(_catalogue.CategoryOf(2));
        _catalogue.Categories.TryFind("Women > Jackets", out var found).ShouldBeTrue();
        found.ShouldBe(_catalogue.CategoryOf(1));
        _catalogue.Categories.PathOf(found).ShouldBe("Women > Jackets");
        _catalogue.Categories.TryFind("Women", out var women).ShouldBeTrue();
        _catalogue.IsIn(1, women).ShouldBeTrue();
        _catalogue.IsIn(0, women).ShouldBeFalse();
        _catalogue.Categories.TryFind("Jackets", out _).ShouldBeTrue();
        _catalogue.Categories.TryFind("Shoes", out var none).ShouldBeFalse();
        none.ShouldBe(-1);
    }

    [Theory]
    [InlineData("Clothing > Jackets", "Clothing|Jackets")]
    [InlineData("Clothing/Jackets", "Clothing|Jackets")]
    [InlineData("Food/Drink > Tea", "Food/Drink|Tea")]
    [InlineData(" > ", "")]
    [InlineData(null, "")]
    public void A_category_path_is_read_with_either_separator(string? text, string names) =>
        string.Join('|', CategoryPath.Parse(text)).ShouldBe(names);

    [Fact]
    public void The_newest_products_come_latest_first()
    {
        var day = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        for (var i = 0; i < 400; i++)
            _catalogue.Apply(
                new Product
                {
                    Number = i,
                    Id = $"p{i}",
                    Created = day.AddDays(i * 7 % 400),
                }
            );
        _catalogue.Apply(new Product { Number = 400, Id = "undated" });

        var newest = _catalogue.Newest.ToArray().Select(x => _catalogue[x]!.Created!.Value).ToArray();
        newest[0].ShouldBe(day.AddDays(399));
        newest.ShouldBe(newest.OrderByDescending(x => x).ToArray());
        newest.Length.ShouldBe(256);
        newest[^1].ShouldBe(day.AddDays(399 - 255));
    }

    [Fact]
    public void Price_levels_tell_prices_a_factor_of_two_apart()
    {
        _catalogue.Apply(
            new Product
            {
                Number = 0,
                Id = "a",
                Price = 10,
            }
        );
        _catalogue.Apply(
            new Product
            {
                Number = 1,
                Id = "b",
                Price = 20,
            }
        );

        (_catalogue.PriceLevelOf(1) - _catalogue.PriceLevelOf(0)).ShouldBe(2);
    }
}
