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

    public static void MapUnsubscribe(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Show).AllowAnonymous().ExcludeFromDescription();
        routes
            .MapPost(Path, TakeAsync)
            .AllowAnonymous()
            .WithMetadata(new RequestSizeLimitAttribute(MessagePage.MaxForm))
            .ExcludeFromDescription();
    }

    static IResult Show(string token, UnsubscribeToken tokens, ShopConfiguration shop, HttpResponse response) =>
        tokens.TryRead(token, out var asked)
            ? MessagePage.Show(response, 200, shop.Name, "Unsubscribe", Question(shop.Name, asked))
            : MessagePage.NotAnAddress(response, shop.Name);

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
            return MessagePage.NotAnAddress(response, shop.Name);
        var form = await MessagePage.FormAsync(request, cancel);
        var scope = form?["scope"].ToString();
        if (form?["List-Unsubscribe"].ToString() != "One-Click" && scope is not ("topic" or "all"))
            return MessagePage.Show(
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
        if (!await WithdrawAsync(asked, withdrawal, grains))
            return MessagePage.Show(
                response,
                410,
                shop.Name,
                "Nothing was changed",
                $"<p>{MessagePage.Text(shop.Name)} no longer knows to whom this message went. If you still get messages, "
                    + "please use the link in the newest.</p>"
            );
        return MessagePage.Show(
            response,
            200,
            shop.Name,
            "You are unsubscribed",
            $"<p>{MessagePage.Text(shop.Name)} will send you no more {What(asked)}.</p>"
        );
    }

    /// <summary>
    /// At the address first, which counts whatever has become of the customer since. False where nothing could be kept: the
    /// customer was erased, and the token is of a version that does not know the address.
    /// </summary>
    static async Task<bool> WithdrawAsync(UnsubscribeRequest asked, ConsentChanged withdrawal, IGrainFactory grains)
    {
        if (asked.Address is { } address)
            await grains
                .GetGrain<IAddressGrain>(address)
                .RecordAsync(
                    new AddressFact(withdrawal.Channel, withdrawal.Topic, AddressWord.Denied, withdrawal.Time, withdrawal.Origin)
                );
        return await grains.Customer(asked.Customer).ChangeConsentAsync(withdrawal) || asked.Address is not null;
    }

    static string Question(string shopName, UnsubscribeRequest asked)
    {
        var one =
            asked.Topic == ConsentLedger.AllTopics
                ? ""
                : $"<button name=\"scope\" value=\"topic\">No more {What(asked)}</button>";
        var all =
            $"<button name=\"scope\" value=\"all\">No more {What(asked with { Topic = ConsentLedger.AllTopics })} at all"
            + "</button>";
        return $"<p>What should {MessagePage.Text(shopName)} stop sending you?</p><form method=\"post\">{one}{all}</form>";
    }

    static string What(UnsubscribeRequest asked) => MessagePage.What(asked.Channel, asked.Topic);
}
