using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Personalization.Problems;

namespace Personalization.Keys;

/// <summary>Who may call what, by name. Tracking needs a key of either kind, which may stand in the body: see TrackingEndpoints.</summary>
public static class Policies
{
    /// <summary>The shop's server: the secret key opens everything.</summary>
    public const string Secret = "secret";

    /// <summary>A caller with a key of either kind in the header.</summary>
    public const string AnyKey = "any-key";

    /// <summary>The shop's server, or a visitor with a token of their own (<see cref="VisitorToken"/>).</summary>
    public const string Visitor = "visitor";
}

/// <summary>
/// Signs requests in by the key in their Authorization header (<see cref="ApiKeys.KindOfHeader"/>) and by the visitor's token
/// beside it. The key's kind is the role; a visitor has the name of their token as claim. Refusals are problem+json.
/// </summary>
public sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logging,
    UrlEncoder encoder,
    ApiKeys keys,
    VisitorToken tokens
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logging, encoder)
{
    public const string Name = "key",
        VisitorHeader = "X-Visitor-Token";
    const string UserId = "userId",
        AnonymousId = "anonymousId",
        Customer = "customer",
        OnlyAnonymous = "onlyAnonymous";

    /// <summary>The same for every request of a key, so that a request makes none.</summary>
    static readonly Task<AuthenticateResult> Anonymous = Task.FromResult(AuthenticateResult.NoResult()),
        Write = SignIn(RoleOf(KeyKind.Write)),
        Secret = SignIn(RoleOf(KeyKind.Secret));

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
        (keys.KindOfHeader(Request.Headers.Authorization), tokens.Read(Request.Headers[VisitorHeader])) switch
        {
            (KeyKind.Secret, _) => Secret,
            (var kind, { } pass) => SignIn([RoleOf(kind), .. ClaimsOf(pass)]),
            (KeyKind.Write, _) => Write,
            _ => Anonymous,
        };

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Basic realm=\"Personalization\"";
        return Problem
            .Unauthorized(
                "There is no valid key.",
                "Send Authorization: Bearer with the secret key, or Basic with the write key for tracking."
            )
            .ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Context.User.IsInRole(nameof(KeyKind.Write))
            ? Problem
                .Forbidden("The write key tracks and reads nothing.", "Send the secret key: Authorization: Bearer sk_….")
                .ExecuteAsync(Context)
            : HandleChallengeAsync(properties);

    static Claim RoleOf(KeyKind kind) => new(ClaimTypes.Role, kind.ToString());

    static Task<AuthenticateResult> SignIn(params Claim[] claims) =>
        Task.FromResult(
            AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(claims, Name)), Name))
        );

    static IEnumerable<Claim> ClaimsOf(VisitorPass pass)
    {
        yield return new Claim(ClaimTypes.Role, Policies.Visitor);
        yield return pass.UserId is { } user ? new Claim(UserId, user) : new Claim(AnonymousId, pass.AnonymousId!);
        yield return new Claim(Customer, pass.Customer.ToString(CultureInfo.InvariantCulture));
        if (pass.OnlyAnonymous)
            yield return new Claim(OnlyAnonymous, "");
    }

    /// <summary>Whom the caller's visitor token was issued for; null where there is none.</summary>
    public static VisitorPass? VisitorOf(ClaimsPrincipal caller) =>
        caller.FindFirst(Customer) is { } customer
            ? new VisitorPass(
                caller.FindFirst(UserId)?.Value,
                caller.FindFirst(AnonymousId)?.Value,
                long.Parse(customer.Value, CultureInfo.InvariantCulture),
                caller.HasClaim(claim => claim.Type == OnlyAnonymous)
            )
            : null;
}

public static class ApiKeyServices
{
    /// <summary>Authentication by API key and visitor's token, and the policies of the API.</summary>
    public static void AddKeys(this IServiceCollection services, ApiKeys keys, VisitorToken tokens)
    {
        services.AddSingleton<UserTokens>();
        services.AddSingleton<Visitors>();
        services.AddSingleton(keys);
        services.AddSingleton(tokens);
        services
            .AddAuthentication(ApiKeyAuthentication.Name)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.Name, null);
        services
            .AddAuthorizationBuilder()
            .AddPolicy(Policies.Secret, policy => policy.RequireRole(nameof(KeyKind.Secret)))
            .AddPolicy(Policies.AnyKey, policy => policy.RequireRole(nameof(KeyKind.Secret), nameof(KeyKind.Write)))
            .AddPolicy(Policies.Visitor, policy => policy.RequireRole(nameof(KeyKind.Secret), Policies.Visitor))
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAssertion(IsSecretOrNoEndpoint).Build());
    }

    /// <summary>
    /// An endpoint that does not say who may call it is for the secret key. Where there is none of ours (404, 405, 415, the pages
    /// at /docs) there is nothing to protect.
    /// </summary>
    static bool IsSecretOrNoEndpoint(AuthorizationHandlerContext call) =>
        call.User.IsSecret() || call.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint;

    /// <summary>Opens the endpoints to the secret key alone.</summary>
    public static TBuilder RequireSecretKey<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.RequireAuthorization(Policies.Secret).Refuses(401, 403);

    /// <summary>
    /// Signs callers in. An endpoint that allows anonymous callers is run at once: tracking reads its key itself, and needs none
    /// of what authentication costs a request.
    /// </summary>
    public static void UseKeys(this WebApplication app)
    {
        app.Use(
            (http, next) =>
                http.GetEndpoint() is { RequestDelegate: { } run } endpoint
                && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
                    ? run(http)
                    : next(http)
        );
        app.UseAuthentication();
        app.UseAuthorization();
    }

    public static bool IsSecret(this ClaimsPrincipal caller) => caller.IsInRole(nameof(KeyKind.Secret));
}
