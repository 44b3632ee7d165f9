using Personalization.Catalogue;
using Personalization.Recommendations.Filters;

namespace Personalization.Recommendations;

/// <summary>The last gate: every product of every answer passes it, whatever proposed it, with the catalogue as it is at that
/// moment.</summary>
ref struct Gate
{
    readonly ReadOnlySpan<int> _cart;
    readonly ReadOnlySpan<int> _neverShow;
    readonly ReadOnlySpan<int> _exclude;
    readonly ReadOnlySpan<Purchased> _purchases;
    readonly ProductCatalogue _catalogue;
    readonly Filter? _filter;
    readonly Filter? _include;
    readonly FilterRule[] _excluded;
    readonly int _category;
    readonly int _page;
    readonly int _now;
    ReadOnlySpan<Touch> _seen;

    public Gate(
        scoped in RecommendationRequest request,
        scoped in Shopper shopper,
        ProductCatalogue catalogue,
        RecommendationRules rules
    )
    {
        _catalogue = catalogue;
        (_filter, _include, _excluded) = (request.Filter, rules.Include, rules.Exclude);
        (_category, _page, _now) = (request.Category, request.Product, request.Now);
        _exclude = request.Exclude.Span;
        _neverShow = shopper.NeverShow;
        if (request.Placement == Placement.RecentlyViewed)
            return; // finding again: also what is in the cart or was bought
        _cart = rules.AllowInCart && request.Placement is not (Placement.Cart or Placement.Checkout) ? default : shopper.Cart;
        _purchases = rules.AllowBought ? default : shopper.Purchases;
    }

    /// <summary>The same gate, closed also to what was seen.</summary>
    public readonly Gate ExceptSeen(ReadOnlySpan<Touch> touches)
    {
        var gate = this;
        gate._seen = touches;
        return gate;
    }

    /// <summary>Whether the product may be shown.</summary>
    public readonly bool Allows(int product)
    {
        return _catalogue.IsSellable(product)
            && product != _page
            && (_category < 0 || _catalogue.IsIn(product, _category))
            && !_cart.Contains(product)
            && !_neverShow.Contains(product)
            && !_exclude.Contains(product)
            && ((_include is null && _filter is null && _excluded.Length == 0) || Matches(_catalogue[product]))
            && !IsSeen(product)
            && MayBuy(product);
    }

    readonly bool Matches(Product? item) =>
        item is { IsSellable: true }
        && (_include is null || _include.Matches(item))
        && (_filter is null || _filter.Matches(item))
        && !FilterRule.Any(_excluded, item, _now);

    /// <summary>A replenishable purchase is due again when four fifths of its time are over.</summary>
    public static bool IsDue(Purchased purchase, Product? product, int now) =>
        product?.ReplenishDays is { } days && now - (long)purchase.Last >= days * 86_400L * 4 / 5;

    readonly bool MayBuy(int product)
    {
        foreach (var purchase in _purchases)
            if (purchase.Product == product)
                return IsDue(purchase, _catalogue[product], _now);
        return true;
    }

    readonly bool IsSeen(int product)
    {
        foreach (var touch in _seen)
            if (touch.Product == product)
                return true;
        return false;
    }
}
