using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Problems;
using Personalization.Shop;

namespace Personalization.Keys;

/// <summary>For whom (exactly one of the two names), and for how many hours (24 by default, at most 720), a token is wanted.</summary>
[JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
public sealed record VisitorTokenRequest(string? UserId = null, string? AnonymousId = null, int? Hours = null);

public sealed record VisitorTokenResponse(string Token, DateTimeOffset ValidUntil);

/// <summary>The shop's server asks for a token that a visitor's browser may read its own with.</summary>
public static class VisitorTokenEndpoints
{
    const int DefaultHours = 24,
        MaxName = 255;

    static readonly int MaxHours = (int)VisitorToken.LongestLife.TotalHours;

    public static void MapVisitorTokens(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/visitor-tokens", Issue)
            .WithName("IssueVisitorToken")
            .WithTags("Keys")
            .WithSummary(
                "A token for one visitor: sent as X-Visitor-Token it opens that visitor's recommendations and ?include=."
            )
            .RequireSecretKey()
            .Refuses(400, 413, 415);

    static Results<Ok<VisitorTokenResponse>, Problem> Issue(VisitorTokenRequest request, VisitorToken tokens, ShopClock time)
    {
        var userId = string.IsNullOrWhiteSpace(request.UserId) ? null : request.UserId;
        var anonymousId = string.IsNullOrWhiteSpace(request.AnonymousId) ? null : request.AnonymousId;
        if (userId is null == anonymousId is null)
            return Problem.BadField(
                "userId or anonymousId",
                "Exactly one of them is needed.",
                "Send the name the visitor's events come under."
            );
        if (Problem.TooLong(("userId", userId, MaxName), ("anonymousId", anonymousId, MaxName)) is { } tooLong)
            return tooLong;
        var hours = request.Hours ?? DefaultHours;
        if (hours < 1 || hours > MaxHours)
            return Problem.BadField("hours", $"hours is not between 1 and {MaxHours}.", "Ask for a shorter time.");
        return TypedResults.Ok(
            new VisitorTokenResponse(
                tokens.Issue(userId, anonymousId, TimeSpan.FromHours(hours)),
                time.GetUtcNow().AddHours(hours)
            )
        );
    }
}
