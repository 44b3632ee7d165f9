using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Mvc;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Hosting;
using Personalization.Shop;

namespace Personalization.Outreach;

/// <summary>
/// The address in every message's foot and header. GET only shows a page: link scanners open addresses, and must not
/// unsubscribe whole lists. POST unsubscribes, from the page's button or from the mail client (RFC 8058).
/// </summary>
public static class UnsubscribeEndpoints
{
    const string Path = "/u/{token}";
    const int MaxForm = 16 * 1024;

    public static void MapUnsubscribe(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Show).AllowAnonymous().ExcludeFromDescription();
        routes
            .MapPost(Path, TakeAsync)
            .AllowAnonymous()
            .WithMetadata(new RequestSizeLimitAttribute(MaxForm))
            .ExcludeFromDescription();
    }

    static IResult Show(string token, UnsubscribeToken tokens, ShopConfiguration shop, HttpResponse response) =>
        tokens.TryRead(token, out var asked)
            ? Page(response, 200, shop.Name, "Unsubscribe", Question(shop.Name, asked))
            : NotAnAddress(response, shop.Name);

    static async Task<IResult> TakeAsync(
        string token,
        UnsubscribeToken tokens,
        ShopConfiguration shop,
        IGrainFactory grains,
        ShopClock clock,
        HttpRequest request,
        HttpResponse response,
        CancellationToken cancel
    )
    {
        if (!tokens.TryRead(token, out var asked))
            return NotAnAddress(response, shop.Name);
        var form = await FormAsync(request, cancel);
        var scope = form?["scope"].ToString();
        if (form?["List-Unsubscribe"].ToString() != "One-Click" && scope is not ("topic" or "all"))
            return Page(
                response,
                400,
                shop.Name,
                "Nothing was changed",
                "<p>The request did not say what to unsubscribe from.</p>"
            );
        if (scope == "all")
            asked = asked with { Topic = ConsentLedger.AllTopics };
        var withdrawal = new ConsentChanged
        {
            Time = clock.Now,
            Channel = asked.Channel,
            Topic = asked.Topic,
            Granted = false,
            Origin = "one-click",
        };
        await grains.Customer(asked.Customer).ChangeConsentAsync(withdrawal);
        return Page(
            response,
            200,
            shop.Name,
            "You are unsubscribed",
            $"<p>{Text(shop.Name)} will send you no more {What(asked)}.</p>"
        );
    }

    static async Task<IFormCollection?> FormAsync(HttpRequest request, CancellationToken cancel)
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

    static IResult NotAnAddress(HttpResponse response, string shopName) =>
        Page(
            response,
            404,
            shopName,
            "This address does not work",
            "<p>It is not complete. Please copy the whole address from the message, or use the message's own link.</p>"
        );

    static string Question(string shopName, UnsubscribeRequest asked)
    {
        var one =
            asked.Topic == ConsentLedger.AllTopics
                ? ""
                : $"<button name=\"scope\" value=\"topic\">No more {What(asked)}</button>";
        var all =
            $"<button name=\"scope\" value=\"all\">No more {What(asked with { Topic = ConsentLedger.AllTopics })} at all"
            + "</button>";
        return $"<p>What should {Text(shopName)} stop sending you?</p><form method=\"post\">{one}{all}</form>";
    }

    static string What(UnsubscribeRequest asked) =>
        asked.Topic == ConsentLedger.AllTopics ? Text(asked.Channel) : $"{Text(asked.Topic)} by {Text(asked.Channel)}";

    static string Text(string text) => HtmlEncoder.Default.Encode(text);

    static IResult Page(HttpResponse response, int status, string shopName, string title, string body)
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
            <title>{{title}} – {{Text(shopName)}}</title>
            <style>
            body { font: 1.1rem/1.5 system-ui, sans-serif; color: #222; background: #fff;
                   max-width: 34rem; margin: 3rem auto; padding: 0 1rem }
            button { display: block; width: 100%; font: inherit; padding: .8rem; margin: .8rem 0;
                     border: 2px solid #222; border-radius: .4rem; background: #fff; cursor: pointer }
            button:hover, button:focus-visible { background: #222; color: #fff }
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
