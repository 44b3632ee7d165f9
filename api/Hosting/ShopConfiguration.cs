using System.Globalization;
using Personalization.Events;
using Personalization.Shop;

namespace Personalization.Hosting;

/// <summary>What the shop tells about itself in configuration (appsettings.json, or environment variables with __ for :).</summary>
public sealed record ShopConfiguration
{
    /// <summary>Shop:Name, for letters. The default is "Our shop".</summary>
    public string Name { get; init; } = "Our shop";

    /// <summary>Shop:Url, the storefront. The default is http://localhost/.</summary>
    public string Url { get; init; } = "http://localhost/";

    /// <summary>Shop:PublicUrl, where customers' mail programs reach this server, for the unsubscribe address. Taken from --urls by default.</summary>
    public required string PublicUrl { get; init; }

    /// <summary>Mail:From. The default is shop@localhost.</summary>
    public string MailFrom { get; init; } = "shop@localhost";

    public string? UnsubscribeMail { get; init; }
    public required ShopSettings Settings { get; init; }

    /// <exception cref="ArgumentException">A setting makes no sense; the message names it.</exception>
    public static ShopConfiguration Read(IConfiguration configuration, string urls)
    {
        var shop = configuration.GetSection("Shop");
        var defaults = new ShopConfiguration { PublicUrl = urls, Settings = SettingsOf(shop) };
        var read = defaults with
        {
            Name = shop["Name"] ?? defaults.Name,
            Url = shop["Url"] ?? defaults.Url,
            PublicUrl = shop["PublicUrl"] ?? FirstUrl(urls),
            MailFrom = configuration["Mail:From"] ?? defaults.MailFrom,
            UnsubscribeMail = configuration["Mail:Unsubscribe"],
        };
        foreach (var (setting, url) in new[] { ("Shop:Url", read.Url), ("Shop:PublicUrl", read.PublicUrl) })
            if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
                throw new ArgumentException($"{setting} must be an address that begins with http:// or https://.");
        if (!System.Net.Mail.MailAddress.TryCreate(read.MailFrom, out _))
            throw new ArgumentException("Mail:From must be an e-mail address.");
        return read;
    }

    static ShopSettings SettingsOf(IConfigurationSection shop)
    {
        var code = shop["Currency"] ?? "EUR";
        if (!Currency.TryParse(code, out var currency))
            throw new ArgumentException("Shop:Currency must be an ISO 4217 code in use, such as EUR.");
        var rates = new Dictionary<Currency, decimal>();
        foreach (var rate in shop.GetSection("Rates").GetChildren())
        {
            if (!Currency.TryParse(rate.Key, out var other))
                throw new ArgumentException($"Shop:Rates:{rate.Key} does not name a currency in use.");
            if (!decimal.TryParse(rate.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || value <= 0)
                throw new ArgumentException(
                    $"Shop:Rates:{rate.Key} must be a number above 0: units of {code} for one {rate.Key}."
                );
            rates[other] = value;
        }
        return new ShopSettings(currency, rates);
    }

    /// <summary>The first address listened at; a wildcard host is this machine.</summary>
    static string FirstUrl(string urls) =>
        urls.Split(';')[0]
            .Replace("://*", "://localhost")
            .Replace("://+", "://localhost")
            .Replace("://0.0.0.0", "://localhost")
            .Replace("://[::]", "://localhost");
}
