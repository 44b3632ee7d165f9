using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Events;
using Personalization.Hosting;
using Personalization.Journal;
using Personalization.Languages;
using Personalization.Recommendations;
using Personalization.Shop;

namespace Personalization.Outreach;

/// <summary>From what a customer's turn decided to a message that can be sent: words, prices, links, the address to unsubscribe at.</summary>
public sealed partial class MessageFactory(
    ShopConfiguration shop,
    MailSender sender,
    OutreachPolicy policy,
    ProductCatalogue catalogue,
    MessageComposer composer,
    ShopLanguages languages,
    UnsubscribeToken tokens,
    OptInToken confirmations,
    AddressKeys addresses,
    RecommendationId recommendationIds,
    IGrainFactory grains,
    ShopClock time,
    ILogger<MessageFactory> log
)
{
    /// <summary>
    /// Dispatches a message, if nothing speaks against it any more. The message is composed once before, so that a template
    /// that does not work keeps the message in the outbox instead of losing it.
    /// </summary>
    /// <exception cref="TemplateException">The playbook's template cannot be used.</exception>
    public async ValueTask<EmailMessage?> DispatchAsync(OutboxEntry entry)
    {
        var customer = grains.Customer(entry.Customer);
        if (entry.Playbook == OptInPolicy.Playbook)
        {
            var topic = OptIn.TopicOf(entry.Occasion);
            ComposeOptIn(
                entry.Customer,
                new MessageDraft(entry.Message, entry.Playbook, topic, sender.From, null, null, [], [], [])
            );
            return await customer.DispatchAsync(entry.Message) is { } question ? ComposeOptIn(entry.Customer, question) : null;
        }
        if (policy.Find(entry.Playbook) is { } playbook && (await customer.DryRunAsync(entry.Playbook)).Message is { } rehearsal)
            composer.Compose(playbook.Template, ModelOf(entry.Customer, rehearsal, playbook));
        return await customer.DispatchAsync(entry.Message) is { } draft ? Compose(entry.Customer, draft) : null;
    }

    /// <summary>A dispatched message did not leave: its customer queues it again, not before a time (Unix milliseconds).</summary>
    public ValueTask PutOffAsync(OutboxEntry entry, long until, string why) =>
        grains
            .Customer(entry.Customer)
            .PutOffAsync(
                new MessageQueued
                {
                    Time = time.Now,
                    Message = entry.Message,
                    Playbook = entry.Playbook,
                    Occasion = entry.Occasion,
                    Channel = entry.Channel,
                    NotBefore = until,
                },
                why
            );

    /// <summary>The message of a draft.</summary>
    public EmailMessage Compose(long customer, MessageDraft draft)
    {
        var playbook = policy.Find(draft.Playbook)
            ?? throw new TemplateException($"There is no playbook {draft.Playbook} any more.");
        return MessageOf(draft, playbook.Template, ModelOf(customer, draft, playbook));
    }

    /// <summary>
    /// The message that asks for a confirmation: the shop's words alone. Who unsubscribes from it wants nothing at all.
    /// </summary>
    EmailMessage ComposeOptIn(long customer, MessageDraft draft)
    {
        const string channel = "email";
        var confirmation = new OptInConfirmation(
            customer,
            draft.Name,
            channel,
            draft.Topic,
            addresses.KeyOf(channel, draft.Address)
        );
        var model = new MessageModel
        {
            ShopName = shop.Name,
            ShopUrl = shop.Url,
            UnsubscribeUrl = UnsubscribeUrl(new(customer, draft.Message, channel, ConsentLedger.AllTopics), draft.Address),
            ConfirmUrl = Public(OptInEndpoints.Path + confirmations.Issue(confirmation, policy.OptIn.ValidFor)),
            Topic = draft.Topic == ConsentLedger.AllTopics ? "" : draft.Topic,
        };
        return MessageOf(draft, OptInPolicy.Playbook, model);
    }

    EmailMessage MessageOf(MessageDraft draft, string template, MessageModel model)
    {
        var content = composer.Compose(template, model);
        return new EmailMessage
        {
            Message = draft.Message,
            To = draft.Address,
            ToName = model.FirstName,
            From = sender.From,
            FromName = shop.Name,
            Subject = content.Subject,
            Text = content.Text,
            Html = content.Html,
            Unsubscribe = new Uri(model.UnsubscribeUrl),
            UnsubscribeMail = sender.Unsubscribe,
        };
    }

    MessageModel ModelOf(long customer, MessageDraft draft, Playbook playbook)
    {
        var texts = languages.Of(draft.Locale);
        var recommendation = recommendationIds.Issue(new(customer, Placement.Email, time.Now, 0));
        return new MessageModel
        {
            ShopName = shop.Name,
            ShopUrl = shop.Url,
            UnsubscribeUrl = UnsubscribeUrl(new(customer, draft.Message, playbook.Channel, playbook.Topic), draft.Address),
            FirstName = MessageText.Name(draft.FirstName),
            CartUrl = MessageProduct.Link(new Uri(new Uri(shop.Url), "cart").AbsoluteUri, draft.Message, draft.Playbook),
            Cart = draft
                .Cart.Where(line => catalogue.IsNamed(line.Product))
                .Select(line => ProductOf(line.Product, line.Quantity, line.Price, "", draft, null))
                .ToList(),
            Recommendations = draft
                .Recommendations.Where(item => draft.Cart.Length == 0 || IsRelated(item.Reason))
                .Select(item =>
                    ProductOf(
                        item.Product,
                        1,
                        0,
                        ReasonTexts.Of(item.Reason, item.Product, catalogue, texts),
                        draft,
                        recommendation
                    )
                )
                .ToList(),
        };
    }

    /// <summary>Beside a cart stands what has to do with it or with the customer, or was put there; not what merely sells.</summary>
    static bool IsRelated(Reason reason) => reason.Product >= 0 || reason.Kind is ReasonKind.BuyAgain or ReasonKind.Pinned;

    string UnsubscribeUrl(UnsubscribeRequest request, string address) =>
        Public("/u/" + tokens.Issue(request with { Address = addresses.KeyOf(request.Channel, address) }));

    string Public(string path) => new Uri(new Uri(shop.PublicUrl), path).AbsoluteUri;

    MessageProduct ProductOf(int number, int quantity, long price, string reason, MessageDraft draft, string? recommendation)
    {
        var product = catalogue[number];
        var amount = price > 0 ? price : (long)((product?.Price ?? 0) * 10_000);
        return new MessageProduct
        {
            Title = MessageText.Line(product?.Name, MessageText.MaxTitle),
            Quantity = quantity,
            Reason = MessageText.Line(reason, MessageText.MaxTitle),
            Price = MessageProduct.PriceText(
                amount,
                product?.Currency ?? shop.Settings.BaseCurrency.ToString(),
                NumberStyle.Of(draft.Locale ?? shop.Language)
            ),
            Url = MessageProduct.Link(OwnAddressOf(product), draft.Message, draft.Playbook, recommendation),
            Image = product?.ImageUrl is { } image ? shop.OwnAddressOf(image) ?? "" : "",
        };
    }

    /// <summary>A message links to the shop's hosts alone; an address without a host is on the storefront.</summary>
    string? OwnAddressOf(Product? product)
    {
        if (product?.Url is not { } told)
            return null;
        if (shop.OwnAddressOf(told) is { } own)
            return own;
        var (before, now) = (Volatile.Read(ref _told), Environment.TickCount64);
        if (now - before >= Silence && Interlocked.CompareExchange(ref _told, now, before) == before)
            Log.Elsewhere(log, product.Number);
        return null;
    }

    const long Silence = 60_000;
    long _told = -Silence;

    static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "Product number {Product} has an address on a host that is not the shop's: messages do not link to it. "
                + "Name the shop's hosts in Shop:Hosts."
        )]
        public static partial void Elsewhere(ILogger log, int product);
    }
}
