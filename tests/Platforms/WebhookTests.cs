using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Personalization.Platforms;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Platforms;

/// <summary>A server that takes signed webhooks of both platforms.</summary>
public sealed class WebhookServer : IAsyncLifetime
{
    const string Old = "shopify-secret-before",
        New = "shopify-secret-now",
        Woo = "woo-secret";

    public TestServer Server { get; private set; } = null!;

    public async Task InitializeAsync() =>
        Server = await TestServer.StartAsync(
            settings: new()
            {
                ["Platforms:Shopify:WebhookSecrets:0"] = New,
                ["Platforms:Shopify:WebhookSecrets:1"] = Old,
                ["Platforms:WooCommerce:WebhookSecrets:0"] = Woo,
                ["Shop:Url"] = "https://shop.test/",
            }
        );

    public async Task DisposeAsync() => await Server.DisposeAsync();

    public Task<(int Status, JsonElement Body)> ShopifyAsync(string topic, string body, string secret = New) =>
        SendAsync("/v1/webhooks/shopify", "X-Shopify-Topic", topic, "X-Shopify-Hmac-Sha256", body, secret);

    public Task<(int Status, JsonElement Body)> WooAsync(string topic, string body, string secret = Woo) =>
        SendAsync("/v1/webhooks/woocommerce", "X-WC-Webhook-Topic", topic, "X-WC-Webhook-Signature", body, secret);

    async Task<(int, JsonElement)> SendAsync(
        string path,
        string topicHeader,
        string topic,
        string signatureHeader,
        string body,
        string secret
    )
    {
        // As the platform sends it: no key of ours.
        using var http = new HttpClient { BaseAddress = new Uri(Server.Url) };
        var bytes = Encoding.UTF8.GetBytes(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(topicHeader, topic);
        request.Headers.Add(signatureHeader, Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), bytes)));
        using var answer = await http.SendAsync(request);
        return ((int)answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }

    public async Task<JsonElement> CustomerAsync(string id)
    {
        var (status, body) = await Server.GetAsync("/v1/customers/" + id);
        status.ShouldBe(200, id);
        return body;
    }

    /// <summary>A payload of tests/Platforms, changed for this test.</summary>
    public static JsonObject Payload(string name, params (string Path, JsonNode? Value)[] changes)
    {
        var file = Path.Combine(AppContext.BaseDirectory, "Platforms", name + ".json");
        var payload = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        foreach (var (path, value) in changes)
        {
            var parts = path.Split('.');
            var inner = parts[..^1].Aggregate(payload, (at, part) => at[part]!.AsObject());
            inner[parts[^1]] = value;
        }
        return payload;
    }
}

/// <summary>Shopify's webhooks, as they are sent (R87).</summary>
public sealed class ShopifyWebhookTests(WebhookServer shared) : IClassFixture<WebhookServer>
{
    static JsonObject OrderOf(string who, string number, params (string, JsonNode?)[] changes) =>
        WebhookServer.Payload(
            "shopify-order",
            [
                ("id", number + "00"),
                ("name", "#" + number),
                ("email", $"{who}@shop.test"),
                ("customer.email", $"{who}@shop.test"),
                .. changes,
            ]
        );

    static readonly JsonNode Refunds = JsonNode.Parse(
        """
        [{"id":901,"created_at":"2026-03-05T10:00:00+01:00",
          "refund_line_items":[{"line_item_id":11,"quantity":1,"line_item":{"id":11,"sku":"J-55-M","variant_id":551,"product_id":55,"price":"39.90"}}],
          "transactions":[{"kind":"refund","status":"success","amount":"39.90"}]}]
        """
    )!;

    async Task SendAsync(string topic, JsonObject body) =>
        (await shared.ShopifyAsync(topic, body.ToJsonString())).Status.ShouldBe(200, topic);

    async Task<(int Orders, decimal Revenue, int Events)> WorthAsync(string who)
    {
        var customer = await shared.CustomerAsync($"{who}@shop.test");
        return (
            customer.GetProperty("orders").GetInt32(),
            customer.GetProperty("revenue").GetDecimal(),
            customer.GetProperty("events").GetInt32()
        );
    }

    [Fact]
    public async Task An_order_paid_changed_and_refunded_is_worth_the_same_in_whatever_order_the_webhooks_come()
    {
        (string Topic, JsonObject Body)[] Story(string who, string number) =>
            [
                ("orders/create", OrderOf(who, number, ("financial_status", "pending"))),
                ("orders/paid", OrderOf(who, number)),
                (
                    "orders/updated",
                    OrderOf(who, number, ("updated_at", "2026-03-04T09:00:00+01:00"), ("current_total_price", "99.70"))
                ),
                (
                    "orders/updated",
                    OrderOf(
                        who,
                        number,
                        ("updated_at", "2026-03-05T10:00:01+01:00"),
                        ("current_total_price", "59.80"),
                        ("financial_status", "partially_refunded"),
                        ("refunds", Refunds.DeepClone())
                    )
                ),
            ];
        foreach (var (topic, body) in Story("forth", "2001"))
            await SendAsync(topic, body);
        foreach (var (topic, body) in Story("back", "2002").Reverse())
            await SendAsync(topic, body);
        foreach (var (topic, body) in Story("twice", "2003").Concat(Story("twice", "2003")))
            await SendAsync(topic, body);
        foreach (var who in new[] { "forth", "back", "twice" })
            (await WorthAsync(who)).ShouldBe((1, 99.70m, 5), who);
    }

    [Fact]
    public async Task A_cancelled_order_goes_back_once_and_a_test_order_never_was()
    {
        await SendAsync("orders/create", OrderOf("cancelled", "2010"));
        var cancelled = OrderOf(
            "cancelled",
            "2010",
            ("cancelled_at", "2026-03-04T09:00:00+01:00"),
            ("updated_at", "2026-03-04T09:00:01+01:00"),
            ("refunds", Refunds.DeepClone())
        );
        await SendAsync("orders/cancelled", cancelled);
        await SendAsync("orders/updated", cancelled);
        var customer = await shared.CustomerAsync("cancelled@shop.test");
        customer.GetProperty("orders").GetInt32().ShouldBe(1);
        customer.GetProperty("cancellations").GetInt32().ShouldBe(1);
        customer.GetProperty("events").GetInt32().ShouldBe(3);
        await SendAsync("orders/create", OrderOf("tester", "2011", ("test", true)));
        (await shared.Server.GetAsync("/v1/customers/tester@shop.test")).Status.ShouldBe(404);
    }

    [Fact]
    public void A_refund_is_what_was_paid_back_and_names_what_came_back()
    {
        var order = OrderOf("pure", "2040", ("current_total_price", "59.80"), ("refunds", Refunds.DeepClone()));
        var calls = new ShopifyWebhooks(new PlatformSettings(), "https://shop.test")
            .Read("orders/updated", JsonSerializer.SerializeToElement(order))
            .Calls;
        var refund = calls.Single(call => (string?)call!["event"] == "Order Refunded")!["properties"]!;
        ((decimal)refund["refunded_total"]!).ShouldBe(39.90m);
        ((string?)refund["products"]![0]!["product_id"]).ShouldBe("J-55-M");
        ((decimal)calls[0]!["properties"]!["total"]!).ShouldBe(99.70m);
    }

    [Fact]
    public async Task The_visitor_whose_cart_became_the_order_is_its_customer()
    {
        await shared.Server.PostAsync(
            "/v1/track",
            """{"anonymousId":"shopify-v","event":"Product Viewed","properties":{"product_id":"J-77"}}""",
            TestServer.WriteKey
        );
        var note = JsonNode.Parse("""[{"name":"personalization_anonymous_id","value":"shopify-v"}]""");
        await SendAsync("orders/create", OrderOf("visitor", "2020", ("note_attributes", note)));
        var customer = await shared.CustomerAsync("visitor@shop.test");
        customer.GetProperty("recentlyViewed").EnumerateArray().Select(id => id.GetString()).ShouldContain("J-77");
    }

    [Fact]
    public async Task A_customer_brings_traits_and_consent_and_is_forgotten_when_Shopify_says_so()
    {
        await SendAsync("customers/update", WebhookServer.Payload("shopify-customer"));
        var customer = await shared.CustomerAsync("ana@shop.test");
        customer.GetProperty("profile").GetProperty("traits").GetProperty("firstName").GetString().ShouldBe("Ana");
        var consents = (await shared.Server.GetAsync("/v1/customers/ana@shop.test/consent")).Body.GetRawText();
        consents.ShouldContain("email");
        await SendAsync("customers/data_request", WebhookServer.Payload("shopify-redact"));
        (await shared.Server.GetAsync("/v1/customers/ana@shop.test")).Status.ShouldBe(200);
        await SendAsync("customers/redact", WebhookServer.Payload("shopify-redact"));
        (await shared.Server.GetAsync("/v1/customers/ana@shop.test")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task A_product_is_its_variants_and_one_that_is_gone_is_taken_out()
    {
        await SendAsync("products/create", WebhookServer.Payload("shopify-product"));
        var medium = (await shared.Server.GetAsync("/v1/products/J-88-M")).Body;
        medium.GetProperty("title").GetString().ShouldBe("Rain jacket");
        medium.GetProperty("price").GetDecimal().ShouldBe(39.90m);
        medium.GetProperty("stock").GetInt32().ShouldBe(7);
        medium.GetProperty("brand").GetString().ShouldBe("Orvo");
        medium.GetProperty("url").GetString().ShouldBe("https://shop.test/products/rain-jacket?variant=881");
        var large = WebhookServer.Payload("shopify-product");
        large["variants"]!.AsArray().RemoveAt(0);
        await SendAsync("products/update", large);
        (await shared.Server.GetAsync("/v1/products/J-88-M")).Status.ShouldBe(404);
        (await shared.Server.GetAsync("/v1/products/J-88-L")).Status.ShouldBe(200);
        await SendAsync("products/delete", new() { ["id"] = 88 });
        (await shared.Server.GetAsync("/v1/products/J-88-L")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Only_a_signature_of_a_known_secret_is_taken_and_an_unknown_topic_is_acknowledged()
    {
        var order = OrderOf("signed", "2030").ToJsonString();
        (await shared.ShopifyAsync("orders/create", order, "another-secret")).Status.ShouldBe(401);
        (await shared.Server.GetAsync("/v1/customers/signed@shop.test")).Status.ShouldBe(404);
        (await shared.ShopifyAsync("orders/create", order, "shopify-secret-before")).Status.ShouldBe(200);
        (await shared.ShopifyAsync("themes/publish", "{}")).Status.ShouldBe(200);
        (await shared.ShopifyAsync("orders/create", "[]")).Status.ShouldBe(400);
        (await shared.ShopifyAsync("orders/create", "{}")).Body.GetProperty("refused").GetInt32().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task What_a_platform_might_send_some_day_is_never_an_error_of_the_server()
    {
        var chance = new Random(13);
        (string Topic, string Body)[] payloads =
        [
            ("orders/updated", OrderOf("fuzz", "2050", ("refunds", Refunds.DeepClone())).ToJsonString()),
            ("customers/update", WebhookServer.Payload("shopify-customer").ToJsonString()),
            ("products/update", WebhookServer.Payload("shopify-product").ToJsonString()),
        ];
        string[] values = ["null", "[]", "{}", "\"\"", "-1", "1e30", "\"x\"", "true"];
        for (var i = 0; i < 150; i++)
        {
            var (topic, body) = payloads[i % payloads.Length];
            // A value of another kind than it was.
            var colons = Enumerable.Range(0, body.Length).Where(at => body[at] == ':' && body[at - 1] == '"').ToList();
            var at = colons[chance.Next(colons.Count)] + 1;
            var end = body.IndexOfAny([',', '}', ']'], at);
            var mutated = body[..at] + values[chance.Next(values.Length)] + body[end..];
            (await shared.ShopifyAsync(topic, mutated)).Status.ShouldBeLessThan(500, mutated);
        }
    }

    [Fact]
    public async Task Without_a_secret_the_answer_names_the_setting()
    {
        await using var server = await TestServer.StartAsync();
        var (status, problem) = await server.PostAsync("/v1/webhooks/shopify", "{}");
        status.ShouldBe(404);
        problem.GetProperty("remedy").GetString()!.ShouldContain("Platforms:Shopify:WebhookSecrets:0");
    }
}

/// <summary>WooCommerce's webhooks, as they are sent (R87).</summary>
public sealed class WooCommerceWebhookTests(WebhookServer shared) : IClassFixture<WebhookServer>
{
    async Task SendAsync(string topic, JsonObject body) =>
        (await shared.WooAsync(topic, body.ToJsonString())).Status.ShouldBe(200, topic);

    static JsonObject OrderOf(string who, string number, string status, string changed, params (string, JsonNode?)[] more) =>
        WebhookServer.Payload(
            "woocommerce-order",
            [
                ("id", number),
                ("number", number),
                ("status", status),
                ("date_modified_gmt", changed),
                ("billing.email", $"{who}@shop.test"),
                .. more,
            ]
        );

    [Theory]
    [InlineData("woo-forth", false)]
    [InlineData("woo-back", true)]
    public async Task An_order_goes_its_way_from_begun_to_refunded_whatever_comes_first(string who, bool backwards)
    {
        var number = backwards ? "3002" : "3001";
        var refunds = JsonNode.Parse("""[{"id":77,"reason":"","total":"-10.00"}]""");
        (string Topic, JsonObject Body)[] story =
        [
            ("order.created", OrderOf(who, number, "pending", "2026-03-02T09:00:00", ("date_paid_gmt", null))),
            ("order.updated", OrderOf(who, number, "processing", "2026-03-02T09:05:00")),
            ("order.updated", OrderOf(who, number, "completed", "2026-03-03T09:05:00")),
            ("order.updated", OrderOf(who, number, "completed", "2026-03-04T09:05:00", ("refunds", refunds))),
        ];
        foreach (var (topic, body) in backwards ? story.Reverse() : story)
            await SendAsync(topic, body);
        var customer = await shared.CustomerAsync($"{who}@shop.test");
        customer.GetProperty("orders").GetInt32().ShouldBe(1);
        customer.GetProperty("revenue").GetDecimal().ShouldBe(44.80m);
        // Begun, completed, three changes, paid and refunded.
        customer.GetProperty("events").GetInt32().ShouldBe(7);
    }

    [Fact]
    public async Task An_order_that_was_not_paid_is_a_checkout_and_no_order()
    {
        await SendAsync("order.created", OrderOf("woo-begun", "3010", "failed", "2026-03-02T09:00:00"));
        (await shared.CustomerAsync("woo-begun@shop.test")).GetProperty("orders").GetInt32().ShouldBe(0);
        await SendAsync("order.created", OrderOf("woo-draft", "3011", "checkout-draft", "2026-03-02T09:00:00"));
        (await shared.Server.GetAsync("/v1/customers/woo-draft@shop.test")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task A_product_and_a_customer_are_taken_over_and_a_deleted_product_is_taken_out()
    {
        await SendAsync("product.updated", WebhookServer.Payload("woocommerce-product"));
        var product = (await shared.Server.GetAsync("/v1/products/W-90")).Body;
        product.GetProperty("price").GetDecimal().ShouldBe(12.50m);
        product.GetProperty("category")[0].GetString().ShouldBe("Lamps");
        product.GetProperty("rating").GetDouble().ShouldBe(4.5);
        await SendAsync("product.deleted", new() { ["id"] = 90 });
        (await shared.Server.GetAsync("/v1/products/W-90")).Status.ShouldBe(404);
        await SendAsync(
            "customer.created",
            new()
            {
                ["id"] = 5,
                ["email"] = "Bo@Shop.test",
                ["first_name"] = "Bo",
                ["date_created_gmt"] = "2026-03-02T09:00:00",
            }
        );
        (await shared.CustomerAsync("bo@shop.test")).GetProperty("profile").GetRawText().ShouldContain("Bo");
    }

    [Fact]
    public async Task The_first_ping_is_answered_and_a_wrong_signature_is_refused()
    {
        using var http = new HttpClient { BaseAddress = new Uri(shared.Server.Url) };
        var ping = new FormUrlEncodedContent([new("webhook_id", "1")]);
        (await http.PostAsync("/v1/webhooks/woocommerce", ping)).IsSuccessStatusCode.ShouldBeTrue();
        (await shared.WooAsync("order.created", "{}", "another-secret")).Status.ShouldBe(401);
    }
}
