using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Personalization.Import;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.Storage.Files;

namespace Personalization.Imports;

/// <summary>Imports while the shop is served: <c>/v1/imports</c>.</summary>
public static class ImportEndpoints
{
    const int MaxRows = 100;

    static readonly Problem NoSuch = Problem.NotFound(
        "There is no import of this id here.",
        "GET /v1/imports lists those of this server; they are kept for 30 days."
    );

    public static void MapImports(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/imports").WithTags("Imports").RequireSecretKey();
        group
            .MapPost("", StartAsync)
            .WithName("StartImport")
            .WithSummary("Takes files in as the command import does, while the shop is served; answers at once with a job.")
            .Accepts<string>(
                "text/csv",
                "application/x-ndjson",
                "application/json",
                "application/gzip",
                "application/octet-stream",
                "text/plain",
                "multipart/form-data"
            )
            .WithMetadata(new DisableRequestSizeLimitAttribute())
            .Refuses(400, 413, 415);
        group.MapGet("", List).WithName("ListImports").WithSummary("The imports of this server, newest first.").Refuses(400);
        group.MapGet("{id:guid}", Get).WithName("GetImport").WithSummary("How far an import is, and its result.").Refuses(404);
        group
            .MapGet("{id:guid}/rejects", Rejects)
            .WithName("GetImportRejects")
            .WithSummary("The rows that could not be used, by line and reason, as tab-separated text.")
            .Produces<string>(200, "text/tab-separated-values")
            .Refuses(404);
        group
            .MapDelete("{id:guid}", Delete)
            .WithName("DeleteImport")
            .WithSummary("Stops an import that is not over; what is in stays. Forgets one that is.")
            .Refuses(404);
    }

    static async Task<Results<Accepted<ImportJob>, Problem>> StartAsync(
        HttpRequest request,
        [AsParameters] ImportOptions options,
        ImportService imports,
        ImportSettings settings,
        CancellationToken cancel
    )
    {
        try
        {
            options.In("", [], new());
        }
        catch (ImportException wrong)
        {
            return Problem.BadField(
                "format",
                wrong.Message,
                "Say format= and the other options as the command import takes them."
            );
        }
        var (id, folder) = imports.Begin();
        var upload = new ImportUpload(folder, settings.MaxBytes);
        var isWhole = false;
        try
        {
            if (await upload.ReadAsync(request, cancel) is { } problem)
                return problem;
            isWhole = true;
        }
        finally
        {
            if (!isWhole)
                imports.Drop(id);
        }
        return TypedResults.Accepted($"/v1/imports/{id}", imports.Queue(id, options, upload.Names));
    }

    static Results<Ok<ImportJobs>, Problem> List(ImportService imports, int limit = 50, Guid? next = null)
    {
        if (Problem.BadLimit(limit, MaxRows) is { } badLimit)
            return badLimit;
        var page = imports.All.Where(job => next is null || job.Id.CompareTo(next.Value) < 0).Take(limit).ToList();
        return TypedResults.Ok(new ImportJobs(page, page.Count == limit ? page[^1].Id.ToString() : null));
    }

    static Results<Ok<ImportJob>, Problem> Get(Guid id, ImportService imports) =>
        imports.Find(id) is { } job ? TypedResults.Ok(job) : NoSuch;

    static Results<ContentHttpResult, Problem> Rejects(Guid id, ImportService imports) =>
        imports.Find(id) is null
            ? NoSuch
            : TypedResults.Text(string.Concat(imports.Rejects(id).Select(File.ReadAllText)), "text/tab-separated-values");

    static Results<NoContent, Problem> Delete(Guid id, ImportService imports) =>
        imports.Delete(id) ? TypedResults.NoContent() : NoSuch;
}
