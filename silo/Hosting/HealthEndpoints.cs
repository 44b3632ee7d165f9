using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Personalization.Customers;
using Personalization.Documents;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Leadership;
using Personalization.Projections;
using Personalization.Quarantine;
using Personalization.ReadModels;

namespace Personalization.Hosting;

/// <summary>Whether the process runs.</summary>
public sealed record Liveness(string Status);

/// <summary>Whether this silo can serve. All but the status is told to the secret key alone.</summary>
/// <param name="Status">ready, or not ready.</param>
public sealed record Readiness(string Status)
{
    /// <summary>Active silos of the cluster, this one included.</summary>
    public int? Silos { get; init; }

    /// <summary>The checks by name: ok, or failed.</summary>
    public IReadOnlyDictionary<string, string>? Checks { get; init; }

    /// <summary>Why it is not ready.</summary>
    public IReadOnlyList<string>? Reasons { get; init; }

    /// <summary>This silo wakes customers, sends messages and keeps the read models.</summary>
    public bool? IsLeader { get; init; }

    /// <summary>Of the newest journal entry; null where the database does not say.</summary>
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

    /// <summary>Documents (rules, for instance) whose newest version cannot be used; the one before is.</summary>
    public IReadOnlyList<string>? Notices { get; init; }
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
            .WithSummary("200 when it can serve, 503 when not; the checks, reasons and positions with the secret key.")
            .Produces<Readiness>()
            .Produces<Readiness>(StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Whoever asks is answered within two seconds: a check that takes longer has failed.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.8),
        PatienceForDetails = TimeSpan.FromMilliseconds(200);

    static async Task<JsonHttpResult<Readiness>> ReadyAsync(
        HttpContext http,
        ApiKeys keys,
        HealthCheckService health,
        CancellationToken cancel
    )
    {
        var checks = await CheckAsync(health, cancel);
        var isReady = checks.Values.All(problem => problem is null);
        var answer = new Readiness(isReady ? "ready" : "not ready");
        if (keys.KindOfHeader(http.Request.Headers.Authorization) == KeyKind.Secret)
            answer = await DetailsAsync(http.RequestServices, answer, checks, cancel);
        return TypedResults.Json(answer, statusCode: isReady ? 200 : 503);
    }

    /// <summary>What is wrong, by the names of the checks; null: nothing.</summary>
    static async Task<Dictionary<string, string?>> CheckAsync(HealthCheckService health, CancellationToken cancel)
    {
        try
        {
            var report = await health.CheckHealthAsync(cancel).WaitAsync(Patience, cancel);
            return report.Entries.ToDictionary(
                one => one.Key,
                one =>
                    one.Value.Status == HealthStatus.Healthy
                        ? null
                        : one.Value.Description ?? $"It could not be checked ({one.Value.Exception?.GetType().Name})."
            );
        }
        catch (TimeoutException)
        {
            return new() { ["checks"] = "The checks did not end in time." };
        }
    }

    static async Task<Readiness> DetailsAsync(
        IServiceProvider services,
        Readiness answer,
        Dictionary<string, string?> checks,
        CancellationToken cancel
    )
    {
        var shop = services.GetRequiredService<CurrentShop>().Current;
        var silos = services.GetRequiredService<IClusterMembershipService>().CurrentSnapshot.Members.Values;
        return answer with
        {
            Silos = silos.Count(silo => silo.Status == SiloStatus.Active),
            Reasons = [.. checks.Values.OfType<string>()],
            Checks = checks.ToDictionary(check => check.Key, check => check.Value is null ? "ok" : "failed"),
            IsLeader = services.GetRequiredService<LeaderService>().IsLeader,
            Position = await PositionAsync(services.GetRequiredService<IStore>(), cancel),
            ReadModelPosition = services.GetRequiredService<ReadModelPosition>().Current,
            IndexPosition = services.GetRequiredService<IndexService>().Position,
            ResidentCustomers = services.GetRequiredService<CustomerHost>().Resident,
            ChurnModel = shop.Churn.Version,
            Products = shop.Catalogue.Count,
            Quarantined = services.GetRequiredService<QuarantineService>().Items,
            Notices = services.GetRequiredService<DocumentWatcher>().Problems,
        };
    }

    static async Task<long?> PositionAsync(IStore store, CancellationToken cancel)
    {
        try
        {
            return await store.LastPositionAsync(cancel).AsTask().WaitAsync(PatienceForDetails, cancel);
        }
        catch (Exception unknown) when (unknown is StoreUnavailableException or TimeoutException)
        {
            return null;
        }
    }
}
