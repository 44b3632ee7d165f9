using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Events;
using Personalization.Hosting;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.ReadModels;
using Personalization.Shop;

namespace Personalization.Measures;

/// <param name="By">day, month, quarter or year.</param>
/// <param name="Touch">Whether an order counts for its customer's first or last source.</param>
/// <param name="Position">The journal position that the figures are at.</param>
public sealed record AttributionResponse(string By, string Touch, AttributionPeriod[] Periods, long Position);

/// <param name="From">The period's first day, UTC.</param>
/// <param name="Sources">By revenue, then visits.</param>
public sealed record AttributionPeriod(DateOnly From, AttributionRow[] Sources);

/// <summary>What came from a source in a period, and in the period before.</summary>
/// <param name="Source">"direct" where it is not known.</param>
public sealed record AttributionRow(
    string Source,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Medium,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Campaign,
    long Visits,
    long FirstVisits,
    long Orders,
    decimal Revenue,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Conversion,
    AttributionFigures Before
);

/// <param name="FirstVisits">Those of the visits that were a customer's first.</param>
/// <param name="Revenue">In the shop's currency, before cancellations.</param>
/// <param name="Conversion">Orders by visit; null without visits.</param>
public sealed record AttributionFigures(
    long Visits,
    long FirstVisits,
    long Orders,
    decimal Revenue,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Conversion
);

/// <summary><c>GET /v1/attribution</c>: visits, orders and conversion by source and period, beside the period before (R03).</summary>
public static class AttributionEndpoints
{
    const int MaxPeriods = 400;

    /// <summary>The first day of the period that a day lies in.</summary>
    static readonly Dictionary<string, Func<DateOnly, DateOnly>> Starts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["day"] = day => day,
        ["month"] = day => new DateOnly(day.Year, day.Month, 1),
        ["quarter"] = day => new DateOnly(day.Year, (day.Month - 1) / 3 * 3 + 1, 1),
        ["year"] = day => new DateOnly(day.Year, 1, 1),
    };

    static readonly DateOnly Epoch = new(1970, 1, 1);

    public static void MapAttribution(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/attribution", GetAsync)
            .WithName("GetAttribution")
            .WithTags("Statistics")
            .WithSummary(
                "Visits, orders and conversion by source: by=day|month|quarter|year, from=, to= (dates, UTC), touch=last|first; minPosition= waits for a position."
            )
            .RequireSecretKey()
            .Refuses(400);

    static async Task<Results<Ok<AttributionResponse>, Problem>> GetAsync(
        IStore store,
        ReadModelPosition positions,
        ShopClock time,
        CancellationToken cancel,
        string by = "month",
        string touch = "last",
        DateOnly? from = null,
        DateOnly? to = null,
        long? minPosition = null
    )
    {
        if (!Starts.TryGetValue(by, out var start))
            return Problem.BadField("by", "There is no such period.", $"Use one of {string.Join(", ", Starts.Keys)}.");
        if (touch is not ("last" or "first"))
            return Problem.BadField("touch", "touch is neither last nor first.", "Use last or first.");
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var (first, last) = (start(from ?? (to ?? today).AddDays(by == "day" ? -30 : -365)), to ?? today);
        if (last < first)
            return Problem.BadField("to", "to lies before from.", "Swap from and to.");
        if (last.Year > 2200 || first.Year < 1971)
            return Problem.BadField("from", "There is no history of such years.", "Ask for days between 1971 and 2200.");
        if (Periods(start, first, last).Take(MaxPeriods + 1).Count() > MaxPeriods)
            return Problem.BadField("by", $"These are more than {MaxPeriods} periods.", "Ask for longer periods or fewer days.");
        if (await positions.WaitAsync(minPosition, cancel) is { } late)
            return late;

        var days = await store.ReadModels.SourceDaysAsync(Number(start(first.AddDays(-1))), Number(last), cancel);
        var sums = days.ToLookup(day => start(Epoch.AddDays(day.Day)));
        return TypedResults.Ok(
            new AttributionResponse(
                by.ToLowerInvariant(),
                touch,
                [
                    .. Periods(start, first, last)
                        .Select(period => new AttributionPeriod(
                            period,
                            Rows(sums[period], sums[start(period.AddDays(-1))], touch == "first")
                        )),
                ],
                await store.ReadModels.PositionAsync(cancel)
            )
        );
    }

    static IEnumerable<DateOnly> Periods(Func<DateOnly, DateOnly> start, DateOnly first, DateOnly last)
    {
        for (var day = first; day <= last; )
        {
            yield return day;
            var period = day;
            while (start(day) == period)
                day = day.AddDays(1);
        }
    }

    /// <summary>Sources of a period; the others are one row.</summary>
    const int MaxRows = 1_000;

    static AttributionRow[] Rows(IEnumerable<SourceDay> days, IEnumerable<SourceDay> daysBefore, bool firstTouch)
    {
        var kept = days.GroupBy(day => day.Source)
            .Select(source => (source.Key, Sum: Sum(source, firstTouch)))
            .OrderByDescending(source => source.Sum.Revenue)
            .ThenByDescending(source => source.Sum.Visits)
            .Take(MaxRows)
            .Select(source => source.Key)
            .ToHashSet();
        string Shown(SourceDay day) => kept.Contains(day.Source) ? day.Source : SourceKey.Other;
        var before = daysBefore.ToLookup(Shown);
        return
        [
            .. from source in days.GroupBy(Shown).OrderBy(source => source.Key, StringComparer.Ordinal)
            let sum = Sum(source, firstTouch)
            orderby sum.Revenue descending, sum.Visits descending
            select Row(source.Key, sum, Sum(before[source.Key], firstTouch)),
        ];
    }

    static AttributionRow Row(string key, AttributionFigures sum, AttributionFigures before)
    {
        var (source, medium, campaign) = SourceKey.Parts(key);
        return new(
            source ?? "direct",
            medium,
            campaign,
            sum.Visits,
            sum.FirstVisits,
            sum.Orders,
            sum.Revenue,
            sum.Conversion,
            before
        );
    }

    static AttributionFigures Sum(IEnumerable<SourceDay> days, bool firstTouch)
    {
        long visits = 0,
            firstVisits = 0,
            orders = 0,
            revenue = 0;
        foreach (var day in days)
        {
            visits += day.Visits;
            firstVisits += day.FirstVisits;
            orders += firstTouch ? day.FirstOrders : day.Orders;
            revenue = Saturating.Add(revenue, firstTouch ? day.FirstRevenue : day.Revenue);
        }
        double? conversion = visits == 0 ? null : Math.Round((double)orders / visits, 6);
        return new AttributionFigures(visits, firstVisits, orders, Wire.Money(revenue), conversion);
    }

    static int Number(DateOnly day) => day.DayNumber - Epoch.DayNumber;
}
