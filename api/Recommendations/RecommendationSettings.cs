using System.ComponentModel.DataAnnotations;
using Personalization.Catalogue;
using Personalization.Recommendations.Filters;

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

    /// <summary>
    /// The shop's rules per placement (R17), until others are written there while it runs. What is not set keeps its default.
    /// </summary>
    public IReadOnlyDictionary<Placement, PlacementRules> Rules { get; init; } = new Dictionary<Placement, PlacementRules>();

    /// <exception cref="ArgumentException">A pinned product is not in the catalogue; the message names both.</exception>
    public Dictionary<Placement, RecommendationRules> In(ProductCatalogue catalogue) =>
        Rules.ToDictionary(rules => rules.Key, rules => rules.Value.In(catalogue, $"Recommendations:Rules:{rules.Key}:Pin"));
}

/// <summary>The rules of one placement as they are set: products by their ids.</summary>
public sealed record PlacementRules : RuleNumbers
{
    /// <summary>Products that come first, in this order, if they may be shown. Default: none.</summary>
    public IReadOnlyList<string> Pin { get; init; } = [];

    /// <summary>Products that match come last. Default: none.</summary>
    public Filter? Bury { get; init; }

    /// <summary>Products that match are never shown. Default: none.</summary>
    public Filter? Exclude { get; init; }

    internal RecommendationRules In(ProductCatalogue catalogue, string setting)
    {
        if (Pin.FirstOrDefault(id => !catalogue.TryNumber(id, out _)) is { } unknown)
            throw new ArgumentException($"{setting} names \"{unknown}\", a product that is not in the catalogue.");
        return RulesBody.Of(this).In(catalogue);
    }
}
