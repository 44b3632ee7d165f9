using Personalization.Customers;
using Personalization.Hosting;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.ReadModels;

namespace Personalization.Measures;

/// <summary><c>GET /v1/statistics</c>: totals over all time, from read models that equal a rebuild from the journal.</summary>
public static class StatisticsEndpoints
{
    public static void MapStatistics(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/statistics", GetAsync)
            .WithTags("Statistics")
            .RequireKey(KeyKind.Secret)
            .WithSummary("Totals over all time at a journal position; after= waits for one. Revenue is before cancellations.");

    static async Task<IResult> GetAsync(
        IStore store,
        ReadModelPosition positions,
        CancellationToken cancel,
        long? minPosition = null
    )
    {
        if (await positions.WaitAsync(minPosition, cancel) is { } late)
            return late.ToResult();
        var totals = await store.ReadModels.StatisticsAsync(cancel);
        return new JsonAnswer(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("customers", totals.Customers);
            json.WriteNumber("buyers", totals.Buyers);
            json.WriteNumber("events", totals.Events);
            json.WriteNumber("orders", totals.Orders);
            json.WriteNumber("cancellations", totals.Cancellations);
            json.WriteNumber("revenue", CustomerJson.Money(totals.Revenue));
            json.WriteNumber("cancelled", CustomerJson.Money(totals.Cancelled));
            json.WriteNumber("ordersWithoutRate", totals.Unconverted);
            json.WriteNumber("position", totals.Position);
            json.WriteEndObject();
        });
    }
}
