using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>A set of products that go together, composed for one customer (R15).</summary>
/// <param name="Items">The products beside those asked about, best first.</param>
/// <param name="Total">Sum of their prices.</param>
/// <param name="Currency">Currency of all prices; null for the shop's base currency.</param>
[GenerateSerializer, Immutable, Alias("bundle")]
public sealed record Bundle(Recommendation[] Items, decimal Total, string? Currency)
{
    /// <summary>BCP 47, as the customer's calls said it; null where none did.</summary>
    [Id(0)]
    public string? Locale { get; init; }

    // How many of the best related products are searched for complements.
    const int Considered = 100;

    /// <summary>Composes a bundle around the request's product, or around the cart where it names none: at most
    /// <see cref="RecommendationRequest.Count"/> products of different categories, each with a known price in one currency, together within
    /// the budget. Bought together outweighs looked at together. Empty where nothing fits.</summary>
    /// <param name="request">Product, filter, rules and time; the placement is not looked at.</param>
    /// <param name="shopper">For whom.</param>
    /// <param name="index">What all shoppers did.</param>
    /// <param name="catalogue">What there is.</param>
    /// <param name="budget">Most that the added products may cost together.</param>
    public static Bundle Compose(
        in RecommendationRequest request,
        in Shopper shopper,
        ItemIndex index,
        ProductCatalogue catalogue,
        decimal budget
    )
    {
        ReadOnlySpan<int> page = [request.Product];
        var anchors = request.Product >= 0 ? page : shopper.Cart;
        // The answer for a cart that holds just the anchors: what was bought with them counts most there.
        var asked = request with { Placement = Placement.Cart, Count = Considered, Rules = WithoutExtras(request.Rules) };
        var around = new Shopper
        {
            Cart = anchors,
            Touches = shopper.Touches,
            Visit = shopper.Visit,
            Favourites = shopper.Favourites,
            Purchases = shopper.Purchases,
            NeverShow = shopper.NeverShow,
            IsKnown = shopper.IsKnown,
        };
        var related = new Recommendation[Considered];
        var count = Recommender.Recommend(asked, around, index, catalogue, related).Count;
        var currency = anchors.IsEmpty ? null : catalogue[anchors[0]]?.Currency;
        return Choose(related.AsSpan(0, count), anchors, shopper.Cart, request.Count, catalogue, budget, currency);
    }

    static Bundle Choose(
        ReadOnlySpan<Recommendation> related,
        ReadOnlySpan<int> anchors,
        ReadOnlySpan<int> cart,
        int most,
        ProductCatalogue catalogue,
        decimal budget,
        string? currency
    )
    {
        var (items, categories, total) = (new List<Recommendation>(), new HashSet<int>(), 0m);
        foreach (var anchor in anchors)
            categories.Add(catalogue.CategoryOf(anchor));
        categories.Remove(-1);
        foreach (var item in related)
        {
            if (items.Count >= most)
                break;
            if (!GoesWith(item.Reason.Kind) || cart.Contains(item.Product))
                continue;
            if (catalogue[item.Product] is not { Price: { } price } product || product.Currency != currency)
                continue;
            if (total + price > budget)
                continue;
            var category = catalogue.CategoryOf(item.Product);
            if (category >= 0 && !categories.Add(category))
                continue;
            items.Add(cart.Contains(item.Reason.Product) ? item : item with { Reason = OfPage(item.Reason) });
            total += price;
        }
        return new Bundle([.. items], total, currency);
    }

    /// <summary>The page's product was asked about as if it lay in the cart; it does not.</summary>
    static Reason OfPage(Reason reason) =>
        reason.Kind == ReasonKind.BecauseInCart ? reason with { Kind = ReasonKind.RelatedTo } : reason;

    /// <summary>A bundle is made of what belongs to the anchors or to the customer; best sellers are no complement.</summary>
    static bool GoesWith(ReasonKind kind) =>
        kind
            is ReasonKind.BoughtTogether
                or ReasonKind.BecauseInCart
                or ReasonKind.RelatedTo
                or ReasonKind.BecauseViewed
                or ReasonKind.BecauseFavourited
                or ReasonKind.BecauseBought
                or ReasonKind.RecentlyViewed;

    static RecommendationRules WithoutExtras(RecommendationRules? rules) =>
        (rules ?? RecommendationRules.Default) with
        {
            Pin = [],
            Exploration = 0,
            MaxPerCategory = 0,
            MaxPerBrand = 0,
        };
}
