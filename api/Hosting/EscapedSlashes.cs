using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Personalization.Hosting;

/// <summary>
/// Routing leaves %2F in a path as it is, so that an id of <c>x/y</c> and one of <c>x%2Fy</c> (sent as <c>x%252Fy</c>) could not be
/// told apart: where a path has it, the values of the route are taken from what was sent.
/// </summary>
public static class EscapedSlashes
{
    public static void UseEscapedSlashes(this WebApplication app) =>
        app.Use(
            (http, next) =>
            {
                var path = http.Request.Path.Value!;
                if (path.Contains("%2F", StringComparison.OrdinalIgnoreCase) && http.GetEndpoint() is RouteEndpoint endpoint)
                    Decode(endpoint.RoutePattern, path, http);
                return next(http);
            }
        );

    static void Decode(RoutePattern pattern, string path, HttpContext http)
    {
        var sent = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0].Split('/');
        // A path with dots in it was shortened, and an absolute address is longer: neither is taken apart.
        if (sent.Length != path.Split('/').Length)
            return;
        for (var i = 0; i < pattern.PathSegments.Count; i++)
            if (pattern.PathSegments[i].Parts is [RoutePatternParameterPart parameter])
                http.Request.RouteValues[parameter.Name] = Uri.UnescapeDataString(sent[i + 1]);
    }
}
