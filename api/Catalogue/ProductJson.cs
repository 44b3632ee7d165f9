using System.Globalization;
using System.Text.Json;

namespace Personalization.Catalogue;

/// <summary>
/// A product as JSON, on the wire and in the database: id, title, category ("Clothing > Jackets" or an array), brand, price,
/// currency, stock, hidden, image, url, margin, created, replenishDays, rating, reviews, attributes. In an upsert, a field
/// that is absent stays and one that is null is emptied.
/// </summary>
public static class ProductJson
{
    /// <summary>What the database keeps of a product.</summary>
    public static byte[] Write(Product product)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            Write(product, json);
        return stream.ToArray();
    }

    public static void Write(Product p, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("id", p.Id);
        if (p.Title is not null)
            json.WriteString("title", p.Title);
        if (p.Category.Length > 0)
        {
            json.WriteStartArray("category");
            foreach (var name in p.Category)
                json.WriteStringValue(name);
            json.WriteEndArray();
        }
        if (p.Brand is not null)
            json.WriteString("brand", p.Brand);
        if (p.Price is { } price)
            json.WriteNumber("price", price);
        if (p.Currency is not null)
            json.WriteString("currency", p.Currency);
        if (p.Stock is { } stock)
            json.WriteNumber("stock", stock);
        if (p.Hidden)
            json.WriteBoolean("hidden", true);
        if (p.ImageUrl is not null)
            json.WriteString("image", p.ImageUrl);
        if (p.Url is not null)
            json.WriteString("url", p.Url);
        if (p.Margin is { } margin)
            json.WriteNumber("margin", margin);
        if (p.Created is { } created)
            json.WriteString("created", created);
        if (p.ReplenishDays is { } days)
            json.WriteNumber("replenishDays", days);
        if (p.Rating is { } rating)
            json.WriteNumber("rating", rating);
        if (p.Reviews > 0)
            json.WriteNumber("reviews", p.Reviews);
        if (p.Attributes.Count > 0)
        {
            json.WriteStartObject("attributes");
            foreach (var (name, value) in p.Attributes)
                json.WriteString(name, value);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write(Product)"/> wrote; a product of which only the id is known has no body.</summary>
    public static Product Read(int number, string id, byte[]? body)
    {
        var product = new Product { Number = number, Id = id };
        if (body is null)
            return product;
        using var document = JsonDocument.Parse(body);
        return TryPatch(document.RootElement, out _, out var patch, out var fault)
            ? patch.ApplyTo(product)
            : throw new InvalidDataException($"The stored product {number} has a bad field {fault.Field}: {fault.What}");
    }

    /// <summary>What is wrong with a field, and what to send instead. Never the value.</summary>
    public readonly record struct Fault(string Field, string What, string Remedy);

    /// <summary>Reads an upsert.</summary>
    public static bool TryPatch(JsonElement json, out string id, out ProductPatch patch, out Fault fault)
    {
        (id, patch, fault) = ("", new ProductPatch(), default);
        if (json.ValueKind != JsonValueKind.Object)
            return Bad("product", "is not an object", "Send an object with an id.", out fault);
        foreach (var property in json.EnumerateObject())
            if (!TryField(property.Name, property.Value, ref id, ref patch, out fault))
                return false;
        return id.Length > 0 || Bad("id", "is missing", "Send the shop's own product id.", out fault);
    }

    static bool TryField(string name, JsonElement value, ref string id, ref ProductPatch patch, out Fault fault)
    {
        fault = default;
        var empty = value.ValueKind == JsonValueKind.Null;
        switch (name)
        {
            case "id":
                if (!TryText(value, 255, out var text) || text.Length == 0)
                    return Bad(name, "is not a text of 1 to 255 characters", "Send the shop's own product id.", out fault);
                id = text;
                return true;
            case "title":
                return Text(value, name, 1000, ref patch, ProductFields.Title, (p, t) => p with { Title = t }, out fault);
            case "brand":
                return Text(value, name, 255, ref patch, ProductFields.Brand, (p, t) => p with { Brand = t }, out fault);
            case "image":
                return Text(
                    value,
                    name,
                    100_000,
                    ref patch,
                    ProductFields.ImageUrl,
                    (p, t) => p with { ImageUrl = t },
                    out fault
                );
            case "url":
                return Text(value, name, 4000, ref patch, ProductFields.Url, (p, t) => p with { Url = t }, out fault);
            case "category":
                if (empty)
                {
                    patch = patch with { Clear = patch.Clear | ProductFields.Category };
                    return true;
                }
                if (
                    value.ValueKind == JsonValueKind.Array
                    && value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String)
                )
                    patch = patch with { Category = value.EnumerateArray().Select(one => one.GetString()!).ToArray() };
                else if (TryText(value, 1000, out var path))
                    patch = patch with { Category = CategoryPath.Parse(path) };
                else
                    return Bad(
                        name,
                        "is neither a text nor a list of texts",
                        "Send \"Clothing > Jackets\" or [\"Clothing\",\"Jackets\"].",
                        out fault
                    );
                return true;
            case "price":
                return Number(
                    value,
                    name,
                    0,
                    1_000_000_000,
                    ref patch,
                    ProductFields.Price,
                    (p, n) => p with { Price = n },
                    out fault
                );
            case "margin":
                return Number(value, name, 0, 1, ref patch, ProductFields.Margin, (p, n) => p with { Margin = n }, out fault);
            case "stock":
                return Number(
                    value,
                    name,
                    int.MinValue,
                    int.MaxValue,
                    ref patch,
                    ProductFields.Stock,
                    (p, n) => p with { Stock = (int)Math.Max(0, n) },
                    out fault
                );
            case "replenishDays":
                return Number(
                    value,
                    name,
                    1,
                    3650,
                    ref patch,
                    ProductFields.ReplenishDays,
                    (p, n) => p with { ReplenishDays = (int)n },
                    out fault
                );
            case "rating":
                return Number(
                    value,
                    name,
                    1,
                    5,
                    ref patch,
                    ProductFields.Rating,
                    (p, n) => p with { Rating = (double)n },
                    out fault
                );
            case "reviews":
                return Number(
                    value,
                    name,
                    0,
                    int.MaxValue,
                    ref patch,
                    ProductFields.None,
                    (p, n) => p with { Reviews = (int)n },
                    out fault
                );
            case "currency":
                if (empty)
                {
                    patch = patch with { Clear = patch.Clear | ProductFields.Currency };
                    return true;
                }
                if (!TryText(value, 3, out var code) || !Events.Currency.TryParse(code, out var currency))
                    return Bad(name, "is not a currency in use", "Send an ISO 4217 code such as EUR.", out fault);
                patch = patch with { Currency = currency.ToString() };
                return true;
            case "hidden":
                if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                    return Bad(name, "is not true or false", "Send true or false.", out fault);
                patch = patch with { Hidden = value.GetBoolean() };
                return true;
            case "created":
                if (empty)
                {
                    patch = patch with { Clear = patch.Clear | ProductFields.Created };
                    return true;
                }
                if (
                    !TryText(value, 40, out var when)
                    || !DateTimeOffset.TryParse(
                        when,
                        CultureInfo.InvariantCulture,
                        DateTimeStyles.AssumeUniversal,
                        out var created
                    )
                )
                    return Bad(name, "is not a time", "Send ISO 8601, for instance 2026-03-02T09:00:00Z.", out fault);
                patch = patch with { Created = created };
                return true;
            case "attributes":
                if (empty)
                {
                    patch = patch with { Clear = patch.Clear | ProductFields.Attributes };
                    return true;
                }
                if (value.ValueKind != JsonValueKind.Object)
                    return Bad(name, "is not an object", "Send {\"color\":\"blue\"}.", out fault);
                var attributes = new Dictionary<string, string?>();
                foreach (var attribute in value.EnumerateObject())
                {
                    if (attribute.Value.ValueKind == JsonValueKind.Null)
                        attributes[attribute.Name] = null;
                    else if (TryText(attribute.Value, 1000, out var word))
                        attributes[attribute.Name] = word;
                    else
                        return Bad(
                            $"attributes.{attribute.Name}",
                            "is not a text",
                            "Send a text, number, true or false.",
                            out fault
                        );
                }
                patch = patch with { Attributes = attributes };
                return true;
            default:
                return Bad(name, "is not a field of a product", "Put it into attributes, or leave it out.", out fault);
        }
    }

    static bool Text(
        JsonElement value,
        string name,
        int longest,
        ref ProductPatch patch,
        ProductFields field,
        Func<ProductPatch, string, ProductPatch> set,
        out Fault fault
    )
    {
        fault = default;
        if (value.ValueKind == JsonValueKind.Null)
            patch = patch with { Clear = patch.Clear | field };
        else if (TryText(value, longest, out var text))
            patch = set(patch, text);
        else
            return Bad(
                name,
                $"is not a text of at most {longest} characters",
                "Shorten it, or send null to empty it.",
                out fault
            );
        return true;
    }

    static bool Number(
        JsonElement value,
        string name,
        decimal least,
        decimal most,
        ref ProductPatch patch,
        ProductFields field,
        Func<ProductPatch, decimal, ProductPatch> set,
        out Fault fault
    )
    {
        fault = default;
        if (value.ValueKind == JsonValueKind.Null)
            patch = patch with { Clear = patch.Clear | field };
        else if (TryNumber(value, out var number) && number >= least && number <= most)
            patch = set(patch, number);
        else
            return Bad(
                name,
                "is not a number in range",
                string.Create(CultureInfo.InvariantCulture, $"Send a number from {least} to {most}."),
                out fault
            );
        return true;
    }

    static bool TryNumber(JsonElement value, out decimal number)
    {
        number = 0;
        return value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetDecimal(out number),
            JsonValueKind.String => decimal.TryParse(
                value.GetString(),
                NumberStyles.Float,
                CultureInfo.InvariantCulture,
                out number
            ),
            _ => false,
        };
    }

    static bool TryText(JsonElement value, int longest, out string text)
    {
        text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => "",
        };
        return value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False
            && text.Length <= longest;
    }

    static bool Bad(string field, string what, string remedy, out Fault fault)
    {
        fault = new Fault(field, what, remedy);
        return false;
    }
}
