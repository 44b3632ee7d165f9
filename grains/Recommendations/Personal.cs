using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>What the customer's own acts, or the page's product, suggest (R10, R11).</summary>
static class Personal
{
    /// <summary>Ranks the candidates of the scratch's query.</summary>
    public static void Prepare(
        in RecommendationRequest request,
        in Shopper shopper,
        ItemIndex index,
        ProductCatalogue catalogue,
        RecommendationRules rules,
        BlendWeights blend,
        RankingModel? model,
        Scratch scratch
    )
    {
        Candidates.Collect(request, shopper, index, catalogue, blend, scratch);
        if (model?.Of(Objectives.Of(request.Placement)) is { } learned)
        {
            Candidates.Extend(request, index, MayReturn(request.Placement), scratch);
            LearnedBlend.Rank(learned, request, shopper, index, catalogue, scratch);
        }
        else
        {
            Blend.Rank(blend, request, index.Returns, request.Placement == Placement.Home, scratch);
        }
        var best = Math.Max(50, 3 * request.Count);
        if ((rules.MarginBoost != 0 || rules.RatingBoost != 0) && catalogue.HasJudged)
            scratch.Ranking.Rescore(best, (rules, catalogue), static (state, product) =>
                state.catalogue.IsJudged(product) ? Boost(state.rules, state.catalogue[product]) : 1
            );
        if (rules.Boost.Length > 0)
            scratch.Ranking.Rescore(best, (rules.Boost, catalogue, request.Now), static (state, product) =>
                Factor(state.Boost, state.catalogue[product], state.Now)
            );
    }

    /// <summary>Whether what was seen in this visit is shown again. Beside a product people want what goes with it; whether they
    /// put in the cart what they have just seen is learned.</summary>
    public static bool MayReturn(Placement placement) => placement != Placement.Product;

    public static void Offer(
        in RecommendationRequest request,
        in Shopper shopper,
        ItemIndex index,
        ProductCatalogue catalogue,
        Scratch scratch,
        scoped ref Selection selection,
        scoped in Gate gate
    )
    {
        for (var i = 0; !selection.IsFull && scratch.Ranking.TryGet(i, out var product, out var score); i++)
        {
            if (!selection.Accepts(product, gate))
                continue;
            var reason = Reasons.Of(product, request, shopper, index, catalogue, scratch.Query);
            selection.Take(product, score, reason, Sources.Personal);
        }
    }

    /// <summary>The factors of all boosts that concern the product.</summary>
    static float Factor(FilterRule[] boosts, Product? product, int now)
    {
        var factor = 1f;
        foreach (var boost in boosts)
            if (product is not null && boost.Concerns(product, now))
                factor *= boost.Factor;
        return factor;
    }

    /// <summary>Margin counts from 0 to 1; a rating counts from 3 stars on, and the more the more stand behind it.</summary>
    static float Boost(RecommendationRules rules, Product? product)
    {
        if (product is null)
            return 1;
        var boost = 1 + (rules.MarginBoost * (float)(product.Margin ?? 0));
        if (product is not { Rating: { } rating, Reviews: > 0 and var reviews })
            return boost;
        var certainty = reviews / (reviews + 10f);
        return boost + (rules.RatingBoost * certainty * Math.Clamp(((float)rating - 3) / 2, -1, 1));
    }
}
