using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Hosting;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.ReadModels;

namespace Personalization.Measures;

/// <summary>Totals over all time, amounts in the shop's currency.</summary>
/// <param name="Revenue">Before cancellations and refunds.</param>
/// <param name="Refunded">Besides what was cancelled: of an order both together are never more than it was worth.</param>
/// <param name="OrdersWithoutRate">Orders in a currency that the shop has no rate for: not in the revenue.</param>
/// <param name="ClaimedOrders">Orders of which only the public write key has told: in no other total (docs/trust.md).</param>
/// <param name="ClaimedRevenue">What those say they are worth.</param>
/// <param name="Position">The journal position that the totals are at.</param>
public sealed record StatisticsResponse(
    long Customers,
    long Buyers,
    long Events,
    long Orders,
    long Cancellations,
    decimal Revenue,
    decimal Cancelled,
    decimal Refunded,
    long OrdersWithoutRate,
    long ClaimedOrders,
    decimal ClaimedRevenue,
    long Position
);

/// <summary><c>GET /v1/statistics</c>: totals over all time, from read models that equal a rebuild from the journal.</summary>
public static class StatisticsEndpoints
{
    public static void MapStatistics(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/statistics", GetAsync)
            .WithName("GetStatistics")
            .WithTags("Statistics")
            .WithSummary(
                "Totals over all time at a journal position; minPosition= waits for one. Revenue is before cancellations and refunds."
            )
            .RequireSecretKey()
            .Refuses(400);

    static async Task<Results<Ok<StatisticsResponse>, Problem>> GetAsync(
        IStore store,
        ReadModelPosition positions,
        CancellationToken cancel,
        long? minPosition = null
    )
    {
        if (await positions.WaitAsync(minPosition, cancel) is { } late)
            return late;
        var totals = await store.ReadModels.StatisticsAsync(cancel);
        return TypedResults.Ok(
            new StatisticsResponse(
                totals.Customers,
                totals.Buyers,
                totals.Events,
                totals.Orders,
                totals.Cancellations,
                Wire.Money(totals.Revenue),
                Wire.Money(totals.Cancelled),
                Wire.Money(totals.Refunded),
                totals.Unconverted,
                totals.ClaimedOrders,
                Wire.Money(totals.ClaimedRevenue),
                totals.Position
            )
        );
    }
}
