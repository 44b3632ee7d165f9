namespace Personalization.Platforms;

/// <summary>Section <c>Platforms</c>: by which of their names the customers and products of a shop platform are known here.</summary>
public sealed record PlatformSettings
{
    /// <summary>What a customer's user id is. The default is the e-mail address, as exports of orders name no other.</summary>
    public PlatformUserId UserId { get; init; } = PlatformUserId.Email;

    /// <summary>What a product's id is. The default is the SKU.</summary>
    public PlatformProductId ProductId { get; init; } = PlatformProductId.Sku;

    public WebhookSettings Shopify { get; init; } = new();
    public WebhookSettings WooCommerce { get; init; } = new();
}

/// <summary>Sections <c>Platforms:Shopify</c> and <c>Platforms:WooCommerce</c>.</summary>
public sealed record WebhookSettings
{
    /// <summary>What the platform signs its webhooks with; several while one replaces another. Without one none are taken.</summary>
    public IReadOnlyList<string> WebhookSecrets { get; init; } = [];
}

/// <summary>A customer's user id.</summary>
public enum PlatformUserId : byte
{
    /// <summary>The e-mail address in lower case; without one the platform's id.</summary>
    Email,

    /// <summary>The platform's id; without one the e-mail address in lower case.</summary>
    Id,
}

/// <summary>A product's id.</summary>
public enum PlatformProductId : byte
{
    /// <summary>The SKU; without one the variant's id, the product's id, its handle.</summary>
    Sku,

    /// <summary>The variant's id, else the product's; without either the SKU, the handle.</summary>
    Id,
}

/// <summary>Chooses the names. Every way in from a platform asks here, so that a file and a webhook name the same customer.</summary>
public static class PlatformNames
{
    /// <summary>The user id, or null where there is neither. An id of 0 is WooCommerce's and Shopify's guest.</summary>
    public static string? User(this PlatformSettings settings, string? id, string? email)
    {
        var (own, address) = (Given(id) is "0" ? null : Given(id), Given(email)?.ToLowerInvariant());
        return settings.UserId == PlatformUserId.Email ? address ?? own : own ?? address;
    }

    /// <summary>The product id, or null where nothing names it. Ids of 0 stand for none.</summary>
    public static string? Product(
        this PlatformSettings settings,
        string? sku,
        string? variant = null,
        string? product = null,
        string? handle = null
    )
    {
        var own = Number(variant) ?? Number(product);
        return settings.ProductId == PlatformProductId.Sku
            ? Given(sku) ?? own ?? Given(handle)
            : own ?? Given(sku) ?? Given(handle);
    }

    static string? Number(string? id) => Given(id) is "0" ? null : Given(id);

    static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
