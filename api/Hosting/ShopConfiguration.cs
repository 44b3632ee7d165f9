using System.ComponentModel.DataAnnotations;
using Personalization.Events;
using Personalization.Shop;

namespace Personalization.Hosting;

/// <summary>What the shop tells about itself, section <c>Shop</c>.</summary>
public sealed record ShopConfiguration : IValidatableObject
{
    /// <summary>For messages. The default is "Our shop".</summary>
    [RegularExpression(@"\P{Cc}{1,200}", ErrorMessage = "{0} must be one line of at most 200 characters.")]
    public string Name { get; init; } = "Our shop";

    /// <summary>The storefront. The default is http://localhost/.</summary>
    [WebAddress]
    public string Url { get; init; } = "http://localhost/";

    /// <summary>The language of whom nothing else is known of: one that there are texts in (BCP 47). The default is en.</summary>
    [RegularExpression("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", ErrorMessage = "{0} must be a language such as en or zh-Hant.")]
    public string Language { get; init; } = "en";

    /// <summary>Where customers' mail programs reach this server, for the unsubscribe address. The default is the first of --urls.</summary>
    [WebAddress]
    public required string PublicUrl { get; init; }

    /// <summary>
    /// Hosts that messages may link to, beside those of <see cref="Url"/> and <see cref="PublicUrl"/>; with all below them. A product
    /// with an address elsewhere has no link.
    /// </summary>
    [HostName]
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>
    /// An address of the catalogue as messages need it: with a host, the storefront's where it has none. Null where it is on none
    /// of the shop's hosts, or no address of http or https.
    /// </summary>
    public string? OwnAddressOf(string address) =>
        Uri.TryCreate(new Uri(Url), address, out var uri)
        && uri.Scheme is ("https" or "http")
        && Hosts.Append(new Uri(Url).Host).Append(new Uri(PublicUrl).Host).Any(host => IsWithin(uri.Host, host))
            ? uri.AbsoluteUri
            : null;

    static bool IsWithin(string host, string own) =>
        host.Equals(own, StringComparison.OrdinalIgnoreCase)
        || (host.EndsWith(own, StringComparison.OrdinalIgnoreCase) && host[^(own.Length + 1)] == '.');

    /// <summary>The base currency. The default is EUR.</summary>
    public Currency Currency { get; init; } = Currency.Parse("EUR", null);

    /// <summary>Units of the base currency for one of the other.</summary>
    public IReadOnlyDictionary<Currency, decimal> Rates { get; init; } = new Dictionary<Currency, decimal>();

    public ShopSettings Settings => new(Currency, Rates);

    public IEnumerable<ValidationResult> Validate(ValidationContext context) =>
        from rate in Rates
        where rate.Value is <= 0 or > ShopSettings.MaxRate
        select new ValidationResult(
            $"must be above 0 and at most {ShopSettings.MaxRate}: units of {Currency} for one {rate.Key}.",
            [$"{nameof(Rates)}:{rate.Key}"]
        );

    /// <summary>The first address listened at; a wildcard host is this machine.</summary>
    public static string FirstUrl(string urls) =>
        urls.Split(';')[0]
            .Replace("://*", "://localhost")
            .Replace("://+", "://localhost")
            .Replace("://0.0.0.0", "://localhost")
            .Replace("://[::]", "://localhost");
}

/// <summary>An absolute address of http or https; a list may hold several.</summary>
public sealed class WebAddressAttribute() : ValidationAttribute("{0} must be an address that begins with http:// or https://.")
{
    public override bool IsValid(object? value) =>
        value as IEnumerable<string> is { } list ? list.All(IsWebAddress) : value is not string text || IsWebAddress(text);

    static bool IsWebAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https");
}

/// <summary>A list of hosts, without scheme and port.</summary>
public sealed class HostNameAttribute() : ValidationAttribute("{0} must be hosts such as shop.example, without http:// and port.")
{
    public override bool IsValid(object? value) =>
        value is not IEnumerable<string> list || list.All(host => Uri.CheckHostName(host) != UriHostNameType.Unknown);
}
