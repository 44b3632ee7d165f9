using System.Buffers;
using System.Text;
using System.Text.Json;
using Personalization.Events;
using Personalization.Problems;

namespace Personalization.Tracking;

/// <summary>
/// Reads the <c>properties</c> object of an event whose kind is known. <paramref name="json"/> is that object alone, valid
/// JSON; or empty.
/// </summary>
ref struct PropertiesReader(ReadOnlySpan<byte> json, EventKind kind)
{
    const int MaxReference = 255;
    const int MaxLabel = 255;

    readonly ReadOnlySpan<byte> json = json;
    readonly EventKind kind = kind;
    Utf8JsonReader reader = new(json);

    ProductDraft single;
    List<ProductDraft>? products;
    long? total,
        value,
        revenue;
    string? reference,
        referenceElse,
        label,
        labelElse,
        url,
        urlElse;

    byte[]? rest;
    int restLength;

    public Currency Currency { get; private set; }
    public float Rating { get; private set; }
    public string? Text { get; private set; }
    public string? Query { get; private set; }
    public string? Title { get; private set; }
    public string? Referrer { get; private set; }

    /// <summary>The properties without a field of their own, as JSON; null where there are none.</summary>
    public string? Rest { get; private set; }

    public readonly long? Amount => total ?? value ?? revenue;
    public readonly string? Reference => reference ?? referenceElse;
    public readonly string? Label => label ?? labelElse;
    public readonly string? Url => url ?? urlElse;

    /// <summary>Reads all; what is wrong, or null.</summary>
    public Problem? Read()
    {
        try
        {
            return ReadProperties() ?? MissingProduct();
        }
        finally
        {
            if (rest is not null)
                ArrayPool<byte>.Shared.Return(rest);
            rest = null;
        }
    }

    /// <summary>The products it is about, once read. The list wins over a product among the properties.</summary>
    public readonly IncomingLine[] Lines()
    {
        if (products is null)
            return single.ToLine(Currency) is { } line ? [line] : [];
        var lines = new List<IncomingLine>(products.Count);
        foreach (var product in products)
            if (product.ToLine(Currency) is { } listed)
                lines.Add(listed);
        return [.. lines];
    }

    Problem? ReadProperties()
    {
        if (json.IsEmpty)
            return null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            var name = reader.ValueSpan;
            var role = PropertyRoles.Of(kind, PropertyNames.Of(ref reader));
            reader.Read();
            if (Take(role, start) is { } fault)
                return fault.In("properties." + Encoding.UTF8.GetString(name));
        }
        if (rest is not null)
        {
            rest[restLength++] = (byte)'}';
            Rest = Encoding.UTF8.GetString(rest, 0, restLength);
        }
        return null;
    }

    readonly Problem? MissingProduct() =>
        PropertyRoles.IsAboutOneProduct(kind) && products is null && single.ToLine(default) is null
            ? Fault.Missing("Send the id of the product that the event is about.").In("properties.product_id")
            : null;

    Fault? Take(PropertyRole role, int start)
    {
        switch (role)
        {
            case PropertyRole.Rest:
                Keep(start);
                return null;
            case PropertyRole.Ignored:
                reader.Skip();
                return null;
            case PropertyRole.Products:
                return TakeProducts();
            case PropertyRole.Total:
                return JsonValue.Money(ref reader, out total);
            case PropertyRole.Value:
                return JsonValue.Money(ref reader, out value);
            case PropertyRole.Revenue:
                return JsonValue.Money(ref reader, out revenue);
            case PropertyRole.Reference:
                return JsonValue.Id(ref reader, MaxReference, out reference);
            case PropertyRole.ReferenceElse:
                return JsonValue.Id(ref reader, MaxReference, out referenceElse);
            case PropertyRole.Currency:
                var unknown = JsonValue.CurrencyCode(ref reader, out var currency);
                Currency = currency;
                return unknown;
            case PropertyRole.Rating:
                var outOfRange = JsonValue.Stars(ref reader, out var rating);
                Rating = rating;
                return outOfRange;
            default:
                return role < PropertyRole.Products ? single.Take(ref reader, role) : TakeText(role, start);
        }
    }

    Fault? TakeText(PropertyRole role, int start)
    {
        if (!JsonValue.TryText(ref reader, out var text))
        {
            Keep(start);
            return null;
        }
        if (string.IsNullOrWhiteSpace(text))
            return null;
        switch (role)
        {
            case PropertyRole.Text:
                Text = text;
                break;
            case PropertyRole.Query:
                Query = text;
                break;
            case PropertyRole.Url:
                url = text;
                break;
            case PropertyRole.UrlElse:
                urlElse = text;
                break;
            case PropertyRole.Title:
                Title = text;
                break;
            case PropertyRole.Referrer:
                Referrer = text;
                break;
            case PropertyRole.Label:
                label = text;
                break;
            case PropertyRole.LabelElse:
                labelElse = text;
                break;
        }
        var isLabel = role is PropertyRole.Label or PropertyRole.LabelElse;
        return isLabel && text.Length > MaxLabel ? Fault.LongerThan(MaxLabel) : null;
    }

    /// <summary>A list of products; a lone product is taken for a list of one, and an id for a product.</summary>
    Fault? TakeProducts()
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        products = [];
        if (reader.TokenType != JsonTokenType.StartArray)
            return TakeProduct();
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
            if (TakeProduct() is { } fault)
                return fault.Within($"[{i}]");
        return null;
    }

    Fault? TakeProduct()
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            if (JsonValue.Id(ref reader, ProductDraft.MaxId, out var id) is { } bad)
                return bad == Fault.NotText ? Fault.NotProduct : bad;
            products!.Add(ProductDraft.OnlyId(id));
            return null;
        }
        var draft = new ProductDraft();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            var role = PropertyRoles.OfProduct(PropertyNames.Of(ref reader));
            reader.Read();
            if (role == PropertyRole.Rest)
                reader.Skip();
            else if (draft.Take(ref reader, role) is { } fault)
                return fault.Within("." + Encoding.UTF8.GetString(name));
        }
        products!.Add(draft);
        return null;
    }

    /// <summary>Keeps a property as it was sent, name and value, for <see cref="Rest"/>.</summary>
    void Keep(int start)
    {
        reader.Skip();
        var sent = json[start..(int)reader.BytesConsumed];
        // All that can be kept is part of the object, so its own length is room enough.
        rest ??= ArrayPool<byte>.Shared.Rent(json.Length + 1);
        rest[restLength++] = restLength == 1 ? (byte)'{' : (byte)',';
        sent.CopyTo(rest.AsSpan(restLength));
        restLength += sent.Length;
    }
}
