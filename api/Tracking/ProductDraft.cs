using System.Text.Json;
using Personalization.Events;
using Personalization.Ingestion;

namespace Personalization.Tracking;

/// <summary>A product while its fields are being read.</summary>
struct ProductDraft
{
    public const int MaxId = 255;

    string? _productId,
        _productIdElse,
        _id,
        _sku,
        _name,
        _brand,
        _category,
        _variant,
        _url,
        _imageUrl,
        _recommendationId;
    long? _price;
    decimal? _quantity;
    Currency _beside;
    public Currency Currency;

    /// <summary>A product of which only the id was sent.</summary>
    public static ProductDraft OnlyId(string? id) => new() { _productId = id };

    /// <summary>Reads the value the reader stands on into the field of its role.</summary>
    public Fault? Take(ref Utf8JsonReader reader, PropertyRole role)
    {
        switch (role)
        {
            case PropertyRole.ProductId:
                return JsonValue.Id(ref reader, MaxId, out _productId);
            case PropertyRole.ProductIdElse:
                return JsonValue.Id(ref reader, MaxId, out _productIdElse);
            case PropertyRole.Id:
                return JsonValue.Id(ref reader, MaxId, out _id);
            case PropertyRole.Sku:
                return JsonValue.Id(ref reader, MaxId, out _sku);
            case PropertyRole.Price:
                return JsonValue.Money(ref reader, out _price, out _beside);
            case PropertyRole.Quantity:
                return JsonValue.Quantity(ref reader, out _quantity);
            case PropertyRole.Currency:
                return JsonValue.CurrencyCode(ref reader, out Currency);
        }
        if (!JsonValue.TryText(ref reader, out var text))
            reader.Skip();
        if (role is not (PropertyRole.ProductUrl or PropertyRole.ImageUrl))
            text = HtmlText.Decode(text);
        if (string.IsNullOrEmpty(text))
            text = null;
        switch (role)
        {
            case PropertyRole.Name:
                _name = text;
                break;
            case PropertyRole.Brand:
                _brand = text;
                break;
            case PropertyRole.Category:
                _category = text;
                break;
            case PropertyRole.Variant:
                _variant = text;
                break;
            case PropertyRole.ProductUrl:
                _url = text;
                break;
            case PropertyRole.ImageUrl:
                _imageUrl = text;
                break;
            case PropertyRole.RecommendationId:
                _recommendationId = text;
                break;
        }
        return null;
    }

    public readonly string? RecommendationId => _recommendationId;

    /// <summary>
    /// The line, or null where the product has no id. <paramref name="currency"/>: the event's, for a price without its own;
    /// <paramref name="pieces"/>: how many are meant where the product does not say.
    /// </summary>
    public readonly IncomingLine? ToLine(Currency currency, int pieces)
    {
        var key = FirstGiven(_productId, _productIdElse) ?? FirstGiven(_id, _sku);
        if (key is null)
            return null;
        if (!Currency.IsBase)
            currency = Currency;
        else if (currency.IsBase)
            currency = _beside;
        // A price in nobody knows what is no price for the catalogue.
        var price = currency == Currency.Unknown ? null : _price;
        var saysMore = price is not null || (_sku ?? _name ?? _brand ?? _category ?? _variant ?? _url ?? _imageUrl) is not null;
        var fields = saysMore
            ? new ProductFields
            {
                Id = key,
                Sku = FirstGiven(_sku, null),
                Name = _name,
                Brand = _brand,
                Category = _category,
                Variant = _variant,
                Price = price,
                Currency = currency,
                Url = _url,
                ImageUrl = _imageUrl,
            }
            : null;
        var whole = Pieces.Of(_quantity ?? pieces, _price ?? 0);
        return new IncomingLine(key, whole.Quantity, whole.Price, fields, _recommendationId);
    }

    static string? FirstGiven(string? a, string? b) =>
        !string.IsNullOrWhiteSpace(a) ? a
        : !string.IsNullOrWhiteSpace(b) ? b
        : null;
}
