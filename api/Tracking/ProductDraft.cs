using System.Text.Json;
using Personalization.Events;

namespace Personalization.Tracking;

/// <summary>A product while its fields are being read.</summary>
struct ProductDraft
{
    public const int MaxId = 255;

    string? productId,
        productIdElse,
        id,
        sku,
        name,
        brand,
        category,
        variant,
        url,
        imageUrl;
    long? price;
    int? quantity;
    public Currency Currency;

    /// <summary>A product of which only the id was sent.</summary>
    public static ProductDraft OnlyId(string? id) => new() { productId = id };

    /// <summary>Reads the value the reader stands on into the field of its role.</summary>
    public Fault? Take(ref Utf8JsonReader reader, PropertyRole role)
    {
        switch (role)
        {
            case PropertyRole.ProductId:
                return JsonValue.Id(ref reader, MaxId, out productId);
            case PropertyRole.ProductIdElse:
                return JsonValue.Id(ref reader, MaxId, out productIdElse);
            case PropertyRole.Id:
                return JsonValue.Id(ref reader, MaxId, out id);
            case PropertyRole.Sku:
                return JsonValue.Id(ref reader, MaxId, out sku);
            case PropertyRole.Price:
                return JsonValue.Money(ref reader, out price);
            case PropertyRole.Quantity:
                return JsonValue.Quantity(ref reader, out quantity);
            case PropertyRole.Currency:
                return JsonValue.CurrencyCode(ref reader, out Currency);
        }
        if (!JsonValue.TryText(ref reader, out var text))
            reader.Skip();
        if (string.IsNullOrEmpty(text))
            text = null;
        switch (role)
        {
            case PropertyRole.Name:
                name = text;
                break;
            case PropertyRole.Brand:
                brand = text;
                break;
            case PropertyRole.Category:
                category = text;
                break;
            case PropertyRole.Variant:
                variant = text;
                break;
            case PropertyRole.ProductUrl:
                url = text;
                break;
            case PropertyRole.ImageUrl:
                imageUrl = text;
                break;
        }
        return null;
    }

    /// <summary>
    /// The line, or null where the product has no id. <paramref name="currency"/>: the event's, for a price without its own.
    /// </summary>
    public readonly IncomingLine? ToLine(Currency currency)
    {
        var key = FirstGiven(productId, productIdElse) ?? FirstGiven(id, sku);
        if (key is null)
            return null;
        var saysMore = price is not null || (sku ?? name ?? brand ?? category ?? variant ?? url ?? imageUrl) is not null;
        var fields = saysMore
            ? new ProductFields
            {
                Id = key,
                Sku = FirstGiven(sku, null),
                Name = name,
                Brand = brand,
                Category = category,
                Variant = variant,
                Price = price,
                Currency = Currency.IsBase ? currency : Currency,
                Url = url,
                ImageUrl = imageUrl,
            }
            : null;
        return new IncomingLine(key, quantity ?? 1, price ?? 0, fields);
    }

    static string? FirstGiven(string? a, string? b) =>
        !string.IsNullOrWhiteSpace(a) ? a
        : !string.IsNullOrWhiteSpace(b) ? b
        : null;
}
