using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>Gives new products a bounded share of the places, drawn with the request's seed (R17).</summary>
static class Exploration
{
    /// <summary>Places held back: the share of the answer, rounded up or down by chance so that it holds on average.</summary>
    public static int Places(in RecommendationRequest request, RecommendationRules rules, int places, ProductCatalogue catalogue)
    {
        if (places < 2 || catalogue.Newest.IsEmpty)
            return 0;
        var share = Math.Clamp(rules.Exploration, 0, RecommendationRules.MaxExploration);
        var chance = (Mix(request.Seed) >> 40) / (double)(1 << 24);
        return Math.Min((int)(places * RecommendationRules.MaxExploration), (int)((share * places) + chance));
    }

    /// <summary>Fills the places left with new products, beginning anywhere in the list of the newest.</summary>
    public static void Offer(
        in RecommendationRequest request,
        RecommendationRules rules,
        ProductCatalogue catalogue,
        scoped ref Selection selection,
        scoped in Gate gate
    )
    {
        var wanted = Math.Min(selection.Places, selection.Count + Places(request, rules, selection.Places, catalogue));
        var newest = catalogue.Newest;
        if (newest.IsEmpty)
            return;
        var from = (int)(Mix(request.Seed + 1) % (ulong)newest.Length);
        for (var i = 0; i < newest.Length && selection.Count < wanted; i++)
        {
            var product = newest[(from + i) % newest.Length];
            if (IsNew(catalogue[product], rules, request.Now))
                selection.Offer(product, new(ReasonKind.New), Sources.New, gate);
        }
    }

    static bool IsNew(Product? product, RecommendationRules rules, int now) =>
        product?.Created is { } created && now - created.ToUnixTimeSeconds() <= rules.NewForDays * 86_400L;

    // SplitMix64's finaliser (Steele et al., OOPSLA 2014).
    static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
