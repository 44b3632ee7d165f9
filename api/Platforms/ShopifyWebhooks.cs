using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Personalization.Platforms;

/// <summary>
/// Shopify's webhooks. An order comes whole each time, with the time of its last change: the newest word counts, in whatever
/// order the webhooks come.
/// </summary>
sealed class ShopifyWebhooks(PlatformSettings settings, string storefront)
{
    /// <summary>An attribute of the cart in which a theme passes on the visitor's anonymous id.</summary>
    public const string VisitorAttribute = "personalization_anonymous_id";

    /// <summary>A webhook with so many variants may not hold them all.</summary>
    const int MaxVariants = 100;

    public PlatformNews Read(string topic, JsonElement body) =>
        topic switch
        {
            "orders/create" or "orders/paid" or "orders/updated" or "orders/cancelled" => Order(body),
            "orders/fulfilled" or "orders/partially_fulfilled" => Order(body),
            "checkouts/create" or "checkouts/update" => Checkout(body),
            "carts/create" or "carts/update" => Cart(body),
            "customers/create" or "customers/update" or "customers/enable" => Customer(body),
            "customers_email_marketing_consent/update" or "customers/marketing_consent_update" => Consent(body),
            "customers/redact" => new() { Forgotten = NamesOf(body.At("customer") ?? default) },
            "customers/data_request" => new() { Request = "A customer of Shopify asks for their data." },
            "shop/redact" => new() { Request = "Shopify asks to erase the shop's data." },
            "products/create" or "products/update" => Product(body),
            "products/delete" => new() { WholeGroup = body.Text("id") },
            _ => PlatformNews.Nothing("unused-topic"),
        };

    PlatformNews Order(JsonElement order)
    {
        if (order.IsTrue("test"))
            return PlatformNews.Nothing("test-order");
        var (news, who) = (new PlatformNews(), Who(order));
        var id = order.Text("id");
        var number = order.Text("name")?.TrimStart('#') ?? order.Text("order_number") ?? id;
        var (created, updated) = (order.Text("processed_at") ?? order.Text("created_at"), order.Text("updated_at"));
        var properties = OrderProperties(order, number);
        news.Track(who, "Order Completed", $"shopify-order-{id}", created, properties);
        if (order.Text("cancelled_at") is { } cancelled)
            news.Track(who, "Order Cancelled", $"shopify-order-{id}-cancelled", cancelled, Whole(number, properties));
        else if (updated is not null && updated != created)
            news.Track(who, "Order Updated", $"shopify-order-{id}-{updated}", updated, (JsonObject)properties.DeepClone());
        if (order.Text("financial_status") is "paid" or "partially_refunded" or "refunded")
            news.Track(who, "Order Paid", $"shopify-order-{id}-paid", created, new() { ["order_id"] = number });
        if (order.List("fulfillments").FirstOrDefault() is { ValueKind: JsonValueKind.Object } sent)
            news.Track(
                who,
                "Order Shipped",
                $"shopify-order-{id}-sent",
                sent.Text("created_at"),
                new() { ["order_id"] = number }
            );
        // A cancelled order has gone back whole; its refund is the same money.
        if (order.Text("cancelled_at") is null)
            Refunds(news, who, number, order);
        return news;
    }

    /// <summary>Every word about an order repeats all its refunds: each tells what was refunded up to it, and so counts once.</summary>
    void Refunds(PlatformNews news, JsonObject who, string? number, JsonElement order)
    {
        var inAll = 0m;
        foreach (var refund in order.List("refunds").OrderBy(one => one.Number("id")))
            // Goods that come back without money change nothing of what the order was worth.
            if (RefundedOf(refund) is > 0 and var amount)
                Refund(news, who, number, refund, inAll += amount, order.Copy("currency"));
    }

    void Refund(PlatformNews news, JsonObject who, string? number, JsonElement refund, decimal inAll, JsonNode? currency)
    {
        var returned = refund
            .List("refund_line_items")
            .Where(line => line.At("line_item") is not null)
            .Select(line => LineOf(line.At("line_item")!.Value, line.Copy("quantity")));
        news.Track(
            who,
            "Order Refunded",
            $"shopify-refund-{refund.Text("id")}",
            refund.Text("processed_at") ?? refund.Text("created_at"),
            new()
            {
                ["order_id"] = number,
                ["refunded_total"] = inAll,
                ["currency"] = currency,
                ["products"] = new JsonArray([.. returned]),
            }
        );
    }

    static JsonObject Whole(string? number, JsonObject properties) =>
        new() { ["order_id"] = number, ["products"] = properties["products"]!.DeepClone() };

    static decimal RefundedOf(JsonElement refund) =>
        refund
            .List("transactions")
            .Where(one => one.Text("kind") == "refund" && one.Text("status") is null or "success")
            .Sum(one => one.Number("amount") ?? 0);

    JsonObject OrderProperties(JsonElement order, string? number)
    {
        var back = order.List("refunds").Sum(RefundedOf);
        // What it is worth now and what was given back: so an order that was edited counts as it is, and a refund once.
        var total = order.Number("current_total_price") is { } current ? current + back : order.Number("total_price");
        var returned = order
            .List("refunds")
            .SelectMany(refund => refund.List("refund_line_items"))
            .ToLookup(line => line.Text("line_item_id"), line => line.Number("quantity") ?? 0);
        return new()
        {
            ["order_id"] = number,
            ["checkout_id"] = order.Copy("checkout_token"),
            ["total"] = total,
            ["subtotal"] = order.Copy("subtotal_price"),
            ["tax"] = order.Copy("total_tax"),
            ["discount"] = order.Copy("total_discounts"),
            ["shipping"] = order.At("total_shipping_price_set")?.At("shop_money")?.Copy("amount"),
            ["currency"] = order.Copy("currency"),
            ["coupon"] = order.List("discount_codes").Select(one => one.Copy("code")).FirstOrDefault(),
            ["products"] = new JsonArray([
                .. order
                    .List("line_items")
                    .Select(line => (Line: line, Quantity: QuantityOf(line, returned[line.Text("id")].Sum())))
                    .Where(one => one.Quantity is not 0)
                    .Select(one => LineOf(one.Line, one.Quantity)),
            ]),
        };
    }

    static decimal? QuantityOf(JsonElement line, decimal returned) =>
        line.Number("current_quantity") is { } current ? current + returned : line.Number("quantity");

    JsonObject LineOf(JsonElement line, JsonNode? quantity) =>
        new()
        {
            ["product_id"] = settings.Product(line.Text("sku"), line.Text("variant_id"), line.Text("product_id")),
            ["name"] = line.Copy("title"),
            ["brand"] = line.Copy("vendor"),
            ["variant"] = line.Copy("variant_title"),
            ["price"] = line.Copy("price"),
            ["quantity"] = quantity,
        };

    JsonArray LinesOf(JsonElement of) => new([.. of.List("line_items").Select(line => LineOf(line, line.Copy("quantity")))]);

    PlatformNews Checkout(JsonElement checkout)
    {
        // It has become an order, which is told of by itself.
        if (checkout.Text("completed_at") is not null)
            return PlatformNews.Nothing("completed-checkout");
        var (news, updated) = (new PlatformNews(), checkout.Text("updated_at") ?? checkout.Text("created_at"));
        news.Track(
            Who(checkout),
            "Checkout Started",
            $"shopify-checkout-{checkout.Text("token")}-{updated}",
            updated,
            new()
            {
                ["checkout_id"] = checkout.Copy("token"),
                ["value"] = checkout.Copy("total_price"),
                ["currency"] = checkout.Copy("currency") ?? checkout.Copy("presentment_currency"),
                ["products"] = LinesOf(checkout),
            }
        );
        return news;
    }

    /// <summary>A cart names nobody, unless the theme passes on who the visitor is.</summary>
    PlatformNews Cart(JsonElement cart)
    {
        var who = Who(cart);
        if (who["anonymousId"] is null)
            return PlatformNews.Nothing("cart-of-nobody");
        var (news, updated) = (new PlatformNews(), cart.Text("updated_at"));
        var properties = new JsonObject { ["cart_id"] = cart.Copy("token"), ["products"] = LinesOf(cart) };
        news.Track(who, "Cart Viewed", $"shopify-cart-{cart.Text("token")}-{updated}", updated, properties);
        return news;
    }

    PlatformNews Customer(JsonElement customer)
    {
        var (news, who, id) = (new PlatformNews(), WhoIs(customer), customer.Text("id"));
        var updated = customer.Text("updated_at");
        var traits = new JsonObject();
        foreach (
            var (from, to) in (ReadOnlySpan<(string, string)>)
                [
                    ("email", "email"),
                    ("phone", "phone"),
                    ("first_name", "firstName"),
                    ("last_name", "lastName"),
                    ("created_at", "createdAt"),
                ]
        )
            if (customer.Copy(from) is { } value)
                traits[to] = value;
        news.Identify(who, $"shopify-customer-{id}-{updated}", updated, traits);
        AddConsent(news, who, customer, customer.At("email_marketing_consent") ?? default);
        return news;
    }

    PlatformNews Consent(JsonElement change)
    {
        var news = new PlatformNews();
        var about = new JsonObject
        {
            ["userId"] = settings.User(change.Text("customer_id"), change.Text("email_address") ?? change.Text("email")),
        };
        AddConsent(news, about, change, change.At("email_marketing_consent") ?? default);
        return news;
    }

    /// <summary>What has never been asked is no word, and one that waits for its confirmation is none yet.</summary>
    static void AddConsent(PlatformNews news, JsonObject who, JsonElement customer, JsonElement consent)
    {
        var name = consent.Text("state")?.ToLowerInvariant() switch
        {
            "subscribed" => "Subscribed",
            "unsubscribed" or "redacted" => "Unsubscribed",
            _ => null,
        };
        if (name is null)
            return;
        var time = consent.Text("consent_updated_at") ?? customer.Text("updated_at");
        var properties = new JsonObject
        {
            ["channel"] = "email",
            ["email"] = customer.Copy("email") ?? customer.Copy("email_address"),
            ["origin"] = "shopify " + consent.Text("opt_in_level"),
        };
        news.Track(who, name, $"shopify-consent-{customer.Text("id") ?? customer.Text("customer_id")}-{time}", time, properties);
    }

    PlatformNews Product(JsonElement product)
    {
        var (id, handle) = (product.Text("id"), product.Text("handle"));
        var variants = product.List("variants").ToList();
        var news = new PlatformNews { WholeGroup = variants.Count < MaxVariants ? id : null };
        foreach (var variant in variants)
            if (settings.Product(variant.Text("sku"), variant.Text("id"), id, handle) is { } own)
                news.Products.Add(ProductOf(own, product, variant));
        return news;
    }

    JsonObject ProductOf(string id, JsonElement product, JsonElement variant)
    {
        var handle = product.Text("handle");
        var attributes = new JsonObject { [PlatformNews.Group] = product.Text("id") };
        if (variant.Text("title") is { } title and not "Default Title")
            attributes["variant"] = title;
        if (product.Text("tags") is { } tags)
            attributes["tags"] = tags;
        if (variant.Text("compare_at_price") is { } before)
            attributes["compare_at_price"] = before;
        var body = new JsonObject
        {
            ["id"] = id,
            ["hidden"] =
                product.Text("status") is "draft" or "archived"
                || (product.Text("status") is null && product.Text("published_at") is null),
            ["attributes"] = attributes,
        };
        Set(body, "title", product.Copy("title"));
        Set(body, "brand", product.Copy("vendor"));
        Set(body, "category", product.Copy("product_type"));
        Set(body, "price", variant.Copy("price"));
        Set(body, "created", product.Copy("created_at"));
        Set(body, "image", ImageOf(product, variant));
        if (handle is not null)
            body["url"] = $"{storefront.TrimEnd('/')}/products/{handle}?variant={variant.Text("id")}";
        // Where the shop does not count a product, or sells it beyond what there is, its stock says nothing.
        if (variant.Text("inventory_management") is not null && variant.Text("inventory_policy") != "continue")
            Set(body, "stock", variant.Copy("inventory_quantity"));
        return body;
    }

    static JsonNode? ImageOf(JsonElement product, JsonElement variant)
    {
        var own = variant.Text("image_id");
        var image = product.List("images").FirstOrDefault(one => own is not null && one.Text("id") == own);
        return image.Copy("src") ?? product.At("image")?.Copy("src");
    }

    static void Set(JsonObject body, string name, JsonNode? value)
    {
        if (value is not null)
            body[name] = value;
    }

    /// <summary>Who ordered, and the visitor whose browser the cart came from.</summary>
    JsonObject Who(JsonElement of)
    {
        var customer = of.At("customer") ?? default;
        var email = of.Text("email") ?? of.Text("contact_email") ?? customer.Text("email");
        var who = new JsonObject { ["userId"] = settings.User(customer.Text("id"), email) };
        var visitor = of.List("note_attributes").FirstOrDefault(one => one.Text("name") == VisitorAttribute).Text("value");
        if ((visitor ?? of.At("attributes")?.Text(VisitorAttribute)) is { } anonymous)
            who["anonymousId"] = anonymous;
        return who;
    }

    JsonObject WhoIs(JsonElement customer) => new() { ["userId"] = settings.User(customer.Text("id"), customer.Text("email")) };

    /// <summary>All names under which a customer may be known.</summary>
    static string[] NamesOf(JsonElement customer) =>
        [.. new[] { customer.Text("id"), customer.Text("email")?.Trim().ToLower(CultureInfo.InvariantCulture) }.OfType<string>()];
}
