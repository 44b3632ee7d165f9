using System.Diagnostics.CodeAnalysis;
using System.Net;
using Personalization.Catalogue;

namespace Personalization.Ingestion;

/// <summary>Names as some shops keep them: with HTML's entities in text that is no HTML.</summary>
public static class HtmlText
{
    /// <summary>The text with its entities decoded, once. A plain &amp; or &lt; stays what it is.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Decode(string? text) =>
        text is not null && text.Contains('&') && text.Contains(';') ? WebUtility.HtmlDecode(text) : text;

    /// <summary>A product whose title, brand and category are plain text.</summary>
    public static ProductPatch Decode(ProductPatch patch) =>
        patch with
        {
            Title = Decode(patch.Title),
            Brand = Decode(patch.Brand),
            Category = patch.Category switch
            {
                // The sign between two names may be an entity too.
                [var path] => CategoryPath.Parse(Decode(path)),
                { } names => [.. names.Select(name => Decode(name))],
                null => null,
            },
        };
}
