using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Hosting;
using Personalization.Recommendations;

namespace Personalization.Outreach.Delivery;

/// <summary>From what a customer's turn decided to a letter that can be sent: words, prices, links, the address to unsubscribe at.</summary>
public sealed class LetterOffice(
    ShopConfiguration shop,
    OutreachPolicy policy,
    ProductCatalogue catalogue,
    LetterComposer composer,
    UnsubscribeToken tokens,
    RecommendationId recommendationIds,
    ICustomers customers,
    TimeProvider time
)
{
    /// <summary>
    /// Hands a message over, if nothing speaks against it any more. The letter is composed once before, so that a template
    /// that does not work keeps the message in the outbox instead of losing it.
    /// </summary>
    /// <exception cref="TemplateException">The playbook's template cannot be used.</exception>
    public async ValueTask<Letter?> HandOverAsync(long customer, Guid message, string programme, CancellationToken cancel)
    {
        if (
            policy.Find(programme) is { } playbook
            && (await customers.DryRunAsync(customer, programme, cancel)).Letter is { } rehearsal
        )
            composer.Compose(playbook.Template, ModelOf(customer, rehearsal, playbook));
        return await customers.HandOverAsync(customer, message, cancel) is { } draft ? Compose(customer, draft) : null;
    }

    /// <summary>The letter of a draft.</summary>
    public Letter Compose(long customer, LetterDraft draft)
    {
        var playbook = policy.Find(draft.Programme)
            ?? throw new TemplateException($"There is no playbook {draft.Programme} any more.");
        var model = ModelOf(customer, draft, playbook);
        var content = composer.Compose(playbook.Template, model);
        return new Letter
        {
            Message = draft.Message,
            To = draft.Address,
            ToName = draft.FirstName ?? "",
            From = shop.MailFrom,
            FromName = shop.Name,
            Subject = content.Subject,
            Text = content.Text,
            Html = content.Html,
            Unsubscribe = new Uri(model.UnsubscribeUrl),
            UnsubscribeMail = shop.UnsubscribeMail,
        };
    }

    LetterModel ModelOf(long customer, LetterDraft draft, Playbook playbook)
    {
        var token = tokens.Issue(new UnsubscribeRequest(customer, draft.Message, playbook.Channel, playbook.Topic));
        var recommendation = recommendationIds.Issue(customer, Placement.Email, time.GetUtcNow().ToUnixTimeMilliseconds());
        return new LetterModel
        {
            ShopName = shop.Name,
            ShopUrl = shop.Url,
            UnsubscribeUrl = new Uri(new Uri(shop.PublicUrl), $"/u/{token}").AbsoluteUri,
            FirstName = draft.FirstName ?? "",
            CartUrl = LetterProduct.Link(new Uri(new Uri(shop.Url), "cart").AbsoluteUri, draft.Message, draft.Programme),
            Cart = draft.Cart.Select(line => ProductOf(line.Product, line.Quantity, line.Price, "", draft, null)).ToList(),
            Recommendations = draft
                .Recommendations.Select(item =>
                    ProductOf(item.Product, 1, 0, item.Reason.Text(catalogue, item.Product), draft, recommendation)
                )
                .ToList(),
        };
    }

    LetterProduct ProductOf(int number, int quantity, long price, string reason, LetterDraft draft, string? recommendation)
    {
        var product = catalogue[number];
        var amount = price > 0 ? price : (long)((product?.Price ?? 0) * 10_000);
        return new LetterProduct
        {
            Title = product?.Name ?? "",
            Quantity = quantity,
            Reason = reason,
            Price = LetterProduct.PriceText(amount, product?.Currency ?? shop.Settings.BaseCurrency.ToString()),
            Url = LetterProduct.Link(product?.Url, draft.Message, draft.Programme, recommendation),
        };
    }
}
