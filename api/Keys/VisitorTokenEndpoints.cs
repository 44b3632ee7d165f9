using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Hosting;
using Personalization.Identity;
using Personalization.Problems;
using Personalization.Shop;
using Personalization.Tracking;

namespace Personalization.Keys;

/// <summary>For whom (exactly one of the two names), and for how many hours (24 by default, at most 720), a token is wanted.</summary>
[JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
public sealed record VisitorTokenRequest(string? UserId = null, string? AnonymousId = null, int? Hours = null);

public sealed record VisitorTokenResponse(string Token, DateTimeOffset ValidUntil);

/// <summary>
/// Tokens that a visitor's browser may read its own with. The shop's server asks for one for anybody; a browser, with the write key,
/// for an anonymous id that nobody has used yet, for the one it has a valid token of, or for the user whose token it has.
/// </summary>
public static class VisitorTokenEndpoints
{
    const int DefaultHours = 24,
        MaxName = 255;

    static readonly int MaxHours = (int)VisitorToken.MaxLife.TotalHours;

    public static void MapVisitorTokens(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/visitor-tokens", IssueAsync)
            .WithName("IssueVisitorToken")
            .WithTags("Keys")
            .WithSummary(
                "A token for one visitor: sent as X-Visitor-Token it opens that visitor's recommendations, lists and cart, and ?include=."
            )
            .RequireCors(Origins.Policy)
            .RequireAuthorization(Policies.AnyKey)
            .Refuses(400, 401, 403, 413, 415);

    static async Task<Results<Ok<VisitorTokenResponse>, Problem>> IssueAsync(
        VisitorTokenRequest request,
        HttpContext http,
        VisitorToken tokens,
        UserTokens userTokens,
        Visitors visitors,
        IdentityResolver identity,
        ShopClock time,
        CancellationToken cancel
    )
    {
        var userId = string.IsNullOrWhiteSpace(request.UserId) ? null : request.UserId;
        var anonymousId = string.IsNullOrWhiteSpace(request.AnonymousId) ? null : request.AnonymousId;
        if (Wrong(userId, anonymousId, request.Hours) is { } wrong)
            return wrong;
        var trust =
            http.User.IsSecret() ? Trust.Server
            : userId is not null && userTokens.IsValid(http.Request.Headers[UserTokens.Header].ToString(), userId) ? Trust.Signed
            : Trust.Claimed;
        var pass =
            trust != Trust.Claimed
                ? new VisitorPass(
                    userId,
                    anonymousId,
                    (await identity.ResolveAsync(userId, anonymousId, trust, cancel)).Customer,
                    OnlyAnonymous: false
                )
            : anonymousId is not null ? await OwnAsync(anonymousId, http, visitors, identity, cancel)
            : null;
        if (pass is null)
            return userId is null ? SeenBefore : NotProved;
        var validFor = TimeSpan.FromHours(request.Hours ?? DefaultHours);
        return TypedResults.Ok(new VisitorTokenResponse(tokens.Issue(pass, validFor), time.GetUtcNow() + validFor));
    }

    static Problem? Wrong(string? userId, string? anonymousId, int? hours)
    {
        if (userId is null == anonymousId is null)
            return Problem.BadField(
                "userId or anonymousId",
                "Exactly one of them is needed.",
                "Send the name the visitor's events come under."
            );
        if (NamesOfNobody.Contains((userId ?? anonymousId)!))
            return Problem.BadField(
                userId is null ? "anonymousId" : "userId",
                "The value names no one.",
                "Send the name the visitor's events come under."
            );
        if (Problem.TooLong(("userId", userId, MaxName), ("anonymousId", anonymousId, MaxName)) is { } tooLong)
            return tooLong;
        return hours < 1 || hours > MaxHours
            ? Problem.BadField("hours", $"hours is not between 1 and {MaxHours}.", "Ask for a shorter time.")
            : null;
    }

    /// <summary>With the write key alone: a token that is still valid is renewed; else the id must be new, so that it is nobody else's.</summary>
    static async Task<VisitorPass?> OwnAsync(
        string anonymousId,
        HttpContext http,
        Visitors visitors,
        IdentityResolver identity,
        CancellationToken cancel
    )
    {
        if (await visitors.OfAsync(http.User, cancel) is { } pass && pass.AnonymousId == anonymousId)
            return pass;
        return await identity.TryCreateAsync(anonymousId, cancel) is { } customer
            ? new VisitorPass(null, anonymousId, customer, OnlyAnonymous: true)
            : null;
    }

    static readonly Problem SeenBefore = Problem.Forbidden(
        "The anonymous id has been used before: whose it is cannot be seen from the write key.",
        "Make up a new id before its first event, renew with its X-Visitor-Token, or ask with the secret key."
    );

    static readonly Problem NotProved = Problem.Forbidden(
        "The write key alone does not speak for a user id.",
        "Send the user's token as X-User-Token (docs/trust.md), or ask with the secret key."
    );
}
