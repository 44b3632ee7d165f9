using Personalization.Catalogue;
using Personalization.Recommendations.Filters;

namespace Personalization.Recommendations;

/// <summary>
/// The shop's rules per placement (R17), section <c>Recommendations:Rules:PLACEMENT</c>: Pin (product ids), Bury and Include
/// (filters), MarginBoost, RatingBoost, MaxPerCategory, MaxPerBrand, Exploration, NewForDays, AllowBought, AllowInCart. What is not set
/// keeps its default.
/// </summary>
public static class RulesConfiguration
{
    /// <exception cref="ArgumentException">A setting makes no sense; the message names it.</exception>
    public static Dictionary<Placement, RecommendationRules> Read(IConfigurationSection section, ProductCatalogue catalogue)
    {
        var rules = new Dictionary<Placement, RecommendationRules>();
        foreach (var placement in section.GetChildren())
        {
            if (!Enum.TryParse<Placement>(placement.Key.Replace("-", ""), ignoreCase: true, out var where))
                throw new ArgumentException(
                    $"{placement.Path} names no placement; use {string.Join(", ", Enum.GetNames<Placement>())}."
                );
            rules[where] = RulesOf(placement, catalogue);
        }
        return rules;
    }

    static RecommendationRules RulesOf(IConfigurationSection section, ProductCatalogue catalogue)
    {
        var defaults = RecommendationRules.Default;
        var rules = defaults with
        {
            Pin = PinsOf(section.GetSection("Pin"), catalogue),
            Bury = FilterOf(section.GetSection("Bury")),
            Include = FilterOf(section.GetSection("Include")),
            MarginBoost = section.GetValue("MarginBoost", defaults.MarginBoost),
            RatingBoost = section.GetValue("RatingBoost", defaults.RatingBoost),
            MaxPerCategory = section.GetValue("MaxPerCategory", defaults.MaxPerCategory),
            MaxPerBrand = section.GetValue("MaxPerBrand", defaults.MaxPerBrand),
            Exploration = section.GetValue("Exploration", defaults.Exploration),
            NewForDays = section.GetValue("NewForDays", defaults.NewForDays),
            AllowBought = section.GetValue("AllowBought", defaults.AllowBought),
            AllowInCart = section.GetValue("AllowInCart", defaults.AllowInCart),
        };
        if (rules.Exploration is not (>= 0 and <= RecommendationRules.MaxExploration))
            throw new ArgumentException(
                $"{section.Path}:Exploration must lie between 0 and {RecommendationRules.MaxExploration:0.##}."
            );
        if (rules.MaxPerCategory < 0 || rules.MaxPerBrand < 0)
            throw new ArgumentException($"{section.Path}:MaxPerCategory and MaxPerBrand must not be negative; 0 is no limit.");
        return rules;
    }

    static int[] PinsOf(IConfigurationSection section, ProductCatalogue catalogue) =>
        (section.Get<string[]>() ?? [])
            .Select(id =>
                catalogue.TryNumber(id, out var number)
                    ? number
                    : throw new ArgumentException($"{section.Path} names a product that is not in the catalogue.")
            )
            .ToArray();

    static Filter? FilterOf(IConfigurationSection section)
    {
        if (section.Value is not { Length: > 0 } text)
            return null;
        return Filter.TryParse(text, out var filter, out var error)
            ? filter
            : throw new ArgumentException($"{section.Path}: {error}");
    }
}
