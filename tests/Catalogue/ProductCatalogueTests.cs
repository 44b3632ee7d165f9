using Personalization.Catalogue;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Catalogue;

public class ProductCatalogueTests
{
    private readonly ProductCatalogue catalogue = new();

    [Fact]
    public void A_product_is_found_by_number_and_by_id()
    {
        catalogue.Apply(
            new Product
            {
                Number = 700,
                Id = "p-700",
                Title = "Rain jacket",
            }
        );

        catalogue.TryNumber("p-700", out var number).ShouldBeTrue();
        number.ShouldBe(700);
        catalogue[700]!.Title.ShouldBe("Rain jacket");
        catalogue[699].ShouldBeNull();
        catalogue[-1].ShouldBeNull();
        catalogue[1_000_000].ShouldBeNull();
        catalogue.Count.ShouldBe(701);
    }

    [Fact]
    public void A_product_known_by_its_id_only_is_sellable()
    {
        catalogue.Apply(new Product { Number = 0, Id = "p" });

        catalogue[0]!.IsSellable.ShouldBeTrue();
        catalogue.CategoryOf(0).ShouldBe(-1);
        catalogue.PriceLevelOf(0).ShouldBe(byte.MaxValue);
        catalogue.BrandOf(0).ShouldBe(-1);
    }

    [Fact]
    public void A_replaced_product_gives_its_old_id_back()
    {
        catalogue.Apply(new Product { Number = 3, Id = "old" });
        catalogue.Apply(new Product { Number = 3, Id = "new" });

        catalogue.TryNumber("old", out _).ShouldBeFalse();
        catalogue.TryNumber("new", out var number).ShouldBeTrue();
        number.ShouldBe(3);
    }

    [Fact]
    public void Categories_of_one_name_below_different_parents_are_different()
    {
        catalogue.Apply(
            new Product
            {
                Number = 0,
                Id = "a",
                Category = ["Men", "Jackets"],
            }
        );
        catalogue.Apply(
            new Product
            {
                Number = 1,
                Id = "b",
                Category = ["Women", "Jackets"],
            }
        );
        catalogue.Apply(
            new Product
            {
                Number = 2,
                Id = "c",
                Category = ["women", "jackets"],
            }
        );

        catalogue.CategoryOf(0).ShouldNotBe(catalogue.CategoryOf(1));
        catalogue.CategoryOf(1).ShouldBe(catalogue.CategoryOf(2));
        catalogue.Categories.TryFind("Women > Jackets", out var found).ShouldBeTrue();
        found.ShouldBe(catalogue.CategoryOf(1));
        catalogue.Categories.PathOf(found).ShouldBe("Women > Jackets");
        catalogue.Categories.TryFind("Women", out var women).ShouldBeTrue();
        catalogue.IsIn(1, women).ShouldBeTrue();
        catalogue.IsIn(0, women).ShouldBeFalse();
        catalogue.Categories.TryFind("Jackets", out _).ShouldBeTrue();
        catalogue.Categories.TryFind("Shoes", out var none).ShouldBeFalse();
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
            catalogue.Apply(
                new Product
                {
                    Number = i,
                    Id = $"p{i}",
                    Created = day.AddDays(i * 7 % 400),
                }
            );
        catalogue.Apply(new Product { Number = 400, Id = "undated" });

        var newest = catalogue.Newest.ToArray().Select(x => catalogue[x]!.Created!.Value).ToArray();
        newest[0].ShouldBe(day.AddDays(399));
        newest.ShouldBe(newest.OrderByDescending(x => x).ToArray());
        newest.Length.ShouldBe(256);
        newest[^1].ShouldBe(day.AddDays(399 - 255));
    }

    [Fact]
    public void Price_levels_tell_prices_a_factor_of_two_apart()
    {
        catalogue.Apply(
            new Product
            {
                Number = 0,
                Id = "a",
                Price = 10,
            }
        );
        catalogue.Apply(
            new Product
            {
                Number = 1,
                Id = "b",
                Price = 20,
            }
        );

        (catalogue.PriceLevelOf(1) - catalogue.PriceLevelOf(0)).ShouldBe(2);
    }
}
