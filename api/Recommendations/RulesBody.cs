using Personalization.Catalogue;
using Personalization.Problems;
using Personalization.Recommendations.Filters;

namespace Personalization.Recommendations;

/// <summary>The rules of a placement as people write them (R17). What is left out keeps its default.</summary>
/// <param name="Pin">Products that come first, if they may be shown.</param>
/// <param name="Bury">Products that come last.</param>
/// <param name="Boost">Products whose score is multiplied.</param>
/// <param name="Exclude">Products that are never shown here, also where they are pinned.</param>
/// <param name="Include">A filter: only products that match.</param>
/// <param name="MaxPerCategory">At most so many products of one category, while others are left; 0 for no limit.</param>
/// <param name="MaxPerBrand">The same of one brand.</param>
/// <param name="Exploration">Share of the places new products may take, 0 to a third; 0.05 by default.</param>
/// <param name="NewForDays">Days after its creation for which a product is new; 30 by default.</param>
/// <param name="MarginBoost">How much a margin of 1 adds to the score; 0 by default.</param>
/// <param name="RatingBoost">How much a full and certain rating adds to it; 0.05 by default.</param>
/// <param name="AllowBought">Products bought and not replenishable may be shown again.</param>
/// <param name="AllowInCart">Products in the cart may be shown, but never on the cart page and at checkout.</param>
/// <param name="AllowViewed">On the home page, products looked at in this visit may be shown before all others.</param>
public sealed record RulesBody(
    IReadOnlyList<PinBody>? Pin = null,
    IReadOnlyList<FilterBody>? Bury = null,
    IReadOnlyList<BoostBody>? Boost = null,
    IReadOnlyList<FilterBody>? Exclude = null,
    string? Include = null,
    int? MaxPerCategory = null,
    int? MaxPerBrand = null,
    float? Exploration = null,
    int? NewForDays = null,
    float? MarginBoost = null,
    float? RatingBoost = null,
    bool? AllowBought = null,
    bool? AllowInCart = null,
    bool? AllowViewed = null
)
{
    const int MaxRules = 100,
        MaxPins = 100;

    /// <summary>Rules of the settings in these words.</summary>
    public static RulesBody Of(PlacementRules rules) =>
        new(
            rules.Pin.Count > 0 ? [new PinBody(rules.Pin)] : null,
            rules.Bury is { } bury ? [new FilterBody(bury.Text)] : null,
            Boost: null,
            rules.Exclude is { } exclude ? [new FilterBody(exclude.Text)] : null,
            rules.Include?.Text,
            rules.MaxPerCategory,
            rules.MaxPerBrand,
            rules.Exploration,
            rules.NewForDays,
            rules.MarginBoost,
            rules.RatingBoost,
            rules.AllowBought,
            rules.AllowInCart,
            rules.AllowViewed
        );

    /// <summary>Compiles them. Products and categories that are no longer known are passed over.</summary>
    /// <exception cref="FormatException">A filter cannot be read.</exception>
    public RecommendationRules In(ProductCatalogue catalogue) => Over(RecommendationRules.Default, catalogue);

    /// <summary>Compiles them over others: what is left out here is as there.</summary>
    /// <exception cref="FormatException">A filter cannot be read.</exception>
    public RecommendationRules Over(RecommendationRules below, ProductCatalogue catalogue) =>
        below with
        {
            Pin = Pin is null ? below.Pin : [.. Pin.Select(pin => pin.In(catalogue))],
            Bury = Bury is null ? below.Bury : [.. Bury.Select(rule => rule.Compiled())],
            Boost = Boost is null ? below.Boost : [.. Boost.Select(rule => rule.Compiled())],
            Exclude = Exclude is null ? below.Exclude : [.. Exclude.Select(rule => rule.Compiled())],
            Include = Include is null ? below.Include : Filter.Parse(Include, null),
            MaxPerCategory = MaxPerCategory ?? below.MaxPerCategory,
            MaxPerBrand = MaxPerBrand ?? below.MaxPerBrand,
            Exploration = Exploration ?? below.Exploration,
            NewForDays = NewForDays ?? below.NewForDays,
            MarginBoost = MarginBoost ?? below.MarginBoost,
            RatingBoost = RatingBoost ?? below.RatingBoost,
            AllowBought = AllowBought ?? below.AllowBought,
            AllowInCart = AllowInCart ?? below.AllowInCart,
            AllowViewed = AllowViewed ?? below.AllowViewed,
        };

    /// <summary>The first thing that is wrong with them, or null.</summary>
    public Problem? Check(ProductCatalogue catalogue) =>
        Short("pin", Pin?.Count, MaxRules)
        ?? Short("bury", Bury?.Count, MaxRules)
        ?? Short("boost", Boost?.Count, MaxRules)
        ?? Short("exclude", Exclude?.Count, MaxRules)
        ?? First(Pin, "pin", (pin, at) => CheckPin(pin, at, catalogue))
        ?? First(Bury, "bury", (rule, at) => CheckRule(rule.Filter, rule.From, rule.Until, at))
        ?? First(Exclude, "exclude", (rule, at) => CheckRule(rule.Filter, rule.From, rule.Until, at))
        ?? First(Boost, "boost", (rule, at) =>
            CheckRule(rule.Filter, rule.From, rule.Until, at) ?? Between($"{at}.factor", rule.Factor, 0.01, 100)
        )
        ?? (Include is null ? null : CheckFilter(Include, "include"))
        ?? Between("maxPerCategory", MaxPerCategory ?? 0, 0, 1000)
        ?? Between("maxPerBrand", MaxPerBrand ?? 0, 0, 1000)
        ?? Between("exploration", Exploration ?? 0, 0, RuleNumbers.MaxExploration)
        ?? Between("newForDays", NewForDays ?? 0, 0, 3650)
        ?? Between("marginBoost", MarginBoost ?? 0, 0, 10)
        ?? Between("ratingBoost", RatingBoost ?? 0, 0, 10);

    static IEnumerable<T> Each<T>(IReadOnlyList<T>? list) => list ?? [];

    static Problem? First<T>(IReadOnlyList<T>? list, string name, Func<T, string, Problem?> check) =>
        Each(list)
            .Select((one, i) => one is null ? Missing($"{name}[{i}]", "a rule") : check(one, $"{name}[{i}]"))
            .FirstOrDefault(problem => problem is not null);

    static Problem? Short(string field, int? count, int most) =>
        count > most ? Problem.BadField(field, $"{field} has more than {most} entries.", "Send fewer.") : null;

    static Problem Missing(string field, string what) => Problem.BadField(field, $"{field} is missing.", $"Send {what}.");

    static Problem? Between(string field, double? value, double least, double most) =>
        value is null ? Missing(field, "a number")
        : value >= least && value <= most + 1e-6 ? null
        : Problem.BadField(
            field,
            $"{field} is not between {least:0.##} and {(most < 1 ? "a third" : $"{most:0}")}.",
            "Send a number in that range."
        );

    static Problem? CheckPin(PinBody pin, string at, ProductCatalogue catalogue)
    {
        if (pin.Products is not { Count: > 0 } products)
            return Missing($"{at}.products", "the ids of the products, in their order");
        if (Short($"{at}.products", products.Count, MaxPins) is { } tooMany)
            return tooMany;
        for (var i = 0; i < products.Count; i++)
            if (products[i] is not { } id || !catalogue.TryNumber(id, out var number) || !IsThere(catalogue[number]))
                return Problem.BadField(
                    $"{at}.products[{i}]",
                    $"{at}.products[{i}] names a product that is not in the catalogue: \"{products[i]}\".",
                    "Send the id of a product that PUT /v1/products has brought."
                );
        if (pin.Category is { } category && !catalogue.Categories.TryFind(category, out _))
            return Problem.BadField(
                $"{at}.category",
                "There is no such category.",
                "Use a category's name or path as the catalogue has it."
            );
        return CheckPeriod(pin.From, pin.Until, at);
    }

    static bool IsThere(Product? product) => product is { Standing: not ProductStanding.Deleted };

    static Problem? CheckRule(string? filter, DateTimeOffset? from, DateTimeOffset? until, string at) =>
        filter is null
            ? Missing($"{at}.filter", "a condition such as brand = \"Orvo\"")
            : CheckFilter(filter, $"{at}.filter") ?? CheckPeriod(from, until, at);

    static Problem? CheckFilter(string filter, string field) =>
        Filter.TryParse(filter, out _, out FilterError? error)
            ? null
            : Problem.BadField(field, $"{field}: {error.Message} (at character {error.Position + 1})", error.Remedy);

    static Problem? CheckPeriod(DateTimeOffset? from, DateTimeOffset? until, string at) =>
        from >= until
            ? Problem.BadField($"{at}.until", $"{at}.until is not after from.", "Send a later time, or leave one of them out.")
            : null;
}

/// <param name="Products">Ids, in the order in which they are shown.</param>
/// <param name="Category">Only where the request is about this category, or a product of it; left out: everywhere.</param>
/// <param name="From">Left out: at once.</param>
/// <param name="Until">Left out: for good.</param>
public sealed record PinBody(
    IReadOnlyList<string>? Products = null,
    string? Category = null,
    DateTimeOffset? From = null,
    DateTimeOffset? Until = null
)
{
    internal PinRule In(ProductCatalogue catalogue)
    {
        var category = -1;
        if (Category is not null && !catalogue.Categories.TryFind(Category, out category))
            category = CategoryTree.Nowhere;
        var numbers = Products!.Select(id => catalogue.TryNumber(id, out var number) ? number : -1).Where(number => number >= 0);
        return new PinRule([.. numbers], category, Periods.Of(From, Until));
    }
}

/// <param name="Filter">A condition on products, as in <c>filter=</c>.</param>
/// <param name="From">Left out: at once.</param>
/// <param name="Until">Left out: for good.</param>
public sealed record FilterBody(string? Filter = null, DateTimeOffset? From = null, DateTimeOffset? Until = null)
{
    internal FilterRule Compiled() => new(Filters.Filter.Parse(Filter!, null), Periods.Of(From, Until));
}

/// <param name="Filter">A condition on products, as in <c>filter=</c>.</param>
/// <param name="Factor">What the score is multiplied with, 0.01 to 100.</param>
/// <param name="From">Left out: at once.</param>
/// <param name="Until">Left out: for good.</param>
public sealed record BoostBody(
    string? Filter = null,
    float? Factor = null,
    DateTimeOffset? From = null,
    DateTimeOffset? Until = null
)
{
    internal FilterRule Compiled() => new(Filters.Filter.Parse(Filter!, null), Periods.Of(From, Until), Factor!.Value);
}

static class Periods
{
    public static Period Of(DateTimeOffset? from, DateTimeOffset? until) =>
        new(Seconds(from) ?? int.MinValue, Seconds(until) ?? int.MaxValue);

    static int? Seconds(DateTimeOffset? time) =>
        time is { } at ? (int)Math.Clamp(at.ToUnixTimeSeconds(), int.MinValue, int.MaxValue) : null;
}
