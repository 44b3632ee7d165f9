using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Catalogue;
using Personalization.Documents;
using Personalization.Hosting;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.ReadModels;
using Personalization.Recommendations;
using Personalization.Shop;

namespace Personalization.Experiments;

/// <summary>An experiment to begin, to stop or to go on with.</summary>
/// <param name="Placement">Where it runs; at most one runs on a placement.</param>
/// <param name="Variants">What is compared: 2 to 10. They stay as they are while it runs.</param>
/// <param name="Status"><c>running</c> or <c>stopped</c>.</param>
/// <param name="By">Who wants it; audited.</param>
/// <param name="Version">That of the experiment it was made from, 0 for a new one; refused where it was changed since.</param>
public sealed record ExperimentRequest(
    string? Placement = null,
    IReadOnlyList<VariantBody>? Variants = null,
    string? Status = null,
    string? By = null,
    int? Version = null
);

/// <param name="BegunAt">When its variants ran first: results count from there. Left out where they have not run yet.</param>
public sealed record ExperimentResponse(
    string Id,
    int Version,
    string Placement,
    string Status,
    IReadOnlyList<VariantBody> Variants,
    DateTimeOffset ChangedAt,
    string ChangedBy,
    DateTimeOffset? BegunAt = null
);

public sealed record ExperimentsResponse(IReadOnlyList<ExperimentResponse> Experiments);

/// <summary>
/// Experiments on placements: who gets which variant stays the same, and results may be looked at at any time (R89).
/// </summary>
public static partial class ExperimentEndpoints
{
    public static void AddExperiments(this IServiceCollection services) =>
        services
            .AddSingleton<ExperimentsInUse>()
            .AddSingleton(provider => new DocumentReader(
                ExperimentsInUse.Kind,
                provider.GetRequiredService<ExperimentsInUse>().ApplyAsync
            ));

    public static void MapExperiments(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/experiments").WithTags("Experiments").RequireSecretKey();
        group.MapGet("", AllAsync).WithName("GetExperiments").WithSummary("The experiments, running and stopped.");
        group
            .MapGet("{id}", OneAsync)
            .WithName("GetExperiment")
            .WithSummary("An experiment, and the version to send back with a change.")
            .Refuses(404);
        group
            .MapPut("{id}", SaveAsync)
            .WithName("PutExperiment")
            .WithSummary("Begins, stops or changes an experiment: in use here when it returns, on every server within a second.")
            .Accepts<ExperimentRequest>("application/json")
            .Refuses(400, 409, 413, 415);
        group
            .MapDelete("{id}", RemoveAsync)
            .WithName("DeleteExperiment")
            .WithSummary("Ends an experiment and forgets its results: one that is begun under this id later starts from nothing.")
            .Refuses(400, 404, 409);
        group
            .MapGet("{id}/results", ResultsAsync)
            .WithName("GetExperimentResults")
            .WithSummary(
                "What became of the visitors of each variant, and whether it is better or worse than the baseline; minPosition= waits for a position."
            )
            .Refuses(400, 404);
    }

    /// <summary>What a change is made with.</summary>
    readonly record struct ExperimentServices(
        IDocuments Documents,
        DocumentWatcher Watcher,
        CatalogueService Catalogue,
        ShopClock Time
    );

    static async Task<Ok<ExperimentsResponse>> AllAsync(IDocuments documents, CancellationToken cancel) =>
        TypedResults.Ok(
            new ExperimentsResponse([.. (await documents.ReadDocumentsAsync(ExperimentsInUse.Kind, cancel)).Select(Response)])
        );

    static async Task<Results<Ok<ExperimentResponse>, Problem>> OneAsync(
        string id,
        IDocuments documents,
        CancellationToken cancel
    ) => await FindAsync(id, documents, cancel) is { } document ? TypedResults.Ok(Response(document)) : NoSuchExperiment;

    static async Task<Results<Ok<ExperimentResponse>, Problem>> SaveAsync(
        string id,
        JsonElement body,
        [AsParameters] ExperimentServices services,
        CancellationToken cancel
    )
    {
        if (!Ids.IsMatch(id))
            return BadId;
        if (!DocumentRequests.TryRead(body, ApiJson.Default.ExperimentRequest, out var request, out var problem))
            return problem;
        if (Read(request, services.Catalogue.Products, out var wanted) is { } wrong)
            return wrong;
        var present = await FindAsync(id, services.Documents, cancel);
        var before = present?.Json is { } json ? ExperimentBody.Read(json) : null;
        if (before?.IsRunning == true && !wanted.ShowsAs(before))
            return Problem.Conflict(
                "The experiment is running: its placement and variants cannot change, or the results would mix.",
                "Stop it first, with the variants as they are, or begin another."
            ) with
            {
                Field = "variants",
            };
        if (wanted.IsRunning && await RivalAsync(id, wanted.Placement, services.Documents, cancel) is { } rival)
            return Problem.Conflict($"The experiment {rival} is running on this placement.", "Stop it first.") with
            {
                Field = "placement",
            };
        var kept = wanted.After(before, DateTimeOffset.FromUnixTimeMilliseconds(services.Time.Now));
        // Saved only onto what was looked at.
        var (saved, isSaved) = await ChangeAsync(
            id,
            kept.ToJson(),
            request.By!,
            request.Version ?? present?.Version ?? 0,
            services,
            cancel
        );
        return isSaved ? TypedResults.Ok(Response(saved!)) : Changed(saved);
    }

    static async Task<Results<NoContent, Problem>> RemoveAsync(
        string id,
        string? by,
        int? version,
        [AsParameters] ExperimentServices services,
        CancellationToken cancel
    )
    {
        if (DocumentRequests.BadBy(by) is { } badBy)
            return badBy;
        if (await FindAsync(id, services.Documents, cancel) is null)
            return NoSuchExperiment;
        var (present, isRemoved) = await ChangeAsync(id, null, by!, version, services, cancel);
        return isRemoved || present?.Json is null ? TypedResults.NoContent() : Changed(present);
    }

    static async Task<Results<Ok<ExperimentResultsResponse>, Problem>> ResultsAsync(
        string id,
        IDocuments documents,
        IStore store,
        ReadModelPosition positions,
        CancellationToken cancel,
        long? minPosition = null
    )
    {
        if (await FindAsync(id, documents, cancel) is not { Json: { } json })
            return NoSuchExperiment;
        if (await positions.WaitAsync(minPosition, cancel) is { } late)
            return late;
        var position = await store.ReadModels.PositionAsync(cancel);
        var experiment = ExperimentBody.Read(json);
        var totals = experiment.BegunAt is { } begun
            ? await store.ReadModels.ExperimentAsync(id, begun.ToUnixTimeMilliseconds(), cancel)
            : [];
        return TypedResults.Ok(ExperimentResults.Of(id, experiment, totals, position));
    }

    /// <summary>The experiment that a request asks for, or what is wrong with it.</summary>
    static Problem? Read(ExperimentRequest request, ProductCatalogue catalogue, out ExperimentBody wanted)
    {
        wanted = null!;
        if (DocumentRequests.BadBy(request.By) is { } badBy)
            return badBy;
        if (request.Placement is not { } name || !PlacementNames.TryParse(name, out var placement))
            return Problem.BadField(
                "placement",
                "There is no such placement.",
                $"Use one of {string.Join(", ", PlacementNames.All)}."
            );
        if (request.Status is not (ExperimentBody.Running or ExperimentBody.Stopped))
            return Problem.BadField("status", "status is neither running nor stopped.", "Send one of the two.");
        if (VariantChecks.Check(request.Variants, catalogue) is { } wrong)
            return wrong;
        wanted = new ExperimentBody(PlacementNames.Of(placement), request.Status, request.Variants!);
        return null;
    }

    /// <summary>The id of another experiment that runs on a placement, or null.</summary>
    static async ValueTask<string?> RivalAsync(string id, string placement, IDocuments documents, CancellationToken cancel)
    {
        foreach (var other in await documents.ReadDocumentsAsync(ExperimentsInUse.Kind, cancel))
            if (other.Id != id && ExperimentBody.Read(other.Json!) is { IsRunning: true } body && body.Placement == placement)
                return other.Id;
        return null;
    }

    static async ValueTask<Document?> FindAsync(string id, IDocuments documents, CancellationToken cancel) =>
        await documents.ReadVersionsAsync(ExperimentsInUse.Kind, id, 1, cancel) is [{ Json: not null } document]
            ? document
            : null;

    static Task<(Document? Present, bool IsSaved)> ChangeAsync(
        string id,
        string? json,
        string by,
        int? version,
        ExperimentServices services,
        CancellationToken cancel
    ) => services.Watcher.SaveAsync(new DocumentEdit(ExperimentsInUse.Kind, id, json, by, services.Time.Now, version), cancel);

    static ExperimentResponse Response(Document document)
    {
        var body = ExperimentBody.Read(document.Json!);
        return new(
            document.Id,
            document.Version,
            body.Placement,
            body.Status,
            body.Variants,
            DateTimeOffset.FromUnixTimeMilliseconds(document.ChangedAt),
            document.ChangedBy,
            body.BegunAt
        );
    }

    static Problem Changed(Document? present) =>
        Problem.Conflict(
            present?.Json is null
                ? "There is no such experiment now."
                : $"The experiment is at version {present.Version} by now.",
            "Read it again and make the change from there."
        ) with
        {
            Field = "version",
        };

    static readonly Problem NoSuchExperiment = Problem.NotFound(
        "There is no such experiment.",
        "Use an id of GET /v1/experiments."
    );

    static readonly Problem BadId = Problem.BadField(
        "id",
        "id is not 1 to 64 letters, digits, dots, dashes and underscores.",
        "Use an id such as home-2026-autumn."
    );

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    static partial Regex Ids { get; }
}
