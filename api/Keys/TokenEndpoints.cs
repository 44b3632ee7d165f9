using Personalization.Problems;
using Personalization.Shop;

namespace Personalization.Keys;

/// <summary>For whom, and for how many hours (24 by default, at most 720), a token is wanted.</summary>
public sealed record TokenRequest(string? UserId, string? AnonymousId, int? Hours);

public sealed record TokenAnswer(string Token, DateTimeOffset ValidUntil);

/// <summary><c>POST /v1/tokens</c>: the shop's server asks for a token that a visitor's browser may read its own with.</summary>
public static class TokenEndpoints
{
    const int MaxHours = 720;

    public static void MapTokens(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/tokens", Issue)
            .WithTags("Keys")
            .RequireKey(KeyKind.Secret)
            .WithSummary(
                "A token for one visitor: sent as X-Visitor-Token it opens that visitor's recommendations and ?include=."
            )
            .Produces<TokenAnswer>()
            .ProducesProblem(400);

    static IResult Issue(TokenRequest request, VisitorToken tokens, ShopClock time)
    {
        if (string.IsNullOrWhiteSpace(request.UserId) == string.IsNullOrWhiteSpace(request.AnonymousId))
            return Problem
                .BadField(
                    "userId or anonymousId",
                    "Exactly one of them is needed.",
                    "Send the name the visitor's events come under."
                )
                .ToResult();
        if ((request.UserId ?? request.AnonymousId)!.Length > 255)
            return Problem
                .BadField(
                    "userId or anonymousId",
                    "It is longer than 255 characters.",
                    "Send the name the visitor's events come under."
                )
                .ToResult();
        var hours = request.Hours ?? 24;
        if (hours is < 1 or > MaxHours)
            return Problem.BadField("hours", $"It is not between 1 and {MaxHours}.", "Ask for a shorter time.").ToResult();
        var userId = string.IsNullOrWhiteSpace(request.UserId) ? null : request.UserId;
        return TypedResults.Ok(
            new TokenAnswer(
                tokens.Issue(userId, userId is null ? request.AnonymousId : null, TimeSpan.FromHours(hours)),
                time.GetUtcNow().AddHours(hours)
            )
        );
    }
}
