using System.ComponentModel.DataAnnotations;
using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>Section <c>Recommendations</c>.</summary>
public sealed record RecommendationSettings
{
    /// <summary>
    /// How long after the click of a recommended product its cart or its order counts for the recommendation, where the storefront
    /// does not send the id again. The default is 7 days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:01:00", "90.00:00:00")]
    public TimeSpan AttributionWindow { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The shop's rules per placement (R17). What is not set keeps its default.</summary>
    public IReadOnlyDictionary<Placement, PlacementRules> Rules { get; init; } = new Dictionary<Placement, PlacementRules>();

    /// <exception cref="ArgumentException">A pinned product is not in the catalogue; the message names both.</exception>
    public Dictionary<Placement, RecommendationRules> In(ProductCatalogue catalogue) =>
        Rules.ToDictionary(rules => rules.Key, rules => rules.Value.In(catalogue, $"Recommendations:Rules:{rules.Key}:Pin"));
}

/// <summary>The rules of one placement as they are set: products by their ids.</summary>
public sealed record PlacementRules : RecommendationRules
{
    public new IReadOnlyList<string> Pin { get; init; } = [];

    internal RecommendationRules In(ProductCatalogue catalogue, string setting) =>
        ((RecommendationRules)this) with
        {
            Pin =
            [
                .. Pin.Select(id =>
                    catalogue.TryNumber(id, out var number)
                        ? number
                        : throw new ArgumentException($"{setting} names \"{id}\", a product that is not in the catalogue.")
                ),
            ],
        };
}
