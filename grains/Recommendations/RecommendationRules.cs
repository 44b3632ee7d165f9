using System.ComponentModel.DataAnnotations;
using Personalization.Catalogue;
using Personalization.Recommendations.Filters;

namespace Personalization.Recommendations;

/// <summary>The numbers and switches of a placement's rules (R17).</summary>
[GenerateSerializer, Immutable, Alias("rule-numbers")]
public abstract record RuleNumbers
{
    /// <summary>Only products that match, beside the request's own filter. Default: all.</summary>
    [Id(0)]
    public Filter? Include { get; init; }

    /// <summary>How much a margin of 1 adds to the score: 0.2 raises it by a fifth. The default is 0.</summary>
    [Range(0.0, 10)]
    [Id(1)]
    public float MarginBoost { get; init; }

    /// <summary>How much a full and certain rating adds to the score. The default is 0.05.</summary>
    [Range(0.0, 10)]
    [Id(2)]
    public float RatingBoost { get; init; } = 0.05f;

    /// <summary>At most so many products of one innermost category, while others are left; 0 for no limit. The default is 0.
    /// Lists of what the customer saw are not thinned.</summary>
    [Range(0, 1000)]
    [Id(3)]
    public int MaxPerCategory { get; init; }

    /// <summary>At most so many products of one brand, while others are left; 0 for no limit. The default is 0.</summary>
    [Range(0, 1000)]
    [Id(4)]
    public int MaxPerBrand { get; init; }

    /// <summary>Share of the places new products may take, 0 to <see cref="MaxExploration"/>. The default is 0.05.</summary>
    [Range(0.0, MaxExploration, ErrorMessage = "{0} must be between 0 and a third.")]
    [Id(5)]
    public float Exploration { get; init; } = 0.05f;

    /// <summary>Days after its creation for which a product is new. The default is 30.</summary>
    [Range(0, 3650)]
    [Id(6)]
    public int NewForDays { get; init; } = 30;

    /// <summary>Products bought and not replenishable may be shown again. The default is false.</summary>
    [Id(7)]
    public bool AllowBought { get; init; }

    /// <summary>Products in the cart may be shown, but never on the cart page and at checkout. The default is false.</summary>
    [Id(8)]
    public bool AllowInCart { get; init; }

    /// <summary>On the home page, products looked at in this visit may be shown before all others. The default is false.</summary>
    [Id(9)]
    public bool AllowViewed { get; init; }

    /// <summary>No more than a third of an answer is ever given to chance.</summary>
    public const float MaxExploration = 1f / 3;
}

/// <summary>What the shop wants of one placement (R17), beside what the request asks for: compiled once, read by every answer.</summary>
[GenerateSerializer, Immutable, Alias("recommendation-rules")]
public sealed record RecommendationRules : RuleNumbers
{
    public static RecommendationRules Default { get; } = new();

    /// <summary>Products that come first, if they pass the gate. Default: none.</summary>
    [Id(0)]
    public PinRule[] Pin { get; init; } = [];

    /// <summary>Products that match one come last. Default: none.</summary>
    [Id(1)]
    public FilterRule[] Bury { get; init; } = [];

    /// <summary>What is multiplied with the score of the products that match. Default: none.</summary>
    [Id(2)]
    public FilterRule[] Boost { get; init; } = [];

    /// <summary>Products that match one are never shown, whatever else asks for them. Default: none.</summary>
    [Id(3)]
    public FilterRule[] Exclude { get; init; } = [];

    /// <summary>The same rules where a request stays or stands in a category, free of numbers that only this process knows.</summary>
    public RecommendationRules At(int category, ProductCatalogue catalogue) =>
        this with
        {
            Pin = [.. Pin.Where(pin => pin.IsAt(category, catalogue)).Select(pin => pin with { Category = -1 })],
        };
}

/// <summary>When a rule holds: from a time until before another, unix seconds.</summary>
[GenerateSerializer, Immutable, Alias("rule-period")]
public readonly record struct Period(int From, int Until)
{
    public static Period Always { get; } = new(int.MinValue, int.MaxValue);

    public bool Holds(int now) => now >= From && now < Until;
}

/// <summary>Products at the head of the answer.</summary>
/// <param name="Products">Their numbers, in this order.</param>
/// <param name="Category">Only where the request is about this category or one below it; -1 everywhere.</param>
[GenerateSerializer, Immutable, Alias("pin-rule")]
public sealed record PinRule(int[] Products, int Category, Period Period)
{
    public bool IsAt(int category, ProductCatalogue catalogue) =>
        Category < 0 || (category >= 0 && catalogue.Categories.IsWithin(category, Category));
}

/// <summary>What concerns all products that match.</summary>
/// <param name="Factor">Of a boost.</param>
[GenerateSerializer, Immutable, Alias("filter-rule")]
public sealed record FilterRule(Filter Filter, Period Period, float Factor = 1)
{
    public bool Concerns(Product product, int now) => Period.Holds(now) && Filter.Matches(product);

    /// <summary>Whether one of the rules concerns the product.</summary>
    public static bool Any(FilterRule[] rules, Product product, int now)
    {
        foreach (var rule in rules)
            if (rule.Concerns(product, now))
                return true;
        return false;
    }
}
