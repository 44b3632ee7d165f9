using System.Globalization;
using Personalization.Catalogue;

namespace Personalization.Recommendations.Filters;

enum FieldKind : byte
{
    Text,
    Number,
    Category,
    Flag,
    Attribute,
}

/// <summary>A field a filter can ask for.</summary>
sealed class Field
{
    static readonly Field[] All =
    [
        new("id", FieldKind.Text, text: p => p.Id),
        new("title", FieldKind.Text, text: p => p.Title),
        new("brand", FieldKind.Text, text: p => p.Brand),
        new("currency", FieldKind.Text, text: p => p.Currency),
        new("url", FieldKind.Text, text: p => p.Url),
        new("category", FieldKind.Category),
        new("price", FieldKind.Number, number: p => p.Price),
        new("margin", FieldKind.Number, number: p => p.Margin),
        new("stock", FieldKind.Number, number: p => p.Stock ?? int.MaxValue),
        new("rating", FieldKind.Number, number: p => p.Rating is { } rating ? (decimal)rating : null),
        new("reviews", FieldKind.Number, number: p => p.Reviews),
        new("hidden", FieldKind.Flag),
    ];

    public static readonly Field Attribute = new("attribute", FieldKind.Attribute);

    readonly Func<Product, string?>? _text;
    readonly Func<Product, decimal?>? _number;

    Field(string name, FieldKind kind, Func<Product, string?>? text = null, Func<Product, decimal?>? number = null)
    {
        Name = name;
        Kind = kind;
        _text = text;
        _number = number;
    }

    public string Name { get; }

    public FieldKind Kind { get; }

    /// <summary>All names, for error messages.</summary>
    public static string Names => string.Join(", ", All.Select(x => x.Name)) + ", attribute.NAME";

    public static Field? Find(ReadOnlySpan<char> name)
    {
        foreach (var field in All)
            if (name.Equals(field.Name, StringComparison.OrdinalIgnoreCase))
                return field;
        return null;
    }

    public string? Text(Product product, string? attribute) =>
        attribute is null ? _text!(product) : AttributeOf(product, attribute);

    public decimal? Number(Product product, string? attribute)
    {
        if (attribute is null)
            return _number!(product);
        return decimal.TryParse(AttributeOf(product, attribute), NumberStyles.Number, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
    }

    static string? AttributeOf(Product product, string name) =>
        product.Attributes.TryGetValue(name, out var value) ? value : null;
}
