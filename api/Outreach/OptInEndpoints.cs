using Microsoft.AspNetCore.Mvc;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Hosting;
using Personalization.Shop;

namespace Personalization.Outreach;

/// <summary>
/// The address in a message that asks for a confirmation. GET only shows a page: link scanners open addresses, and must not
/// subscribe anybody. POST confirms, or says that the address wants nothing.
/// </summary>
public static class OptInEndpoints
{
    public const string Path = "/c/";

    public static void MapOptIn(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path + "{token}", Show).AllowAnonymous().ExcludeFromDescription();
        routes
            .MapPost(Path + "{token}", TakeAsync)
            .AllowAnonymous()
            .WithMetadata(new RequestSizeLimitAttribute(MessagePage.MaxForm))
            .ExcludeFromDescription();
    }

    static IResult Show(string token, OptInToken tokens, ShopConfiguration shop, HttpResponse response) =>
        tokens.TryRead(token, out var asked)
            ? MessagePage.Show(response, 200, shop.Name, "Confirm your subscription", Question(shop.Name, asked))
            : MessagePage.NotAnAddress(response, shop.Name);

    static string Question(string shopName, OptInConfirmation asked) =>
        $"<p>May {MessagePage.Text(shopName)} send you {Messages(asked)}?</p>"
        + "<form method=\"post\"><button name=\"answer\" value=\"yes\">Yes, subscribe me</button>"
        + "<button name=\"answer\" value=\"no\">No, and do not ask again</button></form>";

    static string Messages(OptInConfirmation asked)
    {
        var channel = asked.Channel == "email" ? "e-mail" : MessagePage.Text(asked.Channel);
        return asked.Topic == ConsentLedger.AllTopics
            ? $"messages by {channel}"
            : $"messages by {channel} ({MessagePage.Text(asked.Topic)})";
    }

    static async Task<IResult> TakeAsync(
        string token,
        OptInToken tokens,
        ShopConfiguration shop,
        IGrainFactory grains,
        ShopClock clock,
        HttpRequest request,
        HttpResponse response,
        CancellationToken cancel
    )
    {
        if (!tokens.TryRead(token, out var asked))
            return MessagePage.NotAnAddress(response, shop.Name);
        var answer = (await MessagePage.FormAsync(request, cancel))?["answer"].ToString();
        if (answer is not ("yes" or "no"))
            return MessagePage.Show(response, 400, shop.Name, "Nothing was changed", "<p>The request did not say yes or no.</p>");
        return answer == "yes"
            ? await ConfirmAsync(asked, shop, grains, clock, response)
            : await RefuseAsync(asked, shop, grains, clock, response);
    }

    static async Task<IResult> ConfirmAsync(
        OptInConfirmation asked,
        ShopConfiguration shop,
        IGrainFactory grains,
        ShopClock clock,
        HttpResponse response
    )
    {
        var change = new ConsentChanged
        {
            Time = clock.Now,
            Channel = asked.Channel,
            Topic = asked.Topic,
            Granted = true,
            Origin = "confirmed",
            Name = asked.Name,
        };
        return await grains.Customer(asked.Customer).ConfirmConsentAsync(change, asked.Address)
            ? MessagePage.Show(
                response,
                200,
                shop.Name,
                "You are subscribed",
                $"<p>{MessagePage.Text(shop.Name)} may send you {Messages(asked)}. "
                    + "Every message has a link that ends it.</p>"
            )
            : MessagePage.Show(
                response,
                409,
                shop.Name,
                "Nothing was changed",
                "<p>This address is no longer that of the subscription. Please subscribe again.</p>"
            );
    }

    /// <summary>It concerns the address alone: whoever asked may be somebody else.</summary>
    static async Task<IResult> RefuseAsync(
        OptInConfirmation asked,
        ShopConfiguration shop,
        IGrainFactory grains,
        ShopClock clock,
        HttpResponse response
    )
    {
        await grains
            .GetGrain<IAddressGrain>(asked.Address)
            .RecordAsync(
                new AddressFact(asked.Channel, ConsentLedger.AllTopics, AddressWord.Denied, clock.Now, "refused-opt-in")
            );
        return MessagePage.Show(
            response,
            200,
            shop.Name,
            "You will not be asked again",
            $"<p>{MessagePage.Text(shop.Name)} will send you no {MessagePage.Text(asked.Channel)}.</p>"
        );
    }
}
