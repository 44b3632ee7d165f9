using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Documents;
using Personalization.Hosting;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.Shop;

namespace Personalization.Recommendations;

/// <summary>New rules for a placement.</summary>
/// <param name="By">Who wants them; audited.</param>
/// <param name="Version">That of the rules they were made from, 0 where none had been written; refused where others were written since.</param>
public sealed record RulesRequest(RulesBody? Rules = null, string? By = null, int? Version = null);

/// <param name="By">Who wants it; audited.</param>
/// <param name="Version">As in a PUT.</param>
public sealed record RestoreRequest(string? By = null, int? Version = null);

/// <summary>A draft, and whom to show it with.</summary>
public sealed record PreviewRequest(
    RulesBody? Rules = null,
    string? Placement = null,
    string? UserId = null,
    string? AnonymousId = null,
    string? ProductId = null,
    string? Category = null,
    string? Filter = null,
    int Limit = 10
);

/// <param name="Version">0 where the settings or the defaults hold.</param>
public sealed record PlacementRulesResponse(
    string Placement,
    int Version,
    RulesBody Rules,
    DateTimeOffset? ChangedAt = null,
    string? ChangedBy = null
);

public sealed record AllRulesResponse(IReadOnlyList<PlacementRulesResponse> Placements);

/// <param name="Rules">Left out where this version went back to the settings.</param>
public sealed record RulesVersion(int Version, DateTimeOffset ChangedAt, string ChangedBy, RulesBody? Rules = null);

/// <param name="Versions">The newest first.</param>
public sealed record RulesVersionsResponse(IReadOnlyList<RulesVersion> Versions);

/// <summary>What the draft would answer, and what is answered now.</summary>
public sealed record RulesPreviewResponse(RecommendationsResponse Draft, RecommendationsResponse Present);

/// <summary>The rules of recommendations, changed while the server runs (R17).</summary>
public static class RulesEndpoints
{
    const int MaxVersions = 100;

    public static void AddRecommendationRules(this IServiceCollection services) =>
        services
            .AddSingleton<RulesInUse>()
            .AddSingleton(provider => new DocumentReader(RulesInUse.Kind, provider.GetRequiredService<RulesInUse>().ApplyAsync));

    public static void MapRecommendationRules(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/recommendation-rules").WithTags("Recommendations").RequireSecretKey();
        group.MapGet("", AllAsync).WithName("GetAllRules").WithSummary("The rules of every placement.");
        group
            .MapGet("{placement}", OneAsync)
            .WithName("GetRules")
            .WithSummary("The rules of a placement, and the version to send back with a change.")
            .Refuses(404);
        group
            .MapPut("{placement}", SaveAsync)
            .WithName("PutRules")
            .WithSummary("Replaces the rules of a placement: in use here when it returns, on every server within a second.")
            .Accepts<RulesRequest>("application/json")
            .Refuses(400, 404, 409, 413, 415);
        group
            .MapDelete("{placement}", RemoveAsync)
            .WithName("DeleteRules")
            .WithSummary("Goes back to the rules of the settings.")
            .Refuses(400, 404, 409);
        group
            .MapGet("{placement}/versions", VersionsAsync)
            .WithName("GetRulesVersions")
            .WithSummary("What the rules of a placement were before, the newest first.")
            .Refuses(400, 404);
        group
            .MapPost("{placement}/versions/{version:int}/restore", RestoreAsync)
            .WithName("RestoreRules")
            .WithSummary("Puts an earlier version in use again, as a new one.")
            .Refuses(400, 404, 409, 413, 415);
        group
            .MapPost("preview", PreviewAsync)
            .WithName("PreviewRules")
            .WithSummary("What a draft of rules would answer, beside what is answered now. Nothing is saved.")
            .Accepts<PreviewRequest>("application/json")
            .Refuses(400, 413, 415);
    }

    static async Task<Ok<AllRulesResponse>> AllAsync(IDocuments documents, RulesInUse seeds, CancellationToken cancel)
    {
        var written = (await documents.ReadDocumentsAsync(RulesInUse.Kind, cancel)).ToDictionary(one => one.Id);
        return TypedResults.Ok(
            new AllRulesResponse([.. PlacementNames.All.Select(name => Response(name, written.GetValueOrDefault(name), seeds))])
        );
    }

    static async Task<Results<Ok<PlacementRulesResponse>, Problem>> OneAsync(
        string placement,
        IDocuments documents,
        RulesInUse seeds,
        CancellationToken cancel
    )
    {
        if (NameOf(placement) is not { } name)
            return NoSuchPlacement;
        var newest = await documents.ReadVersionsAsync(RulesInUse.Kind, name, 1, cancel);
        return TypedResults.Ok(Response(name, newest.FirstOrDefault(), seeds));
    }

    static async Task<Results<Ok<PlacementRulesResponse>, Problem>> SaveAsync(
        string placement,
        JsonElement body,
        [AsParameters] RulesServices services,
        CancellationToken cancel
    )
    {
        if (NameOf(placement) is not { } name)
            return NoSuchPlacement;
        if (!DocumentRequests.TryRead(body, ApiJson.Default.RulesRequest, out var request, out var problem))
            return problem;
        if (DocumentRequests.BadBy(request.By) is { } badBy)
            return badBy;
        if (request.Rules is not { } rules)
            return Problem.BadField("rules", "rules is missing.", "Send the rules; {} are the defaults.");
        if (rules.Check(services.Catalogue.Products) is { } wrong)
            return wrong with { Field = $"rules.{wrong.Field}" };
        return await ChangeAsync(name, Json(rules), request.By!, request.Version, services, cancel);
    }

    static async Task<Results<Ok<PlacementRulesResponse>, Problem>> RemoveAsync(
        string placement,
        string? by,
        int? version,
        [AsParameters] RulesServices services,
        CancellationToken cancel
    ) =>
        NameOf(placement) is not { } name ? NoSuchPlacement
        : DocumentRequests.BadBy(by) is { } badBy ? badBy
        : await ChangeAsync(name, null, by!, version, services, cancel);

    static async Task<Results<Ok<RulesVersionsResponse>, Problem>> VersionsAsync(
        string placement,
        IDocuments documents,
        CancellationToken cancel,
        int limit = 20
    )
    {
        if (NameOf(placement) is not { } name)
            return NoSuchPlacement;
        if (Problem.BadLimit(limit, MaxVersions) is { } badLimit)
            return badLimit;
        var versions = await documents.ReadVersionsAsync(RulesInUse.Kind, name, limit, cancel);
        return TypedResults.Ok(
            new RulesVersionsResponse([
                .. versions.Select(one => new RulesVersion(
                    one.Version,
                    DateTimeOffset.FromUnixTimeMilliseconds(one.ChangedAt),
                    one.ChangedBy,
                    one.Json is null ? null : RulesInUse.Read(one.Json)
                )),
            ])
        );
    }

    static async Task<Results<Ok<PlacementRulesResponse>, Problem>> RestoreAsync(
        string placement,
        int version,
        RestoreRequest request,
        [AsParameters] RulesServices services,
        CancellationToken cancel
    )
    {
        if (NameOf(placement) is not { } name)
            return NoSuchPlacement;
        if (DocumentRequests.BadBy(request.By) is { } badBy)
            return badBy;
        return await services.Documents.FindVersionAsync(RulesInUse.Kind, name, version, cancel) is { Json: { } json }
            ? await ChangeAsync(name, json, request.By!, request.Version, services, cancel)
            : Problem.NotFound("There are no rules of this version.", "Send one of GET …/versions that has rules.");
    }

    static async Task<Results<Ok<RulesPreviewResponse>, Problem>> PreviewAsync(
        JsonElement body,
        [AsParameters] RecommendationEndpoints.RecommendationServices services
    )
    {
        var catalogue = services.Catalogue.Products;
        if (!DocumentRequests.TryRead(body, ApiJson.Default.PreviewRequest, out var r, out var problem))
            return problem;
        if (r.Rules is not { } draft)
            return Problem.BadField("rules", "rules is missing.", "Send the draft; {} are the defaults.");
        if (draft.Check(catalogue) is { } wrong)
            return wrong with { Field = $"rules.{wrong.Field}" };
        if (
            !RecommendationEndpoints.TryQuery(
                catalogue,
                r.Placement,
                r.ProductId,
                r.Category,
                r.Filter,
                null,
                r.Limit,
                out var query,
                out problem
            )
        )
            return problem;
        var customer = await services.Identity.FindCustomerAsync(r.UserId, r.AnonymousId, services.Cancel);
        // The customer's grain may be in another process, which numbers categories differently.
        var rules = draft.In(catalogue).At(CategoryOf(query, catalogue), catalogue);
        var present = await RecommendationEndpoints.AnswerAsync(customer, query, default, services);
        var drafted = await RecommendationEndpoints.AnswerAsync(customer, query with { Rules = rules }, default, services);
        return TypedResults.Ok(new RulesPreviewResponse(drafted, present));
    }

    static int CategoryOf(RecommendationQuery query, ProductCatalogue catalogue) =>
        query.Category is { } path && catalogue.Categories.TryFind(path, out var category) ? category
        : query.Product >= 0 ? catalogue.CategoryOf(query.Product)
        : -1;

    /// <summary>What a change is made with.</summary>
    readonly record struct RulesServices(
        IDocuments Documents,
        DocumentWatcher Watcher,
        RulesInUse Seeds,
        CatalogueService Catalogue,
        ShopClock Time
    );

    static async Task<Results<Ok<PlacementRulesResponse>, Problem>> ChangeAsync(
        string name,
        string? json,
        string by,
        int? version,
        RulesServices services,
        CancellationToken cancel
    )
    {
        var edit = new DocumentEdit(RulesInUse.Kind, name, json, by, services.Time.Now, version);
        var (present, isSaved) = await services.Watcher.SaveAsync(edit, cancel);
        if (isSaved || (json is null && present?.Json is null))
            return TypedResults.Ok(Response(name, present, services.Seeds));
        return Problem.Conflict(
            present?.Json is null
                ? "There are no rules here now: they were removed, or none had been written."
                : $"The rules are at version {present.Version} by now.",
            "Read them again and make the change from there."
        ) with
        {
            Field = "version",
        };
    }

    static PlacementRulesResponse Response(string name, Document? document, RulesInUse seeds)
    {
        if (document?.Json is { } json)
            return new(
                name,
                document.Version,
                RulesInUse.Read(json),
                DateTimeOffset.FromUnixTimeMilliseconds(document.ChangedAt),
                document.ChangedBy
            );
        PlacementNames.TryParse(name, out var placement);
        return new(name, 0, seeds.Seed(placement));
    }

    static string Json(RulesBody rules) => JsonSerializer.Serialize(rules, ApiJson.Default.RulesBody);

    static string? NameOf(string placement) =>
        PlacementNames.TryParse(placement, out var known) ? PlacementNames.Of(known) : null;

    static readonly Problem NoSuchPlacement = Problem.NotFound(
        "There is no such placement.",
        $"Use one of {string.Join(", ", PlacementNames.All)}."
    );
}
