using System.Globalization;
using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>Why a product is recommended (R15).</summary>
public enum ReasonKind : byte
{
    /// <summary>The customer viewed <see cref="Reason.Product"/>.</summary>
    BecauseViewed,

    /// <summary>The customer marked <see cref="Reason.Product"/> as a favourite.</summary>
    BecauseFavourited,

    /// <summary><see cref="Reason.Product"/> is in the customer's cart.</summary>
    BecauseInCart,

    /// <summary>The customer bought <see cref="Reason.Product"/>.</summary>
    BecauseBought,

    /// <summary>Others bought it in one order with <see cref="Reason.Product"/>.</summary>
    BoughtTogether,

    /// <summary>Others look at it with <see cref="Reason.Product"/>, whose page is shown.</summary>
    RelatedTo,

    /// <summary>Among the most bought.</summary>
    BestSeller,

    /// <summary>Much looked at these days.</summary>
    Trending,

    /// <summary>The customer looked at it.</summary>
    RecentlyViewed,

    /// <summary>Looked at in this visit and not put in the cart.</summary>
    ViewedNotCarted,

    /// <summary>The customer bought it and it should be used up by now.</summary>
    BuyAgain,

    /// <summary>Of the same category as <see cref="Reason.Product"/>.</summary>
    InCategory,

    /// <summary>New in the shop and given a chance.</summary>
    New,

    /// <summary>Well rated by other customers (R18).</summary>
    WellRated,

    /// <summary>Put there by the shop.</summary>
    Pinned,

    /// <summary>In the shop's range; nothing more is known.</summary>
    InShop,
}

/// <summary>A reason as a value; the words are made when it is read.</summary>
/// <param name="Kind">What kind of reason.</param>
/// <param name="Product">The product it rests on; -1 for none.</param>
[GenerateSerializer, Immutable, Alias("reason")]
public readonly record struct Reason(ReasonKind Kind, int Product = -1)
{
    /// <summary>The reason in words, such as <c>because you viewed "Rain jacket"</c>. A product without a title is named by its
    /// id.</summary>
    /// <param name="catalogue">Names the products.</param>
    /// <param name="recommended">The product recommended; its rating is told where that is the reason.</param>
    public string Text(ProductCatalogue catalogue, int recommended) =>
        Kind switch
        {
            ReasonKind.BecauseViewed => $"because you viewed {Quoted(catalogue)}",
            ReasonKind.BecauseFavourited when Product == recommended => "on your favourites list",
            ReasonKind.BecauseFavourited => $"because you like {Quoted(catalogue)}",
            ReasonKind.BecauseInCart => $"goes with {Quoted(catalogue)} in your cart",
            ReasonKind.BecauseBought => $"because you bought {Quoted(catalogue)}",
            ReasonKind.BoughtTogether => $"bought together with {Quoted(catalogue)}",
            ReasonKind.RelatedTo => $"related to {Quoted(catalogue)}",
            ReasonKind.BestSeller => "best seller",
            ReasonKind.Trending => "trending now",
            ReasonKind.RecentlyViewed => "you viewed this recently",
            ReasonKind.ViewedNotCarted => "you viewed this and have not put it in the cart",
            ReasonKind.BuyAgain => "time to buy again",
            ReasonKind.InCategory => $"more in {CategoryName(catalogue)}",
            ReasonKind.New => "new in the shop",
            ReasonKind.WellRated => Rating(catalogue[recommended]) ?? "well rated",
            ReasonKind.Pinned => "chosen by the shop",
            _ => "from our range",
        };

    /// <summary>What others think of the product, such as <c>rated 4.6 by 120 buyers</c>; null without reviews.</summary>
    public static string? Rating(Product? product) =>
        product is { Rating: { } rating, Reviews: > 0 and var reviews }
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"rated {rating:0.0} by {reviews} {(reviews == 1 ? "buyer" : "buyers")}"
            )
            : null;

    string Quoted(ProductCatalogue catalogue) => '"' + (catalogue[Product]?.Name ?? "a product") + '"';

    string CategoryName(ProductCatalogue catalogue) =>
        catalogue.CategoryOf(Product) is >= 0 and var category ? catalogue.Categories.NameOf(category) : "this category";
}
