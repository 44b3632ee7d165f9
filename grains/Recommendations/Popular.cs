using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>Best sellers and what is trending, for the page's category and then overall (R12); after them anything that may be
/// shown, so that an answer is short only when the shop is.</summary>
static class Popular
{
    public static void Offer(
        in RecommendationRequest request,
        in Shopper shopper,
        ItemIndex index,
        ProductCatalogue catalogue,
        scoped ref Selection selection,
        scoped in Gate gate
    )
    {
        var category = request.CategoryOf(catalogue);
        for (var node = category; node >= 0 && !selection.IsFull; node = catalogue.Categories.ParentOf(node))
            OfCategory(node, index, ref selection, gate);
        OfCategory(-1, index, ref selection, gate);
        if (category >= 0)
            Range(category, request.Product, catalogue, ref selection, gate);
        Range(-1, -1, catalogue, ref selection, gate);
    }

    /// <summary>Two best sellers, one trending, and so on; then what is viewed most.</summary>
    static void OfCategory(int category, ItemIndex index, scoped ref Selection selection, scoped in Gate gate)
    {
        var sellers = index.Popularity.Top(category, PopularityKind.PurchasesOfMonth);
        var trending = index.Popularity.Top(category, PopularityKind.ViewsOfDay);
        var (sold, trended) = (0, 0);
        while (!selection.IsFull && (sold < sellers.Length || trended < trending.Length))
        {
            var turn = selection.Count % 3 < 2 ? sold < sellers.Length : trended >= trending.Length;
            if (turn)
                selection.Offer(sellers[sold++], new(ReasonKind.BestSeller), Sources.BestSellers, gate);
            else
                selection.Offer(trending[trended++], new(ReasonKind.Trending), Sources.Trending, gate);
        }
        foreach (var product in index.Popularity.Top(category, PopularityKind.ViewsOfMonth))
            selection.Offer(product, new(ReasonKind.Trending), Sources.Trending, gate);
    }

    static void Range(int category, int page, ProductCatalogue catalogue, scoped ref Selection selection, scoped in Gate gate)
    {
        for (var product = 0; product < catalogue.Count && !selection.IsFull; product++)
        {
            if (category >= 0 && !catalogue.IsIn(product, category))
                continue;
            var reason =
                catalogue[product]?.IsWellRated == true ? new Reason(ReasonKind.WellRated)
                : page >= 0 && category >= 0 ? new Reason(ReasonKind.InCategory, page)
                : new Reason(ReasonKind.InShop);
            selection.Offer(product, reason, Sources.Range, gate);
        }
    }
}
