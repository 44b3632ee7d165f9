using System.Diagnostics.CodeAnalysis;
using Personalization.Catalogue;

namespace Personalization.Recommendations.Filters;

/// <summary>A condition on products, written as text and compiled once:
/// <code>category = "Jackets" and price &lt; 50 and not brand in ("Orvo", "Xy") and attribute.color = "blue"</code>
/// <para>Fields: id, title, category, brand, currency, url (texts); price, margin, stock, rating, reviews (numbers);
/// hidden (true, false); attribute.NAME or attribute."any name" (text, or number when compared with one).</para>
/// <para>Operators: = != &lt; &lt;= &gt; &gt;=, in (…), contains; not binds tighter than and, and tighter than or. Texts are
/// compared without case. <c>category</c> matches any level of the path; <c>"Clothing &gt; Jackets"</c> matches that path and
/// what lies below.</para>
/// <para>A product that lacks the field fails every comparison except <c>!=</c>; <c>stock &gt; 0</c> holds while the stock is
/// unknown, because unknown is sellable.</para></summary>
public sealed class Filter : IParsable<Filter>
{
    /// <summary>Longest text accepted, in characters.</summary>
    public const int MaxLength = 2000;

    /// <summary>Deepest nesting accepted.</summary>
    public const int MaxDepth = 20;

    readonly Condition _root;

    internal Filter(string text, Condition root)
    {
        Text = text;
        _root = root;
    }

    /// <summary>The text it was made of.</summary>
    public string Text { get; }

    /// <summary>Compiles the text; on failure says where and what to do about it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Filter? filter, [NotNullWhen(false)] out FilterError? error)
    {
        var parser = new FilterParser(text);
        var root = parser.Parse();
        error = parser.Error;
        filter = error is null ? new Filter(text, root!) : null;
        return error is null;
    }

    public static Filter Parse(string text, IFormatProvider? provider) =>
        TryParse(text, out var filter, out FilterError? error) ? filter : throw new FormatException(error.ToString());

    public static bool TryParse(
        [NotNullWhen(true)] string? text,
        IFormatProvider? provider,
        [NotNullWhen(true)] out Filter? filter
    ) => TryParse(text ?? "", out filter, out FilterError? _);

    /// <summary>Whether the product fulfils the condition. Allocates nothing.</summary>
    public bool Matches(Product product) => _root.Holds(product);

    public override string ToString() => Text;
}

/// <summary>A filter travels as its text.</summary>
[GenerateSerializer, Alias("filter")]
public struct FilterText
{
    [Id(0)]
    public string Text;
}

[RegisterConverter]
public sealed class FilterConverter : IConverter<Filter, FilterText>
{
    public Filter ConvertFromSurrogate(in FilterText surrogate) =>
        Filter.TryParse(surrogate.Text, out var filter, out var error)
            ? filter
            : throw new FormatException($"Another silo sent a filter that cannot be read: {error.Message}");

    public FilterText ConvertToSurrogate(in Filter value) => new() { Text = value.Text };
}
