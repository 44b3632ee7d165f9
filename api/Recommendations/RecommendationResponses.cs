using System.Text.Json;
using Personalization.Catalogue;
using Personalization.Customers;

namespace Personalization.Recommendations;

/// <param name="RecommendationId">For whom, where, when and by what this was answered, signed: send it with what becomes of the products.</param>
/// <param name="Strategy">What was used, for instance <c>session-knn+transitions</c>.</param>
/// <param name="Items">Best first.</param>
/// <param name="Model">Version of the ranking model that was in use; left out where none was.</param>
public sealed record RecommendationsResponse(
    string RecommendationId,
    string Strategy,
    IReadOnlyList<RecommendedProduct> Items,
    string? Model = null
);

/// <param name="Total">What the items cost together.</param>
/// <param name="Currency">Left out for the shop's own.</param>
public sealed record BundleResponse(decimal Total, IReadOnlyList<RecommendedProduct> Items, string? Currency = null);

/// <param name="Score">Comparable within one answer only.</param>
public sealed record RecommendedProduct(string ProductId, float Score, ReasonResponse Reason);

/// <param name="Kind">For programs, for instance <c>because-viewed</c>.</param>
/// <param name="ProductIds">The products that it rests on.</param>
/// <param name="Text">For people.</param>
public sealed record ReasonResponse(string Kind, string[] ProductIds, string Text);

/// <summary>Recommendations as they stand on the wire: product ids, scores, reasons in words, and the id of the answer.</summary>
public sealed class RecommendationResponses(
    ProductCatalogue catalogue,
    RecommendationId ids,
    AnswerSources sources,
    AnswerCounts counts
)
{
    /// <summary>The kinds as they are spelled on the wire, for instance "because-viewed".</summary>
    static readonly string[] Kinds = [.. Enum.GetNames<ReasonKind>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];

    public RecommendationsResponse Of(long customer, Placement placement, Recommended recommended)
    {
        var source = recommended.Source;
        sources.Note(source);
        counts.Count(placement, source.Key, recommended.At, recommended.Items.Length);
        var id = ids.Issue(new IssuedAnswer(customer, placement, recommended.At, source.Key));
        return new(id, recommended.Strategy, ItemsOf(recommended.Items), recommended.Model);
    }

    public BundleResponse Of(Bundle bundle) => new(bundle.Total, ItemsOf(bundle.Items), bundle.Currency);

    List<RecommendedProduct> ItemsOf(Recommendation[] items)
    {
        var answer = new List<RecommendedProduct>(items.Length);
        foreach (var item in items)
            if (catalogue[item.Product] is { } product)
                answer.Add(new RecommendedProduct(product.Id, item.Score, ReasonOf(item)));
        return answer;
    }

    ReasonResponse ReasonOf(Recommendation item) =>
        new(
            Kinds[(int)item.Reason.Kind],
            catalogue[item.Reason.Product] is { } because ? [because.Id] : [],
            item.Reason.Text(catalogue, item.Product)
        );
}
