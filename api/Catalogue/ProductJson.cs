using System.Globalization;
using System.Text.Json;
using Personalization.Hosting;

namespace Personalization.Catalogue;

/// <summary>Writes <see cref="ProductBody"/>, and reads it liberally (numbers as text) and by field, so that a bad one is named.</summary>
public static class ProductJson
{
    /// <summary>What is wrong with a field, and what to send instead. Never the value.</summary>
    public sealed record Fault(string Field, string What, string Remedy);

    /// <summary>How a field is read: the changed patch, or null where the value cannot be used; and what null empties.</summary>
    sealed record Rule(ProductFields? Clears, Func<ProductPatch, JsonElement, ProductPatch?> Set, string What, string Remedy);

    static readonly Dictionary<string, Rule> Rules = new()
    {
        ["title"] = Text(1000, ProductFields.Title, (p, title) => p with { Title = title }),
        ["brand"] = Text(255, ProductFields.Brand, (p, brand) => p with { Brand = brand }),
        ["image"] = Text(100_000, ProductFields.ImageUrl, (p, image) => p with { ImageUrl = image }),
        ["url"] = Text(4000, ProductFields.Url, (p, url) => p with { Url = url }),
        ["price"] = Number(0, 1_000_000_000, ProductFields.Price, (p, price) => p with { Price = price }),
        ["was"] = Number(0, 1_000_000_000, ProductFields.Was, (p, was) => p with { Was = was }),
        ["margin"] = Number(0, 1, ProductFields.Margin, (p, margin) => p with { Margin = margin }),
        ["stock"] = Number(int.MinValue, int.MaxValue, ProductFields.Stock, (p, stock) =>
            p with
            {
                Stock = (int)Math.Max(0, stock),
            }
        ),
        ["replenishDays"] = Number(1, 3650, ProductFields.ReplenishDays, (p, days) => p with { ReplenishDays = (int)days }),
        ["rating"] = Number(1, 5, ProductFields.Rating, (p, rating) => p with { Rating = (double)rating }),
        ["reviews"] = Number(0, int.MaxValue, ProductFields.None, (p, reviews) => p with { Reviews = (int)reviews }),
        ["category"] = new(
            ProductFields.Category,
            (p, value) => PathOf(value) is { } path ? p with { Category = path } : null,
            "is neither a text nor a list of texts",
            "Send \"Clothing > Jackets\" or [\"Clothing\",\"Jackets\"]."
        ),
        ["currency"] = new(
            ProductFields.Currency,
            (p, value) => Events.Currency.TryParse(TextOf(value, 3), out var code) ? p with { Currency = code.ToString() } : null,
            "is not a currency in use",
            "Send an ISO 4217 code such as EUR."
        ),
        ["hidden"] = new(
            null,
            (p, value) =>
                value.ValueKind switch
                {
                    JsonValueKind.True => p with { Hidden = true },
                    // As a client writes what it does not set.
                    JsonValueKind.False or JsonValueKind.Null => p with { Hidden = false },
                    _ => null,
                },
            "is not true or false",
            "Send true or false."
        ),
        ["created"] = new(
            ProductFields.Created,
            (p, value) => TimeOf(value) is { } created ? p with { Created = created } : null,
            "is not a time",
            "Send ISO 8601, for instance 2026-03-02T09:00:00Z."
        ),
        // A product that was read may be sent back: then it is the shop's.
        ["standing"] = new(ProductFields.None, (p, _) => p, "", ""),
        ["attributes"] = new(
            ProductFields.Attributes,
            (p, value) => AttributesOf(value) is { } attributes ? p with { Attributes = attributes } : null,
            "is not an object of texts",
            "Send {\"color\":\"blue\"}; a value is a text, a number, true or false, or null to remove it."
        ),
    };

    /// <summary>What the database keeps of a product.</summary>
    public static byte[] Write(Product product) =>
        JsonSerializer.SerializeToUtf8Bytes(ProductBody.Of(product), ApiJson.Default.ProductBody);

    /// <summary>Reads what <see cref="Write"/> wrote; a product of which only the id is known has no body.</summary>
    public static Product Read(int number, string id, byte[]? body)
    {
        var product = new Product { Number = number, Id = id };
        if (body is null)
            return product;
        using var document = JsonDocument.Parse(body);
        return TryPatch(document.RootElement, out _, out var patch) is { } fault
            ? throw new InvalidDataException($"The stored product {number} has a bad field {fault.Field}: {fault.What}")
            : WebAddresses.WithoutBad(patch).ApplyTo(product) with
            {
                Standing = StandingOf(document.RootElement),
            };
    }

    /// <summary>Products of which nothing was kept beside their fields are the shop's own.</summary>
    static ProductStanding StandingOf(JsonElement json) =>
        json.TryGetProperty("standing", out var standing)
            ? Enum.Parse<ProductStanding>(standing.GetString()!, ignoreCase: true)
            : ProductStanding.Named;

    /// <summary>Reads an upsert; what is wrong with it, or null.</summary>
    public static Fault? TryPatch(JsonElement json, out string id, out ProductPatch patch)
    {
        (id, patch) = ("", new ProductPatch());
        if (json.ValueKind != JsonValueKind.Object)
            return new("product", "is not an object", "Send an object with an id.");
        foreach (var field in json.EnumerateObject())
        {
            if (field.Name == "id")
            {
                if (TextOf(field.Value, 255) is not { Length: > 0 } text)
                    return new("id", "is not a text of 1 to 255 characters", "Send the shop's own product id.");
                id = text;
            }
            else if (!Rules.TryGetValue(field.Name, out var rule))
                return new(field.Name, "is not a field of a product", "Put it into attributes, or leave it out.");
            else if (field.Value.ValueKind == JsonValueKind.Null && rule.Clears is { } clears)
                patch = patch with { Clear = patch.Clear | clears };
            else if (rule.Set(patch, field.Value) is { } changed)
                patch = changed;
            else
                return new(field.Name, rule.What, rule.Remedy);
        }
        return id.Length > 0 ? null : new("id", "is missing", "Send the shop's own product id.");
    }

    static Rule Text(int max, ProductFields clears, Func<ProductPatch, string, ProductPatch> set) =>
        new(
            clears,
            (patch, value) => TextOf(value, max) is { } text ? set(patch, text) : null,
            $"is not a text of at most {max} characters",
            "Shorten it, or send null to empty it."
        );

    static Rule Number(decimal min, decimal max, ProductFields clears, Func<ProductPatch, decimal, ProductPatch> set) =>
        new(
            clears,
            (patch, value) => NumberOf(value) is { } number && number >= min && number <= max ? set(patch, number) : null,
            "is not a number in range",
            string.Create(CultureInfo.InvariantCulture, $"Send a number from {min} to {max}.")
        );

    static decimal? NumberOf(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetDecimal(out var number) => number,
            JsonValueKind.String
                when decimal.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) =>
                number,
            _ => null,
        };

    static string? TextOf(JsonElement value, int max)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => null,
        };
        return text?.Length <= max ? text : null;
    }

    static string[]? PathOf(JsonElement value) =>
        value.ValueKind != JsonValueKind.Array
            ? TextOf(value, 1000) is { } path
                ? CategoryPath.Parse(path)
                : null
            : value.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String)
                ? [.. value.EnumerateArray().Select(name => name.GetString()!)]
                : null;

    static DateTimeOffset? TimeOf(JsonElement value) =>
        DateTimeOffset.TryParse(TextOf(value, 40), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : null;

    static Dictionary<string, string?>? AttributesOf(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
            return null;
        var attributes = new Dictionary<string, string?>();
        foreach (var attribute in value.EnumerateObject())
        {
            attributes[attribute.Name] = TextOf(attribute.Value, 1000);
            if (attributes[attribute.Name] is null && attribute.Value.ValueKind != JsonValueKind.Null)
                return null;
        }
        return attributes;
    }
}
