using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Journal;
using Personalization.Problems;
using Personalization.Shop;

namespace Personalization.Keys;

/// <summary>
/// Who replaces the secret, and for how many days what the present ones signed is still good (365 by default; 0: no longer).
/// </summary>
public sealed record RotateSecretsRequest(string? By = null, int? KeepDays = null);

/// <param name="Id">Of the new secret.</param>
/// <param name="SignsFrom">In a cluster a minute later, when every server knows it.</param>
public sealed record RotatedSecretsResponse(int Id, DateTimeOffset SignsFrom);

/// <summary>The secrets that tokens are signed with.</summary>
public static class SecretEndpoints
{
    const int MaxKeepDays = 3650,
        MaxBy = 200;

    public static void MapSecrets(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/secrets/rotate", RotateAsync)
            .WithName("RotateSecrets")
            .WithTags("Keys")
            .WithSummary(
                "A new secret signs visitor tokens, unsubscribe addresses and recommendation ids; older ones verify for a time."
            )
            .RequireSecretKey()
            .Refuses(400, 413, 415);

    static async Task<Results<Ok<RotatedSecretsResponse>, Problem>> RotateAsync(
        RotateSecretsRequest request,
        TokenSecrets secrets,
        ISettings settings,
        ShopClock time,
        CancellationToken cancel
    )
    {
        if (string.IsNullOrWhiteSpace(request.By))
            return Problem.BadField("by", "by is missing.", "Say who decided this; it is audited.");
        if (Problem.TooLong(("by", request.By, MaxBy)) is { } tooLong)
            return tooLong;
        var days = request.KeepDays ?? TokenSecrets.DefaultKeepDays;
        if (days is < 0 or > MaxKeepDays)
            return Problem.BadField(
                "keepDays",
                $"keepDays is not between 0 and {MaxKeepDays}.",
                "Send how long what is signed already is to work; 0 where a secret has become known."
            );
        var made = await secrets.RotateAsync(days, cancel);
        await settings.AuditAsync(request.By, "rotate secrets", $"secret {made.Id}", time.Now, cancel);
        return TypedResults.Ok(new RotatedSecretsResponse(made.Id, DateTimeOffset.FromUnixTimeMilliseconds(made.SignsFrom)));
    }
}
