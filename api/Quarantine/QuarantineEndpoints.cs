using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Journal;
using Personalization.Keys;
using Personalization.Problems;
using Personalization.Shop;

namespace Personalization.Quarantine;

/// <summary>Something that was set aside.</summary>
/// <param name="Id">By which it is tried again.</param>
/// <param name="Kind">read-models, item-index, history, waking or message.</param>
/// <param name="Subject">By kind: a position of the journal, a customer's number or a message's id.</param>
/// <param name="Customer">The number of the customer whom it concerns.</param>
/// <param name="Reason">Why it failed last.</param>
/// <param name="Retrying">It is being tried again.</param>
public sealed record QuarantinedResponse(
    long Id,
    string Kind,
    string Subject,
    string Customer,
    string Reason,
    DateTimeOffset Since,
    int Tries,
    string Program,
    bool Retrying
);

/// <param name="Next">For the next page; missing on the last one.</param>
public sealed record QuarantineResponse(IReadOnlyList<QuarantinedResponse> Items, string? Next);

/// <param name="Id">One item; without it, all.</param>
public sealed record RetryRequest(long? Id = null);

/// <param name="Items">How many are tried again within seconds.</param>
public sealed record RetryResponse(int Items);

/// <summary>What failed again and again, and trying it again.</summary>
public static class QuarantineEndpoints
{
    const int MaxRows = 500;

    public static void MapQuarantine(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/quarantine").WithTags("Quarantine").RequireAuthorization(Policies.Secret);
        group
            .MapGet("", ListAsync)
            .WithName("ListQuarantine")
            .WithSummary("Entries, customers and messages that failed again and again and were set aside, oldest first.")
            .Refuses(400, 401, 403);
        group
            .MapPost("retry", RetryAsync)
            .WithName("RetryQuarantine")
            .WithSummary("Has all of them tried again, or the one of an id; what fails again comes back.")
            .Refuses(400, 401, 403, 404, 413, 415);
    }

    static async Task<Results<Ok<QuarantineResponse>, Problem>> ListAsync(
        IStore store,
        CancellationToken cancel,
        int limit = 50,
        long next = 0
    )
    {
        if (Problem.BadLimit(limit, MaxRows) is { } badLimit)
            return badLimit;
        var items = await store.ReadQuarantineAsync(null, next, limit, cancel);
        return TypedResults.Ok(
            new QuarantineResponse([.. items.Select(Response)], items.Count == limit ? $"{items[^1].Number}" : null)
        );
    }

    static QuarantinedResponse Response(QuarantinedItem item) =>
        new(
            item.Number,
            JsonNamingPolicy.KebabCaseLower.ConvertName($"{item.Kind}"),
            item.Subject,
            $"{item.Customer}",
            item.Reason,
            DateTimeOffset.FromUnixTimeMilliseconds(item.Since),
            item.Tries,
            item.Program,
            item.Retry
        );

    static async Task<Results<Ok<RetryResponse>, Problem>> RetryAsync(
        IStore store,
        ShopClock time,
        CancellationToken cancel,
        RetryRequest? request = null
    )
    {
        var items = await store.RetryQuarantineAsync(request?.Id, null, cancel);
        if (items == 0 && request?.Id is not null)
            return Problem.NotFound("Nothing of this id is set aside.", "Use an id of GET /v1/quarantine.");
        await store.AuditAsync(
            "secret key",
            "retry",
            request?.Id is { } id ? $"quarantine {id}" : "quarantine",
            time.Now,
            cancel
        );
        return TypedResults.Ok(new RetryResponse(items));
    }
}
