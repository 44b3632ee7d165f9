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

    /// <summary>Where customers' mail programs reach this server, for the unsubscribe address. The default is the first of --urls.</summary>
    [WebAddress]
    public required string PublicUrl { get; init; }

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
