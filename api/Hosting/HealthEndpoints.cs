using Personalization.Customers;
using Personalization.Duties;
using Personalization.Following;
using Personalization.Storage;

namespace Personalization.Hosting;

/// <summary>Whether the process lives, and whether it can serve: the index has caught up with the journal and the database answers.</summary>
public static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/health/live", () => TypedResults.Ok(new { status = "live" }))
            .WithTags("Health")
            .WithSummary("The process runs.");
        routes
            .MapGet("/health/ready", ReadyAsync)
            .WithTags("Health")
            .WithSummary("200 when it can serve, 503 with the reasons when not.");
    }

    static async Task<IResult> ReadyAsync(
        IStore store,
        IndexService index,
        ReadModelService lists,
        ResidentCustomers resident,
        DutyService duties,
        ShopWorld shop,
        Waking.WakerService waker,
        ScratchCopy scratch,
        DrainService drain,
        CancellationToken cancel
    )
    {
        var reasons = new List<string>();
        long position = 0;
        try
        {
            position = await store.LastPositionAsync(cancel);
            // A position may be at hand without the database; this must come out of it.
            await store.ReadSettingAsync("key.secret", cancel);
        }
        catch (StoreUnavailableException unavailable)
        {
            reasons.Add(unavailable.Message);
        }
        if (drain.IsDraining)
            reasons.Add("The server is being stopped.");
        if (!index.CaughtUp.IsCompleted)
            reasons.Add($"The item index is at {index.Position} of {position} journal entries.");
        if (scratch.Directory is not null && !waker.CaughtUp.IsCompleted)
            reasons.Add("Customers are being brought to the time asked for.");
        var (count, bytes) = resident.Now();
        var answer = new
        {
            status = reasons.Count == 0 ? "ready" : "not ready",
            reasons,
            position,
            index = index.Position,
            lists = lists.Position,
            doesDuties = duties.Leads,
            residentCustomers = count,
            residentMegabytes = bytes / 1_048_576,
            churnModel = shop.Current.Churn.Version,
            products = shop.Current.Catalogue.Count,
        };
        return TypedResults.Json(answer, statusCode: reasons.Count == 0 ? 200 : 503);
    }
}
