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
    [InlineData("properties.price", "\"abc\"")]
    [InlineData("properties.price", "\"NaN\"")]
    [InlineData("properties.price", "\"Infinity\"")]
    [InlineData("properties.price", "\"1.250\"")]
    [InlineData("properties.price", "\"1,250\"")]
    [InlineData("properties.price", "true")]
    [InlineData("properties.price", "{\"amount\":1}")]
    [InlineData("properties.quantity", "\"many\"")]
    [InlineData("properties.value", "\"a lot\"")]
    [InlineData("properties.currency", "\"XXX\"")]
    [InlineData("properties.currency", "\"euro\"")]
    [InlineData("properties.currency", "978")]
    [InlineData("properties.products", "true")]
    [InlineData("properties.products", "\"p-1\"")]
    [InlineData("properties.products[1].price", "[{},{\"price\":\"x\"}]", "products")]
    [InlineData("properties.products[0]", "[[]]", "products")]
    [InlineData("properties.products[0]", "[\"[Item;@1\"]", "products")]
    [InlineData("properties.products[0].price", "{\"a\":{\"id\":1,\"price\":\"x\"}}", "products")]
    [InlineData("properties.cart_id", "{\"id\":1}")]
    public void A_value_that_cannot_be_read_is_named_and_the_event_kept(string field, string value, string? property = null)
    {
        property ??= field["properties.".Length..];
        var call = Track("Product Added", $$"""{"product_id":"p-1","{{property}}":{{value}}}""").Call!;

        call.Warnings!.ShouldHaveSingleItem().Field.ShouldBe(field);
        call.Kind.ShouldBe(EventKind.ProductAdded);
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("false")]
    public void Nothing_in_any_encoder_s_spelling_is_nothing(string nothing)
    {
        var call = Read(
            Personalization.Tracking.CallType.Track,
            $$"""
            {"userId":"c","event":"Order Completed","context":{{nothing}},"traits":{{nothing}},"timestamp":{{nothing}},"messageId":{{nothing}},
             "properties":{"total":{{nothing}},"currency":{{nothing}},"products":{{nothing}},"order_id":"1"} }
            """
        ).Call!;

        call.Warnings.ShouldBeNull();
        call.Marks.ShouldBe(EventMarks.None);
        Read(Personalization.Tracking.CallType.Track, $$"""{"userId":"c","event":"x","properties":{{nothing}}}""")
            .Call!.Warnings.ShouldBeNull();
    }

    [Theory]
    [InlineData("traits", "\"x\"")]
    [InlineData("context", "1")]
    [InlineData("properties", "[1]")]
    [InlineData("messageId", "[1]")]
    [InlineData("traits.email", "{\"email\":\"none\"}", "traits")]
    [InlineData("traits.timezone", "{\"timezone\":\"home\"}", "traits")]
    [InlineData("context.timezone", "{\"timezone\":\"home\"}", "context")]
    public void A_part_of_the_call_that_cannot_be_read_is_named(string field, string value, string? part = null) =>
        Read(Personalization.Tracking.CallType.Identify, $$"""{"userId":"c","{{part ?? field}}":{{value}}}""")
            .Call!.Warnings!.ShouldHaveSingleItem()
            .Field.ShouldBe(field);

    [Fact]
    public void An_amount_in_a_currency_that_cannot_be_read_counts_as_one_without_a_rate()
    {
        var call = Track("Order Completed", """{"total":12,"currency":"euro","products":[{"id":"p","price":12}]}""").Call!;

        call.Amount.ShouldBe(120_000);
        new Personalization.Shop.ShopSettings(default, new Dictionary<Currency, decimal>())
            .ToBase(120_000, call.Currency)
            .ShouldBeNull();
        call.Lines.ShouldHaveSingleItem().Fields.ShouldBeNull();
    }

    [Fact]
    public void A_currency_beside_the_amount_counts_where_no_other_is_said()
    {
        Track("Order Completed", """{"total":"12,50 €"}""").Call!.Currency.ToString().ShouldBe("EUR");
        Track("Order Completed", """{"total":"12,50 €","currency":"USD"}""").Call!.Currency.ToString().ShouldBe("USD");
    }

    [Fact]
    public void Products_in_a_text_are_read_once()
    {
        Track("Order Completed", """{"products":"[{\"id\":\"a\"},{\"id\":\"b\"}]"}""")
            .Call!.Lines.Select(line => line.ProductId)
            .ShouldBe(["a", "b"]);
        Track("Order Completed", """{"products":"\"[{}]\""}""").Call!.Lines.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("6")]
    [InlineData("\"0\"")]
    [InlineData("1e300")]
    [InlineData("\"good\"")]
    [InlineData("\"80%\"")]
    public void A_rating_lies_between_one_and_five(string rating)
    {
        var call = Track("Product Reviewed", $$"""{"product_id":"p","rating":{{rating}}}""").Call!;

        call.Rating.ShouldBe(0);
        call.Warnings!.ShouldHaveSingleItem().Field.ShouldBe("properties.rating");
    }

    [Theory]
    [InlineData("4,5", 4.5)]
    [InlineData("4/5", 4)]
    [InlineData("4.5 of 5", 4.5)]
    public void A_rating_of_five_is_read(string rating, float stars) =>
        Track("Product Reviewed", $$"""{"product_id":"p","rating":"{{rating}}"}""").Call!.Rating.ShouldBe(stars);

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
