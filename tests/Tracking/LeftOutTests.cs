using Personalization.Events;
using Shouldly;
using Xunit;
using static Personalization.Tests.Tracking.TrackingExamples;

namespace Personalization.Tests.Tracking;

/// <summary>A value beyond the bounds is left out and named; it never costs the event.</summary>
public sealed class LeftOutTests
{
    [Theory]
    [InlineData("properties.price", "-0.01")]
    [InlineData("properties.price", "1e400")]
    [InlineData("properties.price", "\"1e400\"")]
    [InlineData("properties.price", "-1e400")]
    [InlineData("properties.price", "922337203685477.6")]
    [InlineData("properties.price", "1000000000.01")]
    [InlineData("properties.value", "900000000000000")]
    [InlineData("properties.quantity", "-1")]
    [InlineData("properties.quantity", "100001")]
    [InlineData("properties.quantity", "\"99999999999999999999999999999999999999\"")]
    [InlineData("properties.products[2].quantity", "[{},null,{\"id\":1,\"quantity\":-2}]", "products")]
    [InlineData("properties.products.price", "{\"id\":1,\"price\":-1}", "products")]
    public void A_value_beyond_the_bounds_is_named_and_the_event_kept(string field, string value, string? property = null)
    {
        property ??= field["properties.".Length..];
        var call = Track("Product Added", $$"""{"product_id":"p-1","{{property}}":{{value}}}""").Call!;

        var warning = call.Warnings!.ShouldHaveSingleItem();
        warning.Field.ShouldBe(field);
        warning.Message.ShouldStartWith(field);
        warning.Message.ShouldNotContain(value);
        call.Amount.ShouldBeNull();
        call.Lines.ShouldHaveSingleItem().Price.ShouldBe(0);
        call.Lines[0].Quantity.ShouldBe(1);
    }

    [Theory]
    [InlineData("6")]
    [InlineData("\"0\"")]
    [InlineData("1e300")]
    public void A_rating_lies_between_one_and_five(string rating)
    {
        var call = Track("Product Reviewed", $$"""{"product_id":"p","rating":{{rating}}}""").Call!;

        call.Rating.ShouldBe(0);
        call.Warnings!.ShouldHaveSingleItem().Field.ShouldBe("properties.rating");
    }

    [Fact]
    public void The_greatest_values_count_without_a_warning()
    {
        var call = Track("Order Completed", """{"total":1e9,"products":[{"id":1,"price":1000000000,"quantity":100000}]}""").Call!;

        call.Warnings.ShouldBeNull();
        call.Amount.ShouldBe(Bounds.MaxAmount);
        call.Lines.ShouldHaveSingleItem().Quantity.ShouldBe(Bounds.MaxQuantity);
    }

    [Fact]
    public void A_call_with_very_many_such_values_is_told_of_the_first_sixteen()
    {
        var products = string.Join(',', Enumerable.Range(0, 500).Select(i => $$"""{"id":{{i}},"price":-1}"""));

        var call = Track("Order Completed", $$"""{"products":[{{products}}]}""").Call!;

        call.Lines.Length.ShouldBe(500);
        call.Warnings!.Count.ShouldBe(16);
        call.Warnings[^1].Field.ShouldBe("properties.products[15].price");
    }
}
