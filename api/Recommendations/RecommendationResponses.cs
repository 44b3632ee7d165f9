using System.Text.Json;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Hosting;
using Personalization.Languages;

namespace Personalization.Recommendations;

/// <param name="RecommendationId">For whom, where, when and by what this was answered, signed: send it with what becomes of the products.</param>
/// <param name="Strategy">What was used, for instance <c>session-knn+transitions</c>.</param>
/// <param name="Visitor">known (signed in or remembered), cookie (seen before, by an anonymous id) or first (R02).</param>
/// <param name="Items">Best first.</param>
/// <param name="Shopper">first-time, occasional or skilled: whether to show the guided way or the short one (R19).</param>
/// <param name="Model">Version of the ranking model that was in use; left out where none was.</param>
/// <param name="Experiment">Left out where none runs here.</param>
public sealed record RecommendationsResponse(
    string RecommendationId,
    string Strategy,
    string Visitor,
    string Shopper,
    IReadOnlyList<RecommendedProduct> Items,
    string? Model = null,
    ExperimentVariant? Experiment = null
);

/// <summary>The experiment that runs on the placement, and the variant that this visitor is in.</summary>
public sealed record ExperimentVariant(string Id, string Variant);

/// <param name="Total">What the items cost together.</param>
/// <param name="Currency">Left out for the shop's own.</param>
public sealed record BundleResponse(decimal Total, IReadOnlyList<RecommendedProduct> Items, string? Currency = null);

/// <param name="Score">Comparable within one answer only.</param>
public sealed record RecommendedProduct(float Score, ReasonResponse Reason) : ShownProduct;

/// <param name="Kind">For programs, for instance <c>because-viewed</c>.</param>
/// <param name="ProductIds">The products that it rests on.</param>
/// <param name="Text">For people.</param>
public sealed record ReasonResponse(string Kind, string[] ProductIds, string Text);

/// <summary>Recommendations as they stand on the wire: products, scores, reasons in words, and the id of the answer.</summary>
public sealed class RecommendationResponses(
    ProductCatalogue catalogue,
    RecommendationId ids,
    AnswerSources sources,
    AnswerCounts counts,
    ShopLanguages languages,
    ShopConfiguration shop
)
{
    static readonly string[] Visitors = [.. Enum.GetNames<VisitorKind>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];
    readonly string _currency = shop.Currency.ToString();

    public RecommendationsResponse Of(
        long customer,
        Placement placement,
        Recommended recommended,
        Presentation presentation,
        HttpResponse response
    )
    {
        var texts = presentation.TextsFor(recommended.Locale, languages, response);
        var source = recommended.Source;
        sources.Note(source);
        if (presentation.IsForPeople)
            counts.Count(placement, source.Key, recommended.At, recommended.Items.Length);
        return new(
            ids.Issue(new IssuedAnswer(customer, placement, recommended.At, source.Key)),
            recommended.Strategy,
            Visitors[(int)recommended.Visitor],
            recommended.Skill.Word,
            ItemsOf(recommended.Items, presentation.Fields, texts),
            recommended.Model,
            recommended.Experiment is { } made ? new ExperimentVariant(made.Experiment, made.Variant) : null
        );
    }

    public BundleResponse Of(Bundle bundle, Presentation presentation, HttpResponse response)
    {
        var texts = presentation.TextsFor(bundle.Locale, languages, response);
        return new(bundle.Total, ItemsOf(bundle.Items, presentation.Fields, texts), bundle.Currency);
    }

    List<RecommendedProduct> ItemsOf(Recommendation[] items, ShownFields fields, Texts texts)
    {
        var answer = new List<RecommendedProduct>(items.Length);
        foreach (var item in items)
            if (catalogue[item.Product] is { } product)
            {
                var shown = new RecommendedProduct(item.Score, ReasonOf(item, texts)) { ProductId = product.Id };
                shown.Show(product, fields, _currency);
                answer.Add(shown);
            }
        return answer;
    }

    ReasonResponse ReasonOf(Recommendation item, Texts texts) =>
        new(
            ReasonTexts.Kinds[(int)item.Reason.Kind],
            catalogue[item.Reason.Product] is { } because ? [because.Id] : [],
            ReasonTexts.Of(item.Reason, item.Product, catalogue, texts)
        );
}
