using System.Text.Encodings.Web;

namespace Personalization.Outreach;

/// <summary>
/// The plain pages that messages link to: readable by light and by dark, with nothing from elsewhere, for no search engine and no
/// cache.
/// </summary>
static class MessagePage
{
    /// <summary>Bytes of a form that one of them posts.</summary>
    public const int MaxForm = 16 * 1024;

    public static string Text(string text) => HtmlEncoder.Default.Encode(text);

    /// <summary>What a person agrees to or wants to end, in words. Topic "*" is all of the channel.</summary>
    public static string What(string channel, string topic) =>
        topic == ConsentLedger.AllTopics ? Text(channel) : $"{Text(topic)} by {Text(channel)}";

    public static IResult NotAnAddress(HttpResponse response, string shopName) =>
        Show(
            response,
            404,
            shopName,
            "This address does not work",
            "<p>It is not complete, or it is too old. Please copy the whole address from the message, or use the message's own "
                + "link.</p>"
        );

    /// <summary>The form that was posted; null where there is none that can be read.</summary>
    public static async Task<IFormCollection?> FormAsync(HttpRequest request, CancellationToken cancel)
    {
        if (!request.HasFormContentType)
            return null;
        try
        {
            return await request.ReadFormAsync(cancel);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <param name="title">Plain words.</param>
    /// <param name="body">HTML.</param>
    public static IResult Show(HttpResponse response, int status, string shopName, string title, string body)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["X-Robots-Tag"] = "noindex";
        return Results.Content(
            $$"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="robots" content="noindex">
            <meta name="color-scheme" content="light dark">
            <title>{{title}} – {{Text(shopName)}}</title>
            <style>
            :root { color-scheme: light dark; --ink: #222; --paper: #fff }
            @media (prefers-color-scheme: dark) { :root { --ink: #eee; --paper: #1b1b1b } }
            body { font: 1.1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
                   max-width: 34rem; margin: 3rem auto; padding: 0 1rem }
            button { display: block; width: 100%; font: inherit; padding: .8rem; margin: .8rem 0; color: inherit;
                     border: 2px solid var(--ink); border-radius: .4rem; background: var(--paper); cursor: pointer }
            button:hover, button:focus-visible { background: var(--ink); color: var(--paper) }
            </style>
            </head>
            <body><main><h1>{{title}}</h1>{{body}}</main></body>
            </html>
            """,
            "text/html; charset=utf-8",
            statusCode: status
        );
    }
}
