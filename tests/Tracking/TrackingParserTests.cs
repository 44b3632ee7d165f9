using System.Text.Json;
using Personalization.Events;
using Personalization.Tracking;
using Shouldly;
using Xunit;
using static Personalization.Tests.Tracking.TrackingExamples;

namespace Personalization.Tests.Tracking;

public class TrackingParserTests
{
    public static TheoryData<string> CommerceNames => [.. Commerce.Select(e => e.Name)];

    [Theory, MemberData(nameof(CommerceNames))]
    public void Every_event_of_the_e_commerce_spec_becomes_its_kind_products_reference_and_label(string name)
    {
        var expected = Commerce.Single(e => e.Name == name);
        var parsed = Track(name, expected.Properties);

        parsed.Problem.ShouldBeNull();
        var call = parsed.Call!;
        call.Kind.ShouldBe(expected.Kind);
        string.Join(' ', call.Lines.Select(l => $"{l.ProductId}x{l.Quantity}@{l.Price}")).ShouldBe(expected.Products);
        call.Reference.ShouldBe(expected.Reference);
        call.Label.ShouldBe(expected.Label);
        call.AnonymousId.ShouldBe("a-7f3e");
        call.Time.ShouldBe(ReceivedAt);
    }

    [Theory]
    [InlineData("Viewed Product", EventKind.ProductViewed, """{"id":"p-55"}""", "p-55")]
    [InlineData("Clicked Product", EventKind.ProductClicked, """{"id":"p-55"}""", "p-55")]
    [InlineData("Added Product", EventKind.ProductAdded, """{"id":"p-55","sku":"J"}""", "p-55")]
    [InlineData("Removed Product", EventKind.ProductRemoved, """{"sku":"J-55"}""", "J-55")]
    [InlineData("Viewed Product Category", EventKind.ProductListViewed, """{"category":"Jackets"}""", null)]
    [InlineData("Completed Order", EventKind.OrderCompleted, """{"orderId":"o-1","products":[{"id":"p-55"}]}""", "p-55")]
    [InlineData("Updated Order", EventKind.OrderUpdated, """{"orderId":"o-1","products":[{"sku":"J"}]}""", "J")]
    [InlineData("Started Order", EventKind.CheckoutStarted, """{"products":[{"productId":"p-55"}]}""", "p-55")]
    [InlineData("Viewed Checkout Step", EventKind.CheckoutStepViewed, "{}", null)]
    [InlineData("Completed Checkout Step", EventKind.CheckoutStepCompleted, "{}", null)]
    [InlineData("Viewed Promotion", EventKind.PromotionViewed, """{"id":"spring"}""", null)]
    [InlineData("clicked promotion", EventKind.PromotionClicked, """{"id":"spring"}""", null)]
    public void The_names_of_the_spec_s_first_version_are_understood(
        string name,
        EventKind kind,
        string properties,
        string? product
    )
    {
        var call = Track(name, properties).Call!;

        call.Kind.ShouldBe(kind);
        call.Lines.Select(l => l.ProductId).FirstOrDefault().ShouldBe(product);
        if (properties.Contains("spring"))
            call.Reference.ShouldBe("spring");
        if (properties.Contains("orderId"))
            call.Reference.ShouldBe("o-1");
    }

    [Fact]
    public void A_viewed_product_brings_its_fields_for_the_catalogue_and_leaves_nothing_over()
    {
        var call = Track("Product Viewed", Commerce.Single(e => e.Kind == EventKind.ProductViewed).Properties).Call!;

        var fields = call.Lines.Single().Fields!;
        fields.ShouldBe(
            new ProductFields
            {
                Id = "p-55",
                Sku = "J-55-M",
                Name = "Rain jacket",
                Brand = "Orvo",
                Category = "Jackets",
                Variant = "M",
                Price = 399_000,
                Currency = Euro,
            }
        );
        call.Amount.ShouldBe(399_000);
        call.Currency.ShouldBe(Euro);
        call.Personal.ShouldBeNull();
    }

    [Fact]
    public void Properties_without_a_field_of_their_own_are_kept_as_they_were_sent()
    {
        var call = Track(
            "Order Completed",
            """{ "order_id":"o-1", "coupon" : "ANA10", "gift":{"wrap":[1,2]}, "total":1 }"""
        ).Call!;

        using var kept = JsonDocument.Parse(call.Personal!.Properties!);
        kept.RootElement.EnumerateObject().Select(p => p.Name).ShouldBe(["coupon", "gift"]);
        kept.RootElement.GetProperty("gift").GetProperty("wrap")[1].GetInt32().ShouldBe(2);
    }

    [Fact]
    public void An_unknown_event_is_kept_with_its_name_and_all_its_properties()
    {
        var call = Track("Size Guide Opened", """{"price":"abc","products":7,"quantity":-1}""").Call!;

        call.Kind.ShouldBe(EventKind.Other);
        call.Label.ShouldBe("Size Guide Opened");
        call.Personal!.Properties.ShouldBe("""{"price":"abc","products":7,"quantity":-1}""");
        call.Lines.ShouldBeEmpty();
    }

    [Fact]
    public void A_review_has_stars_and_its_text_is_personal()
    {
        var call = Track("Product Reviewed", """{"product_id":"p","rating":"4.5","review_body":"Warm"}""").Call!;

        call.Rating.ShouldBe(4.5f);
        call.Personal!.Text.ShouldBe("Warm");
    }

    [Fact]
    public void A_subscription_has_its_channel_and_topic_or_stands_for_all_of_mail()
    {
        var named = Track("Unsubscribed", """{"channel":"sms","topic":"offers"}""").Call!;
        (named.Reference, named.Label).ShouldBe(("sms", "offers"));
        var whole = Track("Subscribed", "{}").Call!;
        (whole.Reference, whole.Label).ShouldBe(("email", "*"));
    }

    [Fact]
    public void Who_invited_is_personal_and_why_a_sign_up_failed_is_not()
    {
        Track("Invite Accepted", """{"inviter":"c-9"}""").Call!.Personal!.Properties.ShouldBe("""{"inviter":"c-9"}""");
        Track("Invite Accepted", """{"inviter":"c-9"}""").Call!.Reference.ShouldBeNull();
        Track("Sign Up Failed", """{"reason":"password"}""").Call!.Label.ShouldBe("password");
    }

    [Fact]
    public void Identify_carries_traits_time_zone_and_locale()
    {
        var call = Read(
            CallType.Identify,
            """
            {"userId":"c-1042","anonymousId":"a-7f3e","traits":{"email":"ana@shop.test"},
             "context":{"timezone":"Europe/Lisbon","locale":"pt-PT"}}
            """
        ).Call!;

        call.Kind.ShouldBe(EventKind.Identified);
        (call.UserId, call.AnonymousId).ShouldBe(("c-1042", "a-7f3e"));
        call.Personal.ShouldBe(
            new PersonalPart
            {
                Traits = """{"email":"ana@shop.test"}""",
                TimeZone = "Europe/Lisbon",
                Locale = "pt-PT",
            }
        );
    }

    [Fact]
    public void Traits_in_the_context_count_for_an_identify_and_not_for_a_page()
    {
        const string context = """{"anonymousId":"a-1","context":{"traits":{"email":"ana@shop.test"}}}""";

        Read(CallType.Identify, context).Call!.Personal!.Traits.ShouldBe("""{"email":"ana@shop.test"}""");
        Read(CallType.Page, context).Call!.Personal.ShouldBeNull();
    }

    [Fact]
    public void A_page_has_its_name_address_and_the_source_of_the_visit()
    {
        var call = Read(
            CallType.Page,
            """
            {"anonymousId":"a-1","name":"Home","properties":{"path":"/","search":"?x","title":"Welcome","section":"front",
             "url":"https://shop.test/","referrer":"https://u:p@Search.Test:8443/find?q=ana"},
             "context":{"campaign":{"source":"news","medium":"email","name":"spring","term":"t","content":"c"}}}
            """
        ).Call!;

        call.Kind.ShouldBe(EventKind.PageViewed);
        call.Label.ShouldBe("Home");
        call.Source.ShouldBe(new VisitSource("news", "email", "spring", "t", "c", "search.test"));
        call.Personal.ShouldBe(
            new PersonalPart
            {
                Url = "https://shop.test/",
                Title = "Welcome",
                Referrer = "https://u:p@Search.Test:8443/find?q=ana",
                Properties = """{"section":"front"}""",
            }
        );
    }

    [Fact]
    public void The_shop_s_own_pages_are_no_source_of_a_visit()
    {
        Read(
            CallType.Page,
            """
            {"anonymousId":"a","context":{"page":{"url":"https://shop.test/b","referrer":"https://shop.test/a"}}}
            """
        )
            .Call!.Source.ShouldBeNull();
    }

    [Fact]
    public void Screen_group_and_alias_say_what_they_are_about()
    {
        var screen = Read(CallType.Screen, """{"userId":"c-1","name":"Basket","properties":{}}""").Call!;
        (screen.Kind, screen.Label).ShouldBe((EventKind.ScreenViewed, "Basket"));

        var group = Read(CallType.Group, """{"userId":"c-1","groupId":"house-9","traits":{"name":"Silva"}}""").Call!;
        (group.Kind, group.Reference, group.Personal!.Traits).ShouldBe((EventKind.Grouped, "house-9", """{"name":"Silva"}"""));

        var alias = Read(CallType.Alias, """{"previousId":"a-1","userId":"c-1"}""").Call!;
        (alias.Type, alias.PreviousId, alias.UserId).ShouldBe((CallType.Alias, "a-1", "c-1"));
    }

    [Fact]
    public void Numbers_may_be_text_and_ids_may_be_numbers()
    {
        var call = Read(
            CallType.Track,
            """
            {"userId":123,"event":"Product Added","properties":{"product_id":55,"price":" 39.90","quantity":"2.0"}}
            """
        ).Call!;

        call.UserId.ShouldBe("123");
        call.Lines.Single().ShouldBe(call.Lines[0] with { ProductId = "55", Quantity = 2, Price = 399_000 });
    }

    [Theory]
    [InlineData("44.8", 448_000)]
    [InlineData("44.800000000000004", 448_000)]
    [InlineData("\"0.1\"", 1_000)]
    [InlineData("0.00005", 1)]
    [InlineData("0.00004", 0)]
    [InlineData("1.5e3", 15_000_000)]
    [InlineData("999999999.9999", 9_999_999_999_999)]
    [InlineData("0", 0)]
    public void Money_is_exact_to_a_ten_thousandth(string sent, long expected) =>
        Track("Order Completed", $$"""{"total":{{sent}}}""").Call!.Amount.ShouldBe(expected);

    [Fact]
    public void The_total_is_preferred_then_the_value_then_the_revenue()
    {
        Track("Order Completed", """{"revenue":1,"value":2,"total":3}""").Call!.Amount.ShouldBe(30_000);
        Track("Order Completed", """{"revenue":1,"value":2}""").Call!.Amount.ShouldBe(20_000);
        Track("Order Completed", """{"revenue":1}""").Call!.Amount.ShouldBe(10_000);
        Track("Order Completed", "{}").Call!.Amount.ShouldBeNull();
    }

    [Fact]
    public void A_message_id_has_the_same_hash_however_it_is_spelled_and_none_has_zero()
    {
        static ulong Hash(string id) => Read(CallType.Page, $$"""{"userId":"c","messageId":{{id}}}""").Call!.Message;

        Hash("\"m-1\"").ShouldBe(Hash("\"m\\u002d1\""));
        Hash("\"m-1\"").ShouldNotBe(Hash("\"m-2\""));
        // The first eight bytes of SHA-256("m-1"): it stands in journals and may never change.
        Hash("\"m-1\"")
            .ShouldBe(
                System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(
                    System.Security.Cryptography.SHA256.HashData("m-1"u8)
                )
            );
        Hash("null").ShouldBe(0ul);
        Read(CallType.Page, """{"userId":"c"}""").Call!.Message.ShouldBe(0ul);
    }

    [Fact]
    public void Half_an_emoji_does_not_lose_the_order()
    {
        var call = Track("Order Completed", """{"order_id":"o-\ud83d","note":"\ud83d\ude00 \\ud83d \udc00x"}""").Call!;

        call.Reference.ShouldBe("o-\ufffd");
        using var kept = JsonDocument.Parse(call.Personal!.Properties!);
        kept.RootElement.GetProperty("note").GetString().ShouldBe("\U0001F600 \\ud83d \ufffdx");
    }

    [Fact]
    public void The_write_key_may_stand_in_the_body() =>
        Read(CallType.Page, """{"userId":"c","writeKey":"K"}""").WriteKey.ShouldBe("K");

    static readonly Currency Euro = Currency.TryParse("EUR", out var euro) ? euro : default;
}
