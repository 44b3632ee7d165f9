using System.ComponentModel.DataAnnotations;
using Personalization.Recommendations.Filters;

namespace Personalization.Recommendations;

/// <summary>What the shop wants of one placement (R17), beside what the request asks for.</summary>
public record RecommendationRules
{
    public static RecommendationRules Default { get; } = new();

    /// <summary>Products that come first, in this order, if they pass the gate. Default: none.</summary>
    public IReadOnlyList<int> Pin { get; init; } = [];

    /// <summary>Products that match come last. Default: none.</summary>
    public Filter? Bury { get; init; }

    /// <summary>Only products that match, beside the request's own filter. Default: all.</summary>
    public Filter? Include { get; init; }

    /// <summary>How much a margin of 1 adds to the score: 0.2 raises it by a fifth. The default is 0.</summary>
    [Range(0.0, 10)]
    public float MarginBoost { get; init; }

    /// <summary>How much a full and certain rating adds to the score. The default is 0.05.</summary>
    [Range(0.0, 10)]
    public float RatingBoost { get; init; } = 0.05f;

    /// <summary>At most so many products of one innermost category, while others are left; 0 for no limit. The default is 0.
    /// Lists of what the customer saw are not thinned.</summary>
    [Range(0, 1000)]
    public int MaxPerCategory { get; init; }

    /// <summary>At most so many products of one brand, while others are left; 0 for no limit. The default is 0.</summary>
    [Range(0, 1000)]
    public int MaxPerBrand { get; init; }

    /// <summary>Share of the places new products may take, 0 to <see cref="MaxExploration"/>. The default is 0.05.</summary>
    [Range(0.0, MaxExploration, ErrorMessage = "{0} must be between 0 and a third.")]
    public float Exploration { get; init; } = 0.05f;

    /// <summary>Days after its creation for which a product is new. The default is 30.</summary>
    [Range(0, 3650)]
    public int NewForDays { get; init; } = 30;

    /// <summary>Products bought and not replenishable may be shown again. The default is false.</summary>
    public bool AllowBought { get; init; }

    /// <summary>Products in the cart may be shown, but never on the cart page and at checkout. The default is false.</summary>
    public bool AllowInCart { get; init; }

    /// <summary>On the home page, products looked at in this visit may be shown before all others. The default is false.</summary>
    public bool AllowViewed { get; init; }

    /// <summary>No more than a third of an answer is ever given to chance.</summary>
    public const float MaxExploration = 1f / 3;
}
