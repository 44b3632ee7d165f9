using Personalization.Catalogue;
using Personalization.Recommendations.Filters;

namespace Personalization.Recommendations;

/// <summary>The last gate: every product of every answer passes it, whatever proposed it, with the catalogue as it is at that
/// moment.</summary>
internal ref struct Gate
{
    private readonly ReadOnlySpan<int> cart;
    private readonly ReadOnlySpan<int> neverShow;
    private readonly ReadOnlySpan<int> exclude;
    private readonly ReadOnlySpan<Purchased> purchases;
    private readonly ProductCatalogue catalogue;
    private readonly Filter? filter;
    private readonly Filter? include;
    private readonly int category;
    private readonly int page;
    private readonly int now;
    private ReadOnlySpan<Touch> seen;

    public Gate(
        scoped in RecommendationRequest request,
        scoped in Shopper shopper,
        ProductCatalogue catalogue,
        RecommendationRules rules
    )
    {
        this.catalogue = catalogue;
        (filter, include) = (request.Filter, rules.Include);
        (category, page, now) = (request.Category, request.Product, request.Now);
        exclude = request.Exclude.Span;
        neverShow = shopper.NeverShow;
        if (request.Placement == Placement.RecentlyViewed)
            return; // finding again: also what is in the cart or was bought
        cart = rules.AllowInCart && request.Placement is not (Placement.Cart or Placement.Checkout) ? default : shopper.Cart;
        purchases = rules.AllowBought ? default : shopper.Purchases;
    }

    /// <summary>The same gate, closed also to what was seen.</summary>
    public readonly Gate ExceptSeen(ReadOnlySpan<Touch> touches)
    {
        var gate = this;
        gate.seen = touches;
        return gate;
    }

    /// <summary>Whether the product may be shown.</summary>
    public readonly bool Allows(int product)
    {
        return catalogue.IsSellable(product)
            && product != page
            && (category < 0 || catalogue.IsIn(product, category))
            && !cart.Contains(product)
            && !neverShow.Contains(product)
            && !exclude.Contains(product)
            && ((include is null && filter is null) || Matches(catalogue[product]))
            && !IsSeen(product)
            && MayBuy(product);
    }

    private readonly bool Matches(Product? item) =>
        item is { IsSellable: true } && (include is null || include.Matches(item)) && (filter is null || filter.Matches(item));

    /// <summary>A replenishable purchase is due again when four fifths of its time are over.</summary>
    public static bool IsDue(Purchased purchase, Product? product, int now) =>
        product?.ReplenishDays is { } days && now - (long)purchase.Last >= days * 86_400L * 4 / 5;

    private readonly bool MayBuy(int product)
    {
        foreach (var purchase in purchases)
            if (purchase.Product == product)
                return IsDue(purchase, catalogue[product], now);
        return true;
    }

    private readonly bool IsSeen(int product)
    {
        foreach (var touch in seen)
            if (touch.Product == product)
                return true;
        return false;
    }
}
