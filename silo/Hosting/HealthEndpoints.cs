using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Leadership;
using Personalization.Projections;
using Personalization.Quarantine;
using Personalization.ReadModels;
using Personalization.Waking;

namespace Personalization.Hosting;

/// <summary>Whether the process runs.</summary>
public sealed record Liveness(string Status);

/// <summary>Whether this silo can serve. All but the first two are told to the secret key alone.</summary>
/// <param name="Status">ready, or not ready.</param>
/// <param name="Silos">Active silos of the cluster, this one included.</param>
public sealed record Readiness(string Status, int Silos)
{
    /// <summary>Why it is not ready.</summary>
    public IReadOnlyList<string>? Reasons { get; init; }

    /// <summary>This silo wakes customers, sends messages and keeps the read models.</summary>
    public bool? IsLeader { get; init; }

    /// <summary>Of the newest journal entry.</summary>
    public long? Position { get; init; }
    public long? ReadModelPosition { get; init; }

    /// <summary>How far this silo's item index has come.</summary>
    public long? IndexPosition { get; init; }

    /// <summary>Customers in this silo's memory.</summary>
    public int? ResidentCustomers { get; init; }
    public string? ChurnModel { get; init; }
    public int? Products { get; init; }

    /// <summary>Items that failed again and again and were set aside (GET /v1/quarantine); the server serves all the same.</summary>
    public long? Quarantined { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Liveness))]
[JsonSerializable(typeof(Readiness))]
sealed partial class HealthJson : JsonSerializerContext;

/// <summary>For whoever runs the server: orchestrators, load balancers, operators.</summary>
public static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/health").WithTags("Health").AllowAnonymous().DisableRateLimiting();
        group.MapGet("live", () => TypedResults.Ok(new Liveness("live"))).WithName("IsLive").WithSummary("The process runs.");
        group
            .MapGet("ready", ReadyAsync)
            .WithName("IsReady")
            .WithSummary("200 when it can serve, 503 when not; the reasons and positions with the secret key.")
            .Produces<Readiness>()
            .Produces<Readiness>(StatusCodes.Status503ServiceUnavailable);
    }

    static async Task<JsonHttpResult<Readiness>> ReadyAsync(
        HttpRequest request,
        ApiKeys keys,
        IStore store,
        IClusterMembershipService membership,
        IndexService index,
        ReadModelPosition readModels,
        CustomerHost customers,
        LeaderService leader,
        CurrentShop shop,
        WakerService waker,
        ScratchCopy scratch,
        ShutdownDelay shutdown,
        QuarantineService quarantine,
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
        if (shutdown.IsDraining)
            reasons.Add("The server is being stopped.");
        if (!index.CaughtUp.IsCompleted)
            reasons.Add($"The item index is at {index.Position} of {position} journal entries.");
        if (scratch.Folder is not null && !waker.CaughtUp.IsCompleted)
            reasons.Add("Customers are being brought to the time asked for.");

        var silos = membership.CurrentSnapshot.Members.Values.Count(silo => silo.Status == SiloStatus.Active);
        var answer = new Readiness(reasons.Count == 0 ? "ready" : "not ready", silos);
        if (keys.KindOfHeader(request.Headers.Authorization) == KeyKind.Secret)
            answer = answer with
            {
                Reasons = reasons,
                IsLeader = leader.IsLeader,
                Position = position,
                ReadModelPosition = readModels.Current,
                IndexPosition = index.Position,
                ResidentCustomers = customers.Resident,
                ChurnModel = shop.Current.Churn.Version,
                Products = shop.Current.Catalogue.Count,
                Quarantined = quarantine.Items,
            };
        return TypedResults.Json(answer, statusCode: reasons.Count == 0 ? 200 : 503);
    }
}
