using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>Answers requests. A pure function of what it is given: same state, same request, same answer.</summary>
public static class Recommender
{
    /// <summary>Writes the best recommendations, first first, into <paramref name="into"/>: at most
    /// <see cref="Request.Count"/> and at most its length; fewer only when fewer products may be shown.</summary>
    public static Answer Recommend(
        in Request request, in Shopper shopper, ItemIndex index, ProductCatalogue catalogue, Span<Recommendation> into) =>
        throw new NotImplementedException();
}
