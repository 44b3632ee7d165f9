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
    public const int MaxWarnings = 16;

    readonly ReadOnlySpan<byte> _json = json;
    readonly EventKind _kind = kind;
    Utf8JsonReader _reader = new(json);

    ProductDraft _single;
    List<ProductDraft>? _products;
    long? _total,
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
    List<FieldWarning>? _warnings;

    public Currency Currency { get; private set; }
    public float Rating { get; private set; }
    public string? Text { get; private set; }
    public string? Query { get; private set; }
    public string? Title { get; private set; }
    public string? Referrer { get; private set; }

    /// <summary>The properties without a field of their own, as JSON; null where there are none.</summary>
    public string? Rest { get; private set; }

    /// <summary>Values that were left out; null where there are none.</summary>
    public readonly IReadOnlyList<FieldWarning>? Warnings => _warnings;

    public readonly long? Amount => _total ?? _value ?? _revenue;
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
    public readonly bool ListsNothing => _products is { Count: 0 };

    /// <summary>The products it is about, once read. The list wins over a product among the properties.</summary>
    public readonly IncomingLine[] Lines()
    {
        if (_products is null)
            return _single.ToLine(Currency, Pieces) is { } line ? [line] : [];
        var lines = new List<IncomingLine>(_products.Count);
        foreach (var product in _products)
            if (product.ToLine(Currency, Pieces) is { } listed)
                lines.Add(listed);
        return [.. lines];
    }

    /// <summary>How many of a product are meant where no number is given: what is removed goes whole.</summary>
    readonly int Pieces => _kind == EventKind.ProductRemoved ? Bounds.MaxQuantity : 1;

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
            if (Take(role, start) is { } fault && !LeavesOut(fault, "properties." + Encoding.UTF8.GetString(name)))
                return fault.In("properties." + Encoding.UTF8.GetString(name));
        }
        if (_rest is not null)
        {
            _rest[_restLength++] = (byte)'}';
            Rest = Encoding.UTF8.GetString(_rest, 0, _restLength);
        }
        return null;
    }

    /// <summary>
    /// Whether the event does without the value; it is then named as a warning. A call with very many is told of the first.
    /// </summary>
    bool LeavesOut(Fault fault, string field)
    {
        if (fault.LeftOutAs is not { } word)
            return false;
        TrackingInstruments.LeftOut(word);
        _warnings ??= [];
        if (_warnings.Count < MaxWarnings)
            _warnings.Add(fault.WarningIn(field));
        return true;
    }

    readonly Problem? MissingProduct() =>
        PropertyRoles.IsAboutOneProduct(_kind) && _products is null && _single.ToLine(default, Pieces) is null
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
                return TakeProducts();
            case PropertyRole.Total:
                return JsonValue.Money(ref _reader, out _total);
            case PropertyRole.Value:
                return JsonValue.Money(ref _reader, out _value);
            case PropertyRole.Revenue:
                return JsonValue.Money(ref _reader, out _revenue);
            case PropertyRole.Reference:
                return JsonValue.Id(ref _reader, MaxReference, out _reference);
            case PropertyRole.ReferenceElse:
                return JsonValue.Id(ref _reader, MaxReference, out _referenceElse);
            case PropertyRole.Currency:
                var unknown = JsonValue.CurrencyCode(ref _reader, out var currency);
                Currency = currency;
                return unknown;
            case PropertyRole.Rating:
                var outOfRange = JsonValue.Stars(ref _reader, out var rating);
                Rating = rating;
                return outOfRange;
            default:
                return role < PropertyRole.Products ? _single.Take(ref _reader, role) : TakeText(role, start);
        }
    }

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
                _label = text;
                break;
            case PropertyRole.LabelElse:
                _labelElse = text;
                break;
        }
        var isLabel = role is PropertyRole.Label or PropertyRole.LabelElse;
        return isLabel && text.Length > MaxLabel ? Fault.LongerThan(MaxLabel) : null;
    }

    /// <summary>A list of products; a lone product is taken for a list of one, and an id for a product.</summary>
    Fault? TakeProducts()
    {
        if (_reader.TokenType == JsonTokenType.Null)
            return null;
        _products = [];
        if (_reader.TokenType != JsonTokenType.StartArray)
            return TakeProduct();
        for (var i = 0; _reader.Read() && _reader.TokenType != JsonTokenType.EndArray; i++)
            if (TakeProduct(i) is { } fault)
                return fault.Within($"[{i}]");
        return null;
    }

    /// <param name="index">Its place in the list; null for a lone product.</param>
    Fault? TakeProduct(int? index = null)
    {
        if (_reader.TokenType == JsonTokenType.Null)
            return null;
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            if (JsonValue.Id(ref _reader, ProductDraft.MaxId, out var id) is { } bad)
                return bad == Fault.NotText ? Fault.NotProduct : bad;
            _products!.Add(ProductDraft.OnlyId(id));
            return null;
        }
        var draft = new ProductDraft();
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = _reader.ValueSpan;
            var role = PropertyRoles.OfProduct(PropertyNames.Of(ref _reader));
            _reader.Read();
            if (role == PropertyRole.Rest)
                _reader.Skip();
            else if (draft.Take(ref _reader, role) is { } fault)
            {
                var path = "." + Encoding.UTF8.GetString(name);
                if (!LeavesOut(fault, index is { } i ? $"properties.products[{i}]{path}" : "properties.products" + path))
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
