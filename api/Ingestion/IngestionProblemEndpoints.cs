using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.Shop;

namespace Personalization.Ingestion;

/// <param name="Source">How it came: track, batch, import, webhook, feed …</param>
/// <param name="Kind">What was wrong; refused where it cost the whole call or item.</param>
/// <param name="Field">Where; empty for the whole.</param>
/// <param name="Example">The shape of the last such value: a letter for letters, 9 for digits. Never the value.</param>
public sealed record IngestionProblemResponse(
    string Source,
    string Kind,
    string Field,
    long Count,
    DateTimeOffset FirstAt,
    DateTimeOffset LastAt,
    string Example
);

/// <param name="Next">For the next page; missing on the last one.</param>
public sealed record IngestionProblemsResponse(IReadOnlyList<IngestionProblemResponse> Items, string? Next);

/// <summary>What could not be used of what came in.</summary>
public static class IngestionProblemEndpoints
{
    const int MaxRows = 500;

    static readonly int Epoch = new DateOnly(1970, 1, 1).DayNumber;

    public static void AddIngestion(this IServiceCollection services)
    {
        services.AddSingleton<IngestionProblems>();
        services.AddHostedService(provider => provider.GetRequiredService<IngestionProblems>());
    }

    public static void MapIngestionProblems(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/v1/ingestion/problems", ListAsync)
            .WithTags("Tracking")
            .RequireAuthorization(Policies.Secret)
            .WithName("ListIngestionProblems")
            .WithSummary(
                "What could not be used of what came in during the last 30 days: kind=, field=, from=, to= (dates, UTC), by source, kind and field."
            )
            .Refuses(400, 401, 403);

    static async Task<Results<Ok<IngestionProblemsResponse>, Problem>> ListAsync(
        IIngestionProblems store,
        ShopClock time,
        CancellationToken cancel,
        string? kind = null,
        string? field = null,
        DateOnly? from = null,
        DateOnly? to = null,
        int limit = 50,
        string? next = null
    )
    {
        if (Problem.BadLimit(limit, MaxRows) is { } badLimit)
            return badLimit;
        if (!TryPlace(next, out var after))
            return Problem.BadPlace;
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var first = from ?? today.AddDays(1 - IngestionProblems.Days);
        var last = to ?? today;
        if (first > last)
            return Problem.BadField("from", "from lies after to.", "Send a from that is not after to.");
        var items = await store.ReadIngestionProblemsAsync(
            new(kind, field, first.DayNumber - Epoch, last.DayNumber - Epoch, after, limit),
            cancel
        );
        return TypedResults.Ok(
            new IngestionProblemsResponse([.. items.Select(Response)], items.Count == limit ? PlaceOf(items[^1]) : null)
        );
    }

    static IngestionProblemResponse Response(IngestionProblem one) =>
        new(
            one.Source,
            one.Kind,
            one.Field,
            one.Count,
            DateTimeOffset.FromUnixTimeMilliseconds(one.FirstAt),
            DateTimeOffset.FromUnixTimeMilliseconds(one.LastAt),
            one.Example
        );

    static string PlaceOf(IngestionProblem one) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{one.Source}\n{one.Kind}\n{one.Field}"));

    static bool TryPlace(string? next, out (string, string, string)? place)
    {
        place = null;
        if (next is null)
            return true;
        if (!Base64Url.IsValid(next))
            return false;
        if (Encoding.UTF8.GetString(Base64Url.DecodeFromChars(next)).Split('\n') is not [var source, var kind, var field])
            return false;
        place = (source, kind, field);
        return true;
    }
}
