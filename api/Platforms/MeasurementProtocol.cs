using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Personalization.Platforms;

/// <summary>
/// A request of the GA4 Measurement Protocol as the calls that Segment's clients would have sent: one reader checks them all.
/// </summary>
/// <param name="Calls">The calls; an event about several products is one call for each of them.</param>
/// <param name="Places">For each call where in the request it came from, such as <c>events[2]</c>.</param>
sealed record MeasurementProtocol(JsonArray Calls, List<string> Places)
{
    /// <summary>Of an event; the protocol's own bound.</summary>
    const int MaxItems = 200;

    /// <summary>Of a request, ten times what the protocol allows: the items of its events are calls of their own.</summary>
    const int MaxCalls = 250;

    /// <summary>The calls of a request; null where the body is no JSON object.</summary>
    public static MeasurementProtocol? Read(ReadOnlyMemory<byte> body)
    {
        using var document = PlatformJson.Document(body);
        if (document is null)
            return null;
        var request = document.RootElement;
        var read = new MeasurementProtocol([], []);
        if (TraitsOf(request) is { } traits)
            read.Add("user_properties", CallOf(request, request, "identify"), ("traits", traits));
        var place = 0;
        foreach (var one in request.List("events"))
            read.AddEvent($"events[{place++}]", request, one);
        return read;
    }

    void Add(string place, JsonObject call, params ReadOnlySpan<(string Name, JsonNode? Value)> fields)
    {
        foreach (var (name, value) in fields)
            call[name] = value;
        Calls.Add((JsonNode)call);
        Places.Add(place);
    }

    void AddEvent(string place, JsonElement request, JsonElement one)
    {
        if (Calls.Count >= MaxCalls)
            return;
        var (name, about) = (one.Text("name"), one.At("params") ?? default);
        JsonObject Call(string type = "track") => CallOf(request, one, type);
        switch (name)
        {
            case "page_view":
                Add(place, Call("page"), ("name", about.Copy("page_title")), ("properties", PageOf(about)));
                return;
            case "screen_view":
                Add(place, Call("screen"), ("name", about.Copy("screen_name") ?? about.Copy("firebase_screen")));
                return;
            case "view_item" or "select_item" or "add_to_cart" or "remove_from_cart" or "add_to_wishlist":
                var items = ItemsOf(about);
                // Without an item the reader says what is missing.
                foreach (
                    var item in items.Count > 0
                        ? items
                        :
                        [
                            [],
                        ]
                )
                {
                    if (Calls.Count >= MaxCalls)
                        return;
                    item["currency"] ??= about.Copy("currency");
                    if (items.Count == 1)
                        item["value"] = about.Copy("value");
                    Add(place, Call(), ("event", OfProduct[name]), ("properties", item));
                }
                return;
            case "share" when about.Text("item_id") is not null && about.Text("content_type") is null or "product":
                var shared = new JsonObject { ["product_id"] = about.Copy("item_id"), ["share_via"] = about.Copy("method") };
                Add(place, Call(), ("event", "Product Shared"), ("properties", shared));
                return;
            case not null when Others.TryGetValue(name, out var known):
                Add(place, Call(), ("event", known.Event), ("properties", PropertiesOf(about, known.Fields)));
                return;
            default:
                Add(place, Call(), ("event", name), ("properties", about.Copy()));
                return;
        }
    }

    static readonly Dictionary<string, string> OfProduct = new()
    {
        ["view_item"] = "Product Viewed",
        ["select_item"] = "Product Clicked",
        ["add_to_cart"] = "Product Added",
        ["remove_from_cart"] = "Product Removed",
        ["add_to_wishlist"] = "Product Added to Wishlist",
    };

    /// <summary>Names there and here; the parameters of an event, each with the property that it fills.</summary>
    static readonly Dictionary<string, (string Event, string[] Fields)> Others = new()
    {
        ["search"] = ("Products Searched", ["search_term>query"]),
        ["view_search_results"] = ("Products Searched", ["search_term>query"]),
        ["view_item_list"] = ("Product List Viewed", ["item_list_id>list_id", "item_list_name>category", "items"]),
        ["view_promotion"] = ("Promotion Viewed", Promotion),
        ["select_promotion"] = ("Promotion Clicked", Promotion),
        ["view_cart"] = ("Cart Viewed", ["value", "currency", "items"]),
        ["begin_checkout"] = ("Checkout Started", Checkout),
        ["add_shipping_info"] = ("Checkout Step Completed", ["shipping_tier>shipping_method", .. Checkout]),
        ["add_payment_info"] = ("Payment Info Entered", ["payment_type>payment_method", .. Checkout]),
        ["purchase"] = ("Order Completed", Order),
        ["refund"] = ("Order Refunded", Order),
        ["sign_up"] = ("Signed Up", ["method"]),
        ["login"] = ("Signed In", ["method"]),
        ["generate_lead"] = ("Inquiry Submitted", ["lead_source>topic"]),
    };

    static string[] Checkout => ["value", "currency", "coupon", "items"];
    static string[] Order => ["transaction_id>order_id", "affiliation", "tax", "shipping", .. Checkout];
    static string[] Promotion => ["promotion_id", "promotion_name>name", "creative_name>creative", "creative_slot>position"];

    static JsonObject PropertiesOf(JsonElement about, string[] fields)
    {
        var properties = new JsonObject();
        foreach (var field in fields)
            if (field == "items")
                properties["products"] = new JsonArray([.. ItemsOf(about)]);
            else if (field.Split('>') is [var from, .., var to])
                properties[to] = about.Copy(from);
            else
                properties[field] = about.Copy(field);
        return properties;
    }

    static List<JsonObject> ItemsOf(JsonElement about) => [.. about.List("items").Take(MaxItems).Select(ProductOf)];

    static JsonObject ProductOf(JsonElement item)
    {
        var product = new JsonObject();
        foreach (
            var (from, to) in (ReadOnlySpan<(string, string)>)
                [
                    ("item_id", "product_id"),
                    ("item_name", "name"),
                    ("item_brand", "brand"),
                    ("item_variant", "variant"),
                    ("price", "price"),
                    ("quantity", "quantity"),
                    ("currency", "currency"),
                ]
        )
            if (item.Copy(from) is { } value)
                product[to] = value;
        string?[] path =
        [
            item.Text("item_category"),
            .. Enumerable.Range(2, 4).Select(level => item.Text($"item_category{level}")),
        ];
        if (path.Any(name => name is not null))
            product["category"] = string.Join(" > ", path.OfType<string>());
        return product;
    }

    static JsonObject PageOf(JsonElement about) =>
        new()
        {
            ["url"] = about.Copy("page_location"),
            ["title"] = about.Copy("page_title"),
            ["referrer"] = about.Copy("page_referrer"),
        };

    /// <summary>What every call says: who, when, on which page, and what may be kept of it.</summary>
    static JsonObject CallOf(JsonElement request, JsonElement one, string type)
    {
        var call = new JsonObject
        {
            ["type"] = type,
            ["userId"] = request.Copy("user_id"),
            ["anonymousId"] = request.Copy("client_id") ?? request.Copy("app_instance_id"),
        };
        if ((TimeOf(one) ?? TimeOf(request)) is { } time)
            call["timestamp"] = time;
        var context = new JsonObject();
        if (one.At("params")?.At("page_location") is not null && type == "track")
            context["page"] = PageOf(one.At("params")!.Value);
        if (IsPersonalizationRefused(request))
            context["consent"] = new JsonObject { ["categoryPreferences"] = new JsonObject { ["personalization"] = false } };
        if (context.Count > 0)
            call["context"] = context;
        return call;
    }

    static bool IsPersonalizationRefused(JsonElement request) =>
        request.IsTrue("non_personalized_ads") || request.At("consent")?.Text("ad_personalization") == "DENIED";

    static string? TimeOf(JsonElement of) =>
        of.Number("timestamp_micros") is { } micros and > 0 and < 253_402_300_799_000_000
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)(micros / 1000)).ToString("O", CultureInfo.InvariantCulture)
            : null;

    /// <summary>User properties, each <c>{"value": …}</c>; null where there are none.</summary>
    static JsonObject? TraitsOf(JsonElement request)
    {
        if (request.At("user_properties") is not { ValueKind: JsonValueKind.Object } told)
            return null;
        var traits = new JsonObject();
        foreach (var one in told.EnumerateObject())
            if (one.Value.Copy("value") is { } value)
                traits[one.Name] = value;
        return traits.Count > 0 ? traits : null;
    }
}
