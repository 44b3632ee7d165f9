using System.Text.Json;
using System.Text.Json.Nodes;

namespace Personalization.Platforms;

/// <summary>WooCommerce's webhooks. Like Shopify's, each brings the whole of what it is about.</summary>
sealed class WooCommerceWebhooks(PlatformSettings settings)
{
    public PlatformNews Read(string topic, JsonElement body) =>
        topic switch
        {
            "order.created" or "order.updated" or "order.restored" => Order(body),
            "customer.created" or "customer.updated" => Customer(body),
            "product.created" or "product.updated" or "product.restored" => Product(body),
            "product.deleted" => new() { WholeGroup = body.Text("id") },
            _ => PlatformNews.Nothing("unused-topic"),
        };

    PlatformNews Order(JsonElement order)
    {
        var (id, number, status) = (order.Text("id"), order.Text("number") ?? order.Text("id"), order.Text("status"));
        var (created, changed) = (Time(order, "date_created"), Time(order, "date_modified"));
        if (status is "trash" or "auto-draft" or "checkout-draft")
            return PlatformNews.Nothing("draft-order");
        var (news, who, properties) = (new PlatformNews(), Who(order), OrderProperties(order, number));
        if (status is "pending" or "failed")
        {
            news.Track(who, "Checkout Started", $"woocommerce-order-{id}-begun", created, properties);
            return news;
        }
        if (status == "cancelled")
        {
            // One that was never placed has nothing to be taken back of.
            news.Track(who, "Order Cancelled", $"woocommerce-order-{id}-cancelled", changed, Whole(number, properties));
            return news;
        }
        news.Track(who, "Order Completed", $"woocommerce-order-{id}", created, properties);
        if (changed is not null && changed != created)
            news.Track(who, "Order Updated", $"woocommerce-order-{id}-{changed}", changed, (JsonObject)properties.DeepClone());
        if (Time(order, "date_paid") is { } paid)
            news.Track(who, "Order Paid", $"woocommerce-order-{id}-paid", paid, new() { ["order_id"] = number });
        // Every word about an order repeats all its refunds: each tells what was refunded up to it, and so counts once.
        var inAll = 0m;
        foreach (var refund in order.List("refunds").OrderBy(one => one.Number("id")))
            if (refund.Number("total") is < 0 and var amount)
                Refund(news, who, number, refund.Text("id"), inAll -= amount, order, changed);
        if (status == "refunded" && !order.List("refunds").Any())
            Refund(news, who, number, $"{id}-whole", order.Number("total") ?? 0, order, changed);
        return news;
    }

    static void Refund(
        PlatformNews news,
        JsonObject who,
        string? number,
        string? id,
        decimal inAll,
        JsonElement order,
        string? time
    )
    {
        var properties = new JsonObject
        {
            ["order_id"] = number,
            ["refunded_total"] = inAll,
            ["currency"] = order.Copy("currency"),
        };
        news.Track(who, "Order Refunded", $"woocommerce-refund-{id}", time, properties);
    }

    static JsonObject Whole(string? number, JsonObject properties) =>
        new() { ["order_id"] = number, ["products"] = properties["products"]!.DeepClone() };

    JsonObject OrderProperties(JsonElement order, string? number) =>
        new()
        {
            ["order_id"] = number,
            ["total"] = order.Copy("total"),
            ["tax"] = order.Copy("total_tax"),
            ["shipping"] = order.Copy("shipping_total"),
            ["discount"] = order.Copy("discount_total"),
            ["currency"] = order.Copy("currency"),
            ["coupon"] = order.List("coupon_lines").Select(one => one.Copy("code")).FirstOrDefault(),
            ["products"] = new JsonArray([.. order.List("line_items").Select(LineOf)]),
        };

    JsonObject LineOf(JsonElement line) =>
        new()
        {
            ["product_id"] = settings.Product(line.Text("sku"), line.Text("variation_id"), line.Text("product_id")),
            ["name"] = line.Copy("name"),
            ["price"] = line.Copy("price"),
            ["quantity"] = line.Copy("quantity"),
        };

    PlatformNews Customer(JsonElement customer)
    {
        var (news, changed) = (new PlatformNews(), Time(customer, "date_modified") ?? Time(customer, "date_created"));
        var traits = new JsonObject();
        foreach (
            var (from, to) in (ReadOnlySpan<(string, string)>)
                [("email", "email"), ("first_name", "firstName"), ("last_name", "lastName"), ("username", "username")]
        )
            if (customer.Copy(from) is { } value)
                traits[to] = value;
        if (customer.At("billing")?.Copy("phone") is { } phone)
            traits["phone"] = phone;
        var who = new JsonObject { ["userId"] = settings.User(customer.Text("id"), customer.Text("email")) };
        news.Identify(who, $"woocommerce-customer-{customer.Text("id")}-{changed}", changed, traits);
        return news;
    }

    PlatformNews Product(JsonElement product)
    {
        // A variation is a product of its own below its parent, and comes without the parent's other variations.
        var (id, parent) = (product.Text("id"), product.Text("parent_id") is { } above and not "0" ? above : null);
        var news = new PlatformNews();
        var own = parent is null
            ? settings.Product(product.Text("sku"), product: id, handle: product.Text("slug"))
            : settings.Product(product.Text("sku"), id, parent, product.Text("slug"));
        if (own is null)
            return PlatformNews.Nothing("product-without-id");
        var attributes = new JsonObject { [PlatformNews.Group] = parent ?? id };
        if (string.Join(", ", product.List("tags").Select(tag => tag.Text("name"))) is { Length: > 0 } tags)
            attributes["tags"] = tags;
        var body = new JsonObject
        {
            ["id"] = own,
            ["hidden"] = product.Text("status") != "publish" || product.Text("catalog_visibility") == "hidden",
            ["attributes"] = attributes,
        };
        foreach (var (from, to) in (ReadOnlySpan<(string, string)>)[("name", "title"), ("permalink", "url"), ("price", "price")])
            if (product.Text(from) is not null)
                body[to] = product.Copy(from);
        if (product.List("categories").Select(one => one.Text("name")).FirstOrDefault() is { } category)
            body["category"] = new JsonArray(category);
        if (product.List("images").FirstOrDefault().Text("src") is { } image)
            body["image"] = image;
        if (Time(product, "date_created") is { } created)
            body["created"] = created;
        if (product.IsTrue("manage_stock") && product.Text("backorders") is null or "no")
            body["stock"] = product.Copy("stock_quantity");
        else if (product.Text("stock_status") is { } status)
            body["stock"] = status == "outofstock" ? 0 : null;
        if (product.Number("rating_count") is > 0 and var count)
            (body["rating"], body["reviews"]) = (product.Copy("average_rating"), count);
        news.Products.Add(body);
        return news;
    }

    JsonObject Who(JsonElement order)
    {
        var email = order.At("billing")?.Text("email");
        var who = new JsonObject { ["userId"] = settings.User(order.Text("customer_id"), email) };
        var visitor = order.List("meta_data").FirstOrDefault(one => one.Text("key") == ShopifyWebhooks.VisitorAttribute);
        if (visitor.Text("value") is { } anonymous)
            who["anonymousId"] = anonymous;
        return who;
    }

    /// <summary>Times come in the shop's own zone and, with <c>_gmt</c>, without a zone in UTC.</summary>
    static string? Time(JsonElement of, string name) => of.Text(name + "_gmt") is { } time ? time.TrimEnd('Z') + "Z" : null;
}
