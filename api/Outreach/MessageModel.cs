using Microsoft.AspNetCore.WebUtilities;
using Personalization.Languages;

namespace Personalization.Outreach;

/// <summary>
/// What a template can say: flat, every field there (empty where nothing is known). In templates: <c>{{firstName}}</c>.
/// </summary>
public sealed record MessageModel
{
    public required string ShopName { get; init; }
    public required string ShopUrl { get; init; }
    public required string UnsubscribeUrl { get; init; }
    public string FirstName { get; init; } = "";

    /// <summary>In a message that asks for a confirmation: where it is given.</summary>
    public string ConfirmUrl { get; init; } = "";

    /// <summary>In such a message: the topic asked for, empty for all.</summary>
    public string Topic { get; init; } = "";

    /// <summary>Where the cart can be taken up again.</summary>
    public string CartUrl { get; init; } = "";
    public IReadOnlyList<MessageProduct> Cart { get; init; } = [];
    public IReadOnlyList<MessageProduct> Recommendations { get; init; } = [];
}

/// <summary>A product in a message. Text, ready to be read; <see cref="Url"/> is empty where the product has no page.</summary>
public sealed record MessageProduct
{
    public required string Title { get; init; }

    /// <summary>For instance "€39.90", or "39,90 €" by the customer's locale; empty where unknown.</summary>
    public string Price { get; init; } = "";
    public int Quantity { get; init; } = 1;
    public string Url { get; init; } = "";

    /// <summary>Where its picture is; empty where there is none that a mail program can fetch.</summary>
    public string Image { get; init; } = "";

    /// <summary>Why it is recommended, for instance "because you viewed Rain jacket".</summary>
    public string Reason { get; init; } = "";

    /// <summary>For the template: whether to say how many.</summary>
    public bool Several => Quantity > 1;

    /// <summary>An amount (ten-thousandths) as its reader writes it; empty for 0.</summary>
    public static string PriceText(long amount, string currency, NumberStyle style) =>
        amount == 0 ? "" : Money.Write(amount / 10_000m, currency, style);

    /// <summary>
    /// A product's page with what tells, when it is opened, which message led there: <c>utm_*</c> for the shop's statistics,
    /// <c>pid</c> for ours. Anything but a web address becomes empty: a message links nowhere else.
    /// </summary>
    public static string Link(string? url, Guid message, string playbook, string? recommendation = null)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http"))
            return "";
        var marks = new Dictionary<string, string?>
        {
            ["utm_source"] = "personalization",
            ["utm_medium"] = "email",
            ["utm_campaign"] = playbook,
            ["pid"] = message.ToString("N"),
        };
        if (recommendation is not null)
            marks["rid"] = recommendation;
        return QueryHelpers.AddQueryString(address.AbsoluteUri, marks);
    }
}
