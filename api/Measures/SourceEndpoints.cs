using System.Globalization;
using System.Text.Json;
using Personalization.Customers;
using Personalization.Hosting;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.ReadModels;
using Personalization.Shop;

namespace Personalization.Measures;

/// <summary><c>GET /v1/sources</c>: visits, orders and conversion by source and period, beside the period before (R03).</summary>
public static class SourceEndpoints
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

    public static void MapSources(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/sources", GetAsync)
            .WithTags("Statistics")
            .RequireKey(KeyKind.Secret)
            .WithSummary(
                "Visits, orders and conversion by source: by=day|month|quarter|year, from=, to= (dates, UTC), touch=last|first; minPosition= waits for a position."
            );

    static async Task<IResult> GetAsync(
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
            return Problem.BadField("by", "There is no such period.", $"Use one of {string.Join(", ", Starts.Keys)}.").ToResult();
        if (touch is not ("last" or "first"))
            return Problem.BadField("touch", "It is neither last nor first.", "Use last or first.").ToResult();
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var (first, last) = (start(from ?? (to ?? today).AddDays(by == "day" ? -30 : -365)), to ?? today);
        if (last < first)
            return Problem.BadField("to", "It lies before from.", "Turn them round.").ToResult();
        if (last.Year > 2200 || first.Year < 1971)
            return Problem
                .BadField("from", "There is no history of such years.", "Ask for days between 1971 and 2200.")
                .ToResult();
        if (Periods(start, first, last).Take(MaxPeriods + 1).Count() > MaxPeriods)
            return Problem
                .BadField("by", $"These are more than {MaxPeriods} periods.", "Ask for longer periods or fewer days.")
                .ToResult();
        if (await positions.WaitAsync(minPosition, cancel) is { } late)
            return late.ToResult();

        var before = start(first.AddDays(-1));
        var days = await store.ReadModels.SourceDaysAsync(Number(before), Number(last), cancel);
        var sums = Sums(days, start, touch == "first");
        var position = await store.ReadModels.PositionAsync(cancel);
        return new JsonAnswer(json =>
        {
            json.WriteStartObject();
            json.WriteString("by", by.ToLowerInvariant());
            json.WriteString("touch", touch);
            json.WriteStartArray("periods");
            foreach (var period in Periods(start, first, last))
                Write(json, period, start(period.AddDays(-1)), sums);
            json.WriteEndArray();
            json.WriteNumber("position", position);
            json.WriteEndObject();
        });
    }

    readonly record struct Sum(long Visits, long FirstVisits, long Orders, long Revenue)
    {
        public double? Conversion => Visits == 0 ? null : (double)Orders / Visits;
    }

    static Dictionary<DateOnly, Dictionary<string, Sum>> Sums(
        IEnumerable<SourceDay> days,
        Func<DateOnly, DateOnly> start,
        bool firstTouch
    )
    {
        var sums = new Dictionary<DateOnly, Dictionary<string, Sum>>();
        foreach (var day in days)
        {
            var period = start(Epoch.AddDays(day.Day));
            if (!sums.TryGetValue(period, out var of))
                sums[period] = of = [];
            var sum = of.GetValueOrDefault(day.Source);
            of[day.Source] = new Sum(
                sum.Visits + day.Visits,
                sum.FirstVisits + day.FirstVisits,
                sum.Orders + (firstTouch ? day.FirstOrders : day.Orders),
                sum.Revenue + (firstTouch ? day.FirstRevenue : day.Revenue)
            );
        }
        return sums;
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

    static void Write(Utf8JsonWriter json, DateOnly period, DateOnly before, Dictionary<DateOnly, Dictionary<string, Sum>> sums)
    {
        var then = sums.GetValueOrDefault(before) ?? [];
        json.WriteStartObject();
        json.WriteString("from", period.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        json.WriteStartArray("sources");
        foreach (
            var (key, sum) in (sums.GetValueOrDefault(period) ?? [])
                .OrderByDescending(one => one.Value.Revenue)
                .ThenByDescending(one => one.Value.Visits)
                .ThenBy(one => one.Key, StringComparer.Ordinal)
        )
        {
            var (source, medium, campaign) = SourceKey.Parts(key);
            json.WriteStartObject();
            json.WriteString("source", source ?? "direct");
            json.WriteString("medium", medium);
            json.WriteString("campaign", campaign);
            WriteSum(json, sum);
            json.WriteStartObject("before");
            WriteSum(json, then.GetValueOrDefault(key));
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteSum(Utf8JsonWriter json, Sum sum)
    {
        json.WriteNumber("visits", sum.Visits);
        json.WriteNumber("firstVisits", sum.FirstVisits);
        json.WriteNumber("orders", sum.Orders);
        json.WriteNumber("revenue", CustomerJson.Money(sum.Revenue));
        if (sum.Conversion is { } conversion)
            json.WriteNumber("conversion", Math.Round(conversion, 6));
        else
            json.WriteNull("conversion");
    }

    static int Number(DateOnly day) => day.DayNumber - Epoch.DayNumber;
}
