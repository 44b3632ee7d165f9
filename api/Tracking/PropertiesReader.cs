using System.Buffers;
using System.Text;
using System.Text.Json;
using Personalization.Events;
using Personalization.Ingestion;
using Personalization.Problems;

namespace Personalization.Tracking;

/// <summary>
/// Reads the <c>properties</c> object of an event whose kind is known. <paramref name="json"/> is that object alone, valid
/// JSON; or empty.
/// </summary>
ref struct PropertiesReader(ReadOnlySpan<byte> json, EventKind kind, LeftOut leftOut = default)
{
    const int MaxReference = 255;
    const int MaxLabel = 255;

    readonly ReadOnlySpan<byte> _json = json;
    readonly EventKind _kind = kind;
    Utf8JsonReader _reader = new(json);

    ProductDraft _single;
    List<ProductDraft>? _products;
    int _listed;
    long? _refundedTotal,
        _total,
        _value,
        _revenue;
    string? _reference,
        _referenceElse,
        _label,
        _labelElse,
        _url,
        _urlElse;

    byte[]? _rest;
    int _restLength;
    LeftOut _leftOut = leftOut;
    Currency _currency,
        _refundedTotalIn,
        _totalIn,
        _valueIn,
        _revenueIn;

    /// <summary>The event's own, else the one that stands beside its amount.</summary>
    public readonly Currency Currency =>
        !_currency.IsBase ? _currency
        : _refundedTotal is not null ? _refundedTotalIn
        : _total is not null ? _totalIn
        : _value is not null ? _valueIn
        : _revenueIn;

    public float Rating { get; private set; }
    public string? Text { get; private set; }
    public string? Query { get; private set; }
    public string? Title { get; private set; }
    public string? Referrer { get; private set; }

    /// <summary>The properties without a field of their own, as JSON; null where there are none.</summary>
    public string? Rest { get; private set; }

    /// <summary>Values that were left out; null where there are none.</summary>
    public readonly IReadOnlyList<FieldWarning>? Warnings => _leftOut.Warnings;

    /// <summary>The amount is what was refunded of the order in all so far.</summary>
    public readonly bool IsRunningTotal => _refundedTotal is not null;

    public readonly long? Amount => _refundedTotal ?? _total ?? _value ?? _revenue;
    public readonly string? Reference => _reference ?? _referenceElse;
    public readonly string? Label => _label ?? _labelElse;
    public readonly string? Url => _url ?? _urlElse;

    /// <summary>The answer that the event came of; where it names a list of products, each may have its own.</summary>
    public readonly string? RecommendationId => _single.RecommendationId;

    /// <summary>Reads all; what is wrong, or null.</summary>
    public Problem? Read()
    {
        try
        {
            return ReadProperties() ?? MissingProduct();
        }
        finally
        {
            if (_rest is not null)
                ArrayPool<byte>.Shared.Return(_rest);
            _rest = null;
        }
    }

    /// <summary>The shop lists the products, and there are none.</summary>
    public readonly bool ListsNothing => _products is not null && _listed == 0;

    /// <summary>The products it is about, once read. The list wins over a product among the properties.</summary>
    public readonly IncomingLine[] Lines()
    {
        if (_products is null)
            return _single.ToLine(Currency, Unsaid) is { } line ? [line] : [];
        var lines = new List<IncomingLine>(_products.Count);
        foreach (var product in _products)
            if (product.ToLine(Currency, Unsaid) is { } listed)
                lines.Add(listed);
        return [.. lines];
    }

    /// <summary>How many of a product are meant where no number is given: what is removed goes whole.</summary>
    readonly int Unsaid => _kind == EventKind.ProductRemoved ? Bounds.MaxQuantity : 1;

    Problem? ReadProperties()
    {
        if (_json.IsEmpty)
            return null;
        _reader.Read();
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)_reader.TokenStartIndex;
            var name = _reader.ValueSpan;
            var role = PropertyRoles.Of(_kind, PropertyNames.Of(ref _reader));
            _reader.Read();
            var value = (int)_reader.TokenStartIndex;
            if (Take(role, start) is not { } fault)
                continue;
            var field = "properties." + Encoding.UTF8.GetString(name);
            if (!_leftOut.Takes(fault, field, _reader.Pass(_json, value)))
                return fault.In(field);
        }
        if (_rest is not null)
        {
            _rest[_restLength++] = (byte)'}';
            Rest = Encoding.UTF8.GetString(_rest, 0, _restLength);
        }
        return null;
    }

    readonly Problem? MissingProduct() =>
        PropertyRoles.IsAboutOneProduct(_kind) && _products is null && _single.ToLine(default, Unsaid) is null
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
                _reader.Skip();
                return null;
            case PropertyRole.Products:
                return TakeProducts(ref _reader, _json);
            case PropertyRole.RefundedTotal:
                return JsonValue.Money(ref _reader, out _refundedTotal, out _refundedTotalIn);
            case PropertyRole.Total:
                return JsonValue.Money(ref _reader, out _total, out _totalIn);
            case PropertyRole.Value:
                return JsonValue.Money(ref _reader, out _value, out _valueIn);
            case PropertyRole.Revenue:
                return JsonValue.Money(ref _reader, out _revenue, out _revenueIn);
            case PropertyRole.Reference:
                return Strictly(JsonValue.Id(ref _reader, MaxReference, out _reference));
            case PropertyRole.ReferenceElse:
                return Strictly(JsonValue.Id(ref _reader, MaxReference, out _referenceElse));
            case PropertyRole.Currency:
                return JsonValue.CurrencyCode(ref _reader, out _currency);
            case PropertyRole.Rating:
                var outOfRange = JsonValue.Stars(ref _reader, out var rating);
                Rating = rating;
                return outOfRange;
            default:
                return role < PropertyRole.Products ? _single.Take(ref _reader, role) : TakeText(role, start);
        }
    }

    /// <summary>Without its number an order that comes again would be another one.</summary>
    readonly Fault? Strictly(Fault? fault) =>
        fault is not null
        && _kind
            is EventKind.OrderUpdated
                or EventKind.OrderCompleted
                or EventKind.OrderPaid
                or EventKind.OrderRefunded
                or EventKind.OrderCancelled
            ? fault with
            {
                LeftOutAs = null,
            }
            : fault;

    Fault? TakeText(PropertyRole role, int start)
    {
        if (!JsonValue.TryText(ref _reader, out var text))
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
                _url = text;
                break;
            case PropertyRole.UrlElse:
                _urlElse = text;
                break;
            case PropertyRole.Title:
                Title = text;
                break;
            case PropertyRole.Referrer:
                Referrer = text;
                break;
            case PropertyRole.Label:
                _label = HtmlText.Decode(text);
                break;
            case PropertyRole.LabelElse:
                _labelElse = HtmlText.Decode(text);
                break;
        }
        var isLabel = role is PropertyRole.Label or PropertyRole.LabelElse;
        return isLabel && text.Length > MaxLabel ? Fault.LongerThan(MaxLabel) : null;
    }

    /// <summary>
    /// A list of products, also as an encoder writes one that has holes (an object of its values) or that is text; a lone product
    /// is taken for a list of one.
    /// </summary>
    /// <param name="json">What the reader reads.</param>
    Fault? TakeProducts(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, bool isText = false)
    {
        if (reader.TokenType is JsonTokenType.Null or JsonTokenType.False)
            return null;
        if (reader.TokenType == JsonTokenType.String && !isText)
            return TakeProductsInText(ref reader);
        if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject))
            return Fault.NotProduct;
        _products = [];
        if (reader.TokenType == JsonTokenType.StartObject && !IsKeyed(reader))
        {
            _listed++;
            return TakeProduct(ref reader, json, "");
        }
        var isList = reader.TokenType == JsonTokenType.StartArray;
        for (var i = 0; reader.Read() && reader.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject); i++)
        {
            if (!isList)
                reader.Read();
            var value = (int)reader.TokenStartIndex;
            // A key is the sender's own text: it is not repeated.
            var place = $"[{i}]";
            _listed++;
            if (
                TakeProduct(ref reader, json, place) is { } fault
                && !_leftOut.Takes(fault, "properties.products" + place, reader.Pass(json, value))
            )
                return fault.Within(place);
        }
        return null;
    }

    /// <summary>The text of a list or an object; any other text is no product.</summary>
    Fault? TakeProductsInText(ref Utf8JsonReader reader)
    {
        var text = reader.GetString().AsSpan().Trim();
        if (text.IsEmpty)
            return null;
        if (text[0] is not ('[' or '{') || !IsJson(text, out var json))
            return Fault.NotProduct;
        var inside = new Utf8JsonReader(json);
        inside.Read();
        return TakeProducts(ref inside, json, isText: true);
    }

    static bool IsJson(ReadOnlySpan<char> text, out byte[] json)
    {
        json = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, json);
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Whether the object's first member is a product itself, and the object so a list under keys.</summary>
    static bool IsKeyed(Utf8JsonReader reader) =>
        !reader.Read()
        || reader.TokenType == JsonTokenType.EndObject
        || (
            PropertyRoles.OfProduct(PropertyNames.Of(ref reader)) == PropertyRole.Rest
            && reader.Read()
            && reader.TokenType == JsonTokenType.StartObject
        );

    /// <param name="place">Where it stands in the list; empty for a lone product.</param>
    Fault? TakeProduct(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, string place)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            if (JsonValue.Id(ref reader, ProductDraft.MaxId, out var id) is { } bad)
                return bad == Fault.NotText ? Fault.NotProduct : bad;
            if (id.AsSpan().ContainsAny("[]{}<>()@;\n"))
                return Fault.NotProduct;
            _products!.Add(ProductDraft.OnlyId(id));
            return null;
        }
        var draft = new ProductDraft();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueSpan;
            var role = PropertyRoles.OfProduct(PropertyNames.Of(ref reader));
            reader.Read();
            var value = (int)reader.TokenStartIndex;
            if (role == PropertyRole.Rest)
                reader.Skip();
            else if (draft.Take(ref reader, role) is { } fault)
            {
                var path = "." + Encoding.UTF8.GetString(name);
                if (!_leftOut.Takes(fault, "properties.products" + place + path, reader.Pass(json, value)))
                    return fault.Within(path);
            }
        }
        _products!.Add(draft);
        return null;
    }

    /// <summary>Keeps a property as it was sent, name and value, for <see cref="Rest"/>.</summary>
    void Keep(int start)
    {
        _reader.Skip();
        var sent = _json[start..(int)_reader.BytesConsumed];
        // All that can be kept is part of the object, so its own length is room enough.
        _rest ??= ArrayPool<byte>.Shared.Rent(_json.Length + 1);
        _rest[_restLength++] = _restLength == 1 ? (byte)'{' : (byte)',';
        sent.CopyTo(_rest.AsSpan(_restLength));
        _restLength += sent.Length;
    }
}
