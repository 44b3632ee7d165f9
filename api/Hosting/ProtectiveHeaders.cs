using Microsoft.Extensions.Primitives;

namespace Personalization.Hosting;

/// <summary>
/// What every answer tells browsers: not to guess types, not to show it in a frame, not to tell other sites its address, and to load
/// nothing for it. A page that needs more sets its own policy over this one.
/// </summary>
public static class ProtectiveHeaders
{
    static readonly StringValues NoSniff = "nosniff",
        Deny = "DENY",
        NoReferrer = "no-referrer",
        Nothing = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>Before anything else. Errors empty the headers that were set before them: those are added again.</summary>
    public static void UseProtectiveHeaders(this IApplicationBuilder app) =>
        app.Use(
            (http, next) =>
            {
                http.Response.AddProtectiveHeaders();
                return next(http);
            }
        );

    public static void AddProtectiveHeaders(this HttpResponse response)
    {
        response.Headers.XContentTypeOptions = NoSniff;
        response.Headers.XFrameOptions = Deny;
        response.Headers["Referrer-Policy"] = NoReferrer;
        response.Headers.ContentSecurityPolicy = Nothing;
    }

    /// <summary>For pages of a folder that load their own scripts and styles.</summary>
    public static void UsePagePolicy(this IApplicationBuilder app, string policy) =>
        app.Use(
            (http, next) =>
            {
                http.Response.Headers.ContentSecurityPolicy = policy;
                return next(http);
            }
        );
}
