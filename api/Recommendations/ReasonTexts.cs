using System.Globalization;
using System.Text.Json;
using Personalization.Catalogue;
using Personalization.Languages;

namespace Personalization.Recommendations;

/// <summary>Reasons in words (R15), in the language of who reads them.</summary>
public static class ReasonTexts
{
    /// <summary>The kinds as they are spelled on the wire, for instance "because-viewed".</summary>
    public static readonly string[] Kinds = [.. Enum.GetNames<ReasonKind>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];

    static readonly string[] Keys = [.. Kinds.Select(kind => "reason." + kind)];

    /// <summary>The reason in words, such as <c>because you viewed "Rain jacket"</c>. A product without a title is named by its id.</summary>
    /// <param name="reason">The reason.</param>
    /// <param name="recommended">The product recommended; its rating is told where that is the reason.</param>
    /// <param name="catalogue">Names the products.</param>
    /// <param name="texts">The reader's language.</param>
    public static string Of(Reason reason, int recommended, ProductCatalogue catalogue, Texts texts)
    {
        var key = Keys[(int)reason.Kind];
        return reason.Kind switch
        {
            ReasonKind.BecauseFavourited when reason.Product == recommended => texts["reason.favourite"],
            ReasonKind.BecauseViewed
            or ReasonKind.BecauseFavourited
            or ReasonKind.BecauseInCart
            or ReasonKind.BecauseBought
            or ReasonKind.BoughtTogether
            or ReasonKind.RelatedTo => texts.With(key, "{product}", catalogue[reason.Product]?.Name ?? texts["word.product"]),
            ReasonKind.InCategory => texts.With(key, "{category}", CategoryName(reason.Product, catalogue, texts)),
            ReasonKind.WellRated => Rating(catalogue[recommended], texts) ?? texts[key],
            _ => texts[key],
        };
    }

    /// <summary>What others think of the product, such as <c>rated 4.6 out of 5 (reviews: 120)</c>; null without reviews.</summary>
    public static string? Rating(Product? product, Texts texts) =>
        product is { Rating: { } rating, Reviews: > 0 and var reviews }
            ? texts
                .With("reason.well-rated.figures", "{rating}", texts.Numbers.Write((decimal)rating, 1))
                .Replace("{count}", reviews.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            : null;

    static string CategoryName(int product, ProductCatalogue catalogue, Texts texts) =>
        catalogue.CategoryOf(product) is >= 0 and var category ? catalogue.Categories.NameOf(category) : texts["word.category"];
}
