using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>Finds what of the customer's own acts a recommendation rests on. Done for returned products only.</summary>
static class Reasons
{
    const int LookedAt = 16; // sessions: a reason is found among a few or not worth the time

    /// <summary>The reason of a product that came from the query.</summary>
    public static Reason Of(
        int product,
        in RecommendationRequest request,
        in Shopper shopper,
        ItemIndex index,
        ProductCatalogue catalogue,
        Query query
    )
    {
        if (OwnAct(product, request, shopper, catalogue) is { } own)
            return own;
        var cause = Cause(product, index, query);
        var (kind, from) = (query.Kinds[cause], query.Products[cause]);
        var together =
            kind is ReasonKind.RelatedTo or ReasonKind.BecauseInCart or ReasonKind.BecauseBought
            && index.Together.Weight(from, product) > 0;
        return new Reason(together ? ReasonKind.BoughtTogether : kind, from);
    }

    /// <summary>The reason when the customer knows the product already.</summary>
    static Reason? OwnAct(int product, in RecommendationRequest request, in Shopper shopper, ProductCatalogue catalogue)
    {
        foreach (var purchase in shopper.Purchases)
            if (purchase.Product == product && Gate.IsDue(purchase, catalogue[product], request.Now))
                return new Reason(ReasonKind.BuyAgain, product);
        if (shopper.Favourites.Contains(product))
            return new Reason(ReasonKind.BecauseFavourited, product);
        foreach (var touch in shopper.Touches)
            if (touch.Product == product)
                return new Reason(ReasonKind.RecentlyViewed, product);
        foreach (var purchase in shopper.Purchases)
            if (purchase.Product == product)
                return new Reason(ReasonKind.BecauseBought, product);
        return shopper.Cart.Contains(product) ? new Reason(ReasonKind.BecauseInCart, product) : null;
    }

    /// <summary>The product of the query that speaks most for it: by co-occurrence, else by the sessions both share. Without any
    /// trace it is the weightiest.</summary>
    static int Cause(int product, ItemIndex index, Query query)
    {
        if (query.Count == 1)
            return 0;
        var (cause, most) = (0, 0f);
        for (var i = 0; i < query.Count; i++)
        {
            if (query.Weights[i] < Query.MinWeight)
                continue;
            var from = query.Products[i];
            var evidence = index.Near.Weight(from, product) + (2 * index.Together.Weight(from, product));
            if (evidence * query.Weights[i] > most)
                (cause, most) = (i, evidence * query.Weights[i]);
        }
        return most > 0 ? cause : Sharing(product, index, query);
    }

    static int Sharing(int product, ItemIndex index, Query query)
    {
        Span<float> votes = stackalloc float[Query.Max];
        votes.Clear();
        var sessions = index.Recent.Of(product, out var later);
        if (!later.IsEmpty)
            sessions = later;
        foreach (var session in sessions[^Math.Min(sessions.Length, LookedAt)..])
        foreach (var click in index.Sessions.Clicks(session))
            if (query.Products.IndexOf(SessionLog.ProductOf(click)) is >= 0 and var at)
                votes[at] += query.Weights[at];
        var cause = 0;
        for (var i = 1; i < query.Count; i++)
            if (votes[i] > votes[cause])
                cause = i;
        return cause;
    }
}
