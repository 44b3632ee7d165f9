using Personalization.Catalogue;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Catalogue;

public class ProductPatchTests
{
    static readonly Product Jacket = new()
    {
        Number = 1,
        Id = "p-1",
        Title = "Rain jacket",
        Price = 39.9m,
        Stock = 4,
        Category = ["Clothing", "Jackets"],
        Attributes = new Dictionary<string, string> { ["color"] = "blue", ["size"] = "M" },
    };

    [Fact]
    public void Given_fields_replace_and_absent_ones_stay()
    {
        var changed = new ProductPatch { Price = 29.9m, Hidden = true }.ApplyTo(Jacket);

        changed.Price.ShouldBe(29.9m);
        changed.Hidden.ShouldBeTrue();
        changed.Title.ShouldBe("Rain jacket");
        changed.Stock.ShouldBe(4);
    }

    [Fact]
    public void Attributes_are_set_and_removed_one_by_one()
    {
        var patch = new ProductPatch
        {
            Attributes = new Dictionary<string, string?> { ["COLOR"] = "red", ["size"] = null },
        };

        patch.ApplyTo(Jacket).Attributes.ShouldBe(new Dictionary<string, string> { ["color"] = "red" });
    }

    [Fact]
    public void A_field_can_be_emptied() =>
        new ProductPatch { Clear = ProductFields.Stock }
            .ApplyTo(Jacket)
            .Stock.ShouldBeNull();

    [Fact]
    public void An_event_fills_only_what_is_missing_and_never_stock_or_visibility()
    {
        var seen = new ProductPatch
        {
            Title = "Other",
            Brand = "Orvo",
            Price = 1,
            Stock = 0,
            Hidden = true,
        };

        var filled = seen.Fill(Jacket);

        filled.Title.ShouldBe("Rain jacket");
        filled.Price.ShouldBe(39.9m);
        filled.Brand.ShouldBe("Orvo");
        filled.Stock.ShouldBe(4);
        filled.Hidden.ShouldBeFalse();
    }

    [Fact]
    public void What_changes_nothing_returns_the_same_product()
    {
        new ProductPatch { Price = 39.9m, Category = ["Clothing", "Jackets"] }
            .ApplyTo(Jacket)
            .ShouldBeSameAs(Jacket);
        new ProductPatch { Title = "Other" }
            .Fill(Jacket)
            .ShouldBeSameAs(Jacket);
    }
}
