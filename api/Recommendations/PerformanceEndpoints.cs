using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Events;
using Personalization.Hosting;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.ReadModels;
using Personalization.Shop;

namespace Personalization.Recommendations;

/// <param name="By">What the rows tell apart.</param>
/// <param name="Rows">By day, then by what was clicked most.</param>
/// <param name="Machine">What crawlers, monitors and scripts did with recommendations: in none of the rows.</param>
/// <param name="Position">The journal position that the figures are at.</param>
public sealed record PerformanceResponse(
    DateOnly From,
    DateOnly To,
    string[] By,
    PerformanceRow[] Rows,
    OutcomeFigures Machine,
    long Position
);

/// <summary>What became of answers. Day, placement, strategy and model are there where they are asked for and known.</summary>
/// <param name="Answered">Answers that were given, shown or not.</param>
/// <param name="AnsweredItems">The products in them.</param>
/// <param name="Shown">Answers that the storefront told it showed.</param>
/// <param name="ShownItems">The products in them.</param>
/// <param name="Clicked">Products clicked: once per answer and product.</param>
/// <param name="Carted">Products put in a cart after it.</param>
/// <param name="Orders">Orders with such products that the shop's server vouches for.</param>
/// <param name="Revenue">What these products cost, in the shop's currency, before cancellations and refunds.</param>
/// <param name="ClickRate">Clicked by ShownItems; left out where nothing was told to be shown.</param>
/// <param name="OrderRate">Orders by Clicked; left out without clicks.</param>
/// <param name="Claimed">Orders of which browsers told, whether they were confirmed later or not: not among Orders.</param>
/// <param name="ByProduct">
/// Events without an id about products that the customer had been shown within 24 hours: less sure, and in none of the figures
/// before.
/// </param>
public sealed record PerformanceRow(
    long Answered,
    long AnsweredItems,
    long Shown,
    long ShownItems,
    long Clicked,
    long Carted,
    long Orders,
    decimal Revenue,
    ClaimedFigures Claimed,
    OutcomeFigures ByProduct,
    double? ClickRate = null,
    double? OrderRate = null,
    DateOnly? Day = null,
    string? Placement = null,
    string? Strategy = null,
    string? Model = null
);

public sealed record ClaimedFigures(long Orders, decimal Revenue);

/// <param name="Revenue">In the shop's currency, before cancellations and refunds.</param>
public sealed record OutcomeFigures(long Clicked, long Carted, long Orders, decimal Revenue);

/// <summary><c>GET /v1/recommendations/performance</c>: what was shown, clicked, put in the cart and bought because it was recommended (R86).</summary>
public static class PerformanceEndpoints
{
    const int MaxDays = 400;

    static readonly string[] Groups = ["day", "placement", "strategy", "model"];
    static readonly DateOnly Epoch = new(1970, 1, 1);

    public static void MapPerformance(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/recommendations/performance", GetAsync)
            .WithName("GetRecommendationPerformance")
            .WithTags("Recommendations")
            .WithSummary(
                "What became of recommendations: by= any of day, placement, strategy, model (a list), from=, to= (dates, UTC), placement= one of them; minPosition= waits for a position."
            )
            .RequireSecretKey()
            .Refuses(400);

    /// <summary>What rows are summed by; what is not asked for is the same for all.</summary>
    readonly record struct Group(int Day, byte Placement, string? Strategy, string? Model);

    static async Task<Results<Ok<PerformanceResponse>, Problem>> GetAsync(
        IStore store,
        AnswerSources sources,
        ReadModelPosition positions,
        ShopClock time,
        CancellationToken cancel,
        string by = "placement,strategy",
        string? placement = null,
        DateOnly? from = null,
        DateOnly? to = null,
        long? minPosition = null
    )
    {
        var groups = by.ToLowerInvariant().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (groups.Except(Groups).Any())
            return Problem.BadField(
                "by",
                "by names something that rows cannot be summed by.",
                $"Use a list of {string.Join(", ", Groups)}."
            );
        var only = default(Placement);
        if (placement is not null && !PlacementNames.TryParse(placement, out only))
            return Problem.BadField(
                "placement",
                "There is no such placement.",
                $"Use one of {string.Join(", ", PlacementNames.All)}."
            );
        var last = to ?? DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var first = from ?? (last.DayNumber > Epoch.DayNumber + 30 ? last.AddDays(-30) : Epoch);
        if (last < first)
            return Problem.BadField("to", "to lies before from.", "Swap from and to.");
        if (last.DayNumber - first.DayNumber >= MaxDays)
            return Problem.BadField("from", $"These are more than {MaxDays} days.", "Ask for fewer days.");
        if (await positions.WaitAsync(minPosition, cancel) is { } late)
            return late;

        var days = await store.ReadModels.RecommendationDaysAsync(Number(first), Number(last), cancel);
        var answers = await store.AnswerDaysAsync(Number(first), Number(last), cancel);
        if (placement is not null)
        {
            days = [.. days.Where(day => day.Placement == (byte)only)];
            answers = [.. answers.Where(day => day.Placement == (byte)only)];
        }
        var known = new Dictionary<uint, AnswerSource?>();
        foreach (var source in days.Select(day => day.Source).Concat(answers.Select(day => day.Source)).Distinct())
            known[source] = await sources.FindAsync(source, cancel);
        var became = days.Where(day => !day.IsMachine)
            .ToLookup(day => GroupOf(day.Day, day.Placement, known[day.Source], groups));
        var answered = answers.ToLookup(day => GroupOf(day.Day, day.Placement, known[day.Source], groups));
        return TypedResults.Ok(
            new PerformanceResponse(
                first,
                last,
                groups,
                [
                    .. became
                        .Select(group => group.Key)
                        .Union(answered.Select(group => group.Key))
                        .Select(group => RowOf(group, groups, [.. answered[group]], [.. became[group]]))
                        .OrderBy(row => row.Day)
                        .ThenByDescending(row => row.Clicked)
                        .ThenByDescending(row => row.ShownItems)
                        .ThenBy(row => row.Placement, StringComparer.Ordinal),
                ],
                Sum(days.Where(day => day.IsMachine)),
                await store.ReadModels.PositionAsync(cancel)
            )
        );
    }

    static Group GroupOf(int day, byte placement, AnswerSource? source, string[] groups) =>
        new(
            groups.Contains("day") ? day : 0,
            groups.Contains("placement") ? placement : (byte)0,
            groups.Contains("strategy") ? source?.Strategy : null,
            groups.Contains("model") ? source?.Model : null
        );

    static PerformanceRow RowOf(Group group, string[] groups, AnswerDay[] answers, RecommendationDay[] days)
    {
        var told = days.Where(day => day.By != (byte)AttributedBy.Product).ToArray();
        var sum = Sum(told);
        var (shown, items) = (told.Sum(day => day.Shown), told.Sum(day => day.ShownItems));
        return new PerformanceRow(
            answers.Sum(day => day.Answers),
            answers.Sum(day => day.Items),
            shown,
            items,
            sum.Clicked,
            sum.Carted,
            sum.Orders,
            sum.Revenue,
            new ClaimedFigures(
                told.Sum(day => day.ClaimedOrders),
                Wire.Money(told.Aggregate(0L, (all, day) => Saturating.Add(all, day.ClaimedRevenue)))
            ),
            Sum(days.Where(day => day.By == (byte)AttributedBy.Product)),
            Rate(sum.Clicked, items),
            Rate(sum.Orders, sum.Clicked),
            groups.Contains("day") ? Epoch.AddDays(group.Day) : null,
            groups.Contains("placement") ? NameOf((Placement)group.Placement) : null,
            group.Strategy,
            group.Model
        );
    }

    static OutcomeFigures Sum(IEnumerable<RecommendationDay> days)
    {
        long clicked = 0,
            carted = 0,
            orders = 0,
            revenue = 0;
        foreach (var day in days)
        {
            clicked += day.Clicked;
            carted += day.Carted;
            orders += day.Orders;
            revenue = Saturating.Add(revenue, day.Revenue);
        }
        return new OutcomeFigures(clicked, carted, orders, Wire.Money(revenue));
    }

    static double? Rate(long part, long whole) => whole == 0 ? null : Math.Round((double)part / whole, 6);

    static string NameOf(Placement placement) => PlacementNames.Of(placement);

    static int Number(DateOnly day) => day.DayNumber - Epoch.DayNumber;
}
