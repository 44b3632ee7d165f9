using Personalization.Catalogue;
using Personalization.Recommendations.Filters;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Recommendations;

public class FilterTests
{
    static readonly Product Jacket = new()
    {
        Number = 1,
        Id = "p-1",
        Title = "Light Rain Jacket",
        Category = ["Clothing", "Men", "Jackets"],
        Brand = "Orvo",
        Price = 39.9m,
        Margin = 0.25m,
        Rating = 4.6,
        Reviews = 120,
        Attributes = new Dictionary<string, string>
        {
            ["Color"] = "blue",
            ["weight"] = "250",
            ["heel height"] = "flat",
        },
    };

    [Theory]
    [InlineData("category = \"Jackets\"", true)]
    [InlineData("category = 'clothing'", true)]
    [InlineData("category = \"Men > Jackets\"", true)]
    [InlineData("category = \"Clothing > Jackets\"", false)]
    [InlineData("category != \"Shoes\"", true)]
    [InlineData("category in (\"Shoes\", \"Jackets\")", true)]
    [InlineData("category contains \"jack\"", true)]
    [InlineData("price < 50", true)]
    [InlineData("price <= 39.9 and price >= 39.90", true)]
    [InlineData("price > 39.9", false)]
    [InlineData("price in (1, 39.9)", true)]
    [InlineData("not brand in (\"Orvo\", \"Xy\")", false)]
    [InlineData("attribute.color = \"BLUE\"", true)]
    [InlineData("attribute.weight < 300", true)]
    [InlineData("attribute.\"heel height\" = \"flat\"", true)]
    [InlineData("attribute.size = \"M\"", false)]
    [InlineData("attribute.size != \"M\"", true)]
    [InlineData("margin >= 0.2", true)]
    [InlineData("stock > 0", true)] // unknown is sellable
    [InlineData("title contains \"rain\"", true)]
    [InlineData("rating > 4.5 and reviews >= 100", true)]
    [InlineData("hidden = false", true)]
    [InlineData("hidden != false", false)]
    [InlineData("price > 100 or brand = \"Orvo\" and rating > 4", true)]
    [InlineData("(price > 100 or brand = \"Orvo\") and rating > 4.8", false)]
    [InlineData("not price > 100 and brand = \"Xy\"", false)] // not binds tighter than and
    [InlineData("brand = \"Xy\" and price < 1 or rating > 4", true)] // and binds tighter than or
    [InlineData("NOT NOT BRAND = \"orvo\"", true)]
    [InlineData("title = \"Light \\\"Rain\\\" Jacket\"", false)]
    public void A_filter_holds_or_does_not(string text, bool holds)
    {
        Filter.TryParse(text, out var filter, out var error).ShouldBeTrue(error?.ToString());
        filter!.Matches(Jacket).ShouldBe(holds);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("colour = \"blue\"", 0)]
    [InlineData("price < ", 8)]
    [InlineData("price < \"50\"", 8)]
    [InlineData("brand = 5", 8)]
    [InlineData("brand < \"a\"", 6)]
    [InlineData("price ~ 5", 6)]
    [InlineData("price < 5 brand = \"x\"", 10)]
    [InlineData("(price < 5", 10)]
    [InlineData("price < 5)", 9)]
    [InlineData("title = \"open", 8)]
    [InlineData("brand in \"a\"", 9)]
    [InlineData("brand in (\"a\" \"b\")", 14)]
    [InlineData("price contains 5", 6)]
    [InlineData("attribute.weight contains 5", 26)]
    [InlineData("attribute. = 5", 0)]
    [InlineData("category = \" > \"", 11)]
    [InlineData("hidden > 5", 7)]
    [InlineData("price = 1.2.3", 8)]
    [InlineData("price = 5 and", 13)]
    public void An_error_tells_where_and_what_to_do(string text, int position)
    {
        Filter.TryParse(text, out var filter, out var error).ShouldBeFalse();
        filter.ShouldBeNull();
        error!.Position.ShouldBe(position, error.ToString());
        error.Message.ShouldNotBeEmpty();
        error.Remedy.ShouldNotBeEmpty();
    }

    [Fact]
    public void Length_and_depth_are_limited()
    {
        Filter.TryParse(new string(' ', Filter.MaxLength) + "price = 1", out _, out var tooLong).ShouldBeFalse();
        tooLong!.Message.ShouldContain("longer");
        var deep = new string('(', Filter.MaxDepth + 1) + "price = 1" + new string(')', Filter.MaxDepth + 1);
        Filter.TryParse(deep, out _, out var tooDeep).ShouldBeFalse();
        tooDeep!.Message.ShouldContain("deeper");
    }

    [Fact]
    public void Matching_allocates_nothing()
    {
        const string text = "category = \"Men > Jackets\" and price < 50 and attribute.weight < 300 and title contains \"rain\"";
        Filter.TryParse(text, out var filter, out _).ShouldBeTrue();
        filter!.Matches(Jacket).ShouldBeTrue();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            filter.Matches(Jacket);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }
}
