using Personalization.Problems;

namespace Personalization.Keys;

/// <summary>Refuses calls without the key that an endpoint needs.</summary>
public static class RequireKeyFilter
{
    public const string VisitorHeader = "X-Visitor-Token";

    /// <summary>The secret key opens everything; the write key only what needs no more than it.</summary>
    public static TBuilder RequireKey<TBuilder>(this TBuilder endpoints, KeyKind needed)
        where TBuilder : IEndpointConventionBuilder
    {
        endpoints.AddEndpointFilter(
            async (context, next) =>
            {
                var http = context.HttpContext;
                var kind = http.RequestServices.GetRequiredService<ApiKeys>().KindOfHeader(http.Request.Headers.Authorization);
                return kind >= needed ? await next(context) : Refusal(kind).ToResult();
            }
        );
        return endpoints;
    }

    public static Problem Refusal(KeyKind kind) =>
        kind == KeyKind.Write
            ? Problem.Forbidden("The write key tracks and reads nothing.", "Send the secret key: Authorization: Bearer sk_….")
            : Problem.Unauthorized(
                "There is no valid key.",
                "Send Authorization: Bearer with the secret key, or Basic with the write key for tracking."
            );
}
