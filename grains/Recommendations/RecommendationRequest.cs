using Personalization.Catalogue;
using Personalization.Recommendations.Filters;

namespace Personalization.Recommendations;

/// <summary>Where the answer is shown.</summary>
public enum Placement : byte
{
    /// <summary>Home or category page: what this customer may like next.</summary>
    Home,

    /// <summary>Product page: what goes with or instead of <see cref="RecommendationRequest.Product"/>.</summary>
    Product,

    /// <summary>Cart page: what goes with the cart.</summary>
    Cart,

    /// <summary>Checkout: viewed in this visit but not put in the cart, then related to the cart and not yet seen.</summary>
    Checkout,

    /// <summary>What the customer saw last, latest first.</summary>
    RecentlyViewed,

    /// <summary>Inside a message.</summary>
    Email,
}

/// <summary>One question to the recommender.</summary>
public readonly record struct RecommendationRequest
{
    public RecommendationRequest() { }

    public Placement Placement { get; init; }

    /// <summary>How many products are wanted; the result span may be longer.</summary>
    public int Count { get; init; } = 10;

    /// <summary>The time of asking, unix seconds.</summary>
    public int Now { get; init; }

    /// <summary>Number of the product whose page is shown; -1 for none. Needed by <see cref="Placement.Product"/>.</summary>
    public int Product { get; init; } = -1;

    /// <summary>Only products of this category or below it; -1 for all.</summary>
    public int Category { get; init; } = -1;

    /// <summary>Only products that match; null for all.</summary>
    public Filter? Filter { get; init; }

    /// <summary>The shop's rules for this placement; null for <see cref="RecommendationRules.Default"/>.</summary>
    public RecommendationRules? Rules { get; init; }

    /// <summary>Products already shown elsewhere on the page, to be left out.</summary>
    public ReadOnlyMemory<int> Exclude { get; init; }

    /// <summary>What was looked at in this visit comes after all else: the page has a list of its own for it.</summary>
    public bool ViewedLast { get; init; }

    /// <summary>Only what is popular with everybody, and what the shop's rules put first.</summary>
    public bool IsImpersonal { get; init; }

    /// <summary>The chance that exploration draws from: the same seed gives the same answer.</summary>
    public ulong Seed { get; init; }

    /// <summary>The category it stays in, else the one its product is in; -1 for none.</summary>
    public int CategoryOf(ProductCatalogue catalogue) => Category < 0 && Product >= 0 ? catalogue.CategoryOf(Product) : Category;
}
