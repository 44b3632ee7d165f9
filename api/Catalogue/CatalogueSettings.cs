using Personalization.Feeds;

namespace Personalization.Catalogue;

/// <summary>Section <c>Catalogue</c>.</summary>
public sealed record CatalogueSettings
{
    /// <summary>Which events name products and fill in what the catalogue lacks of them. The default is those of the shop's own.</summary>
    public ProductTellers FromEvents { get; init; } = ProductTellers.Trusted;

    /// <summary>Product feeds that are fetched.</summary>
    public IReadOnlyList<FeedSettings> Feeds { get; init; } = [];

    /// <summary>Whether feeds may lie at private addresses, for shops in one network. The default is false.</summary>
    public bool AllowPrivateFeeds { get; init; }
}

/// <summary>Whose events are believed about products.</summary>
public enum ProductTellers : byte
{
    /// <summary>Nobody's: products come by PUT /v1/products and imports alone.</summary>
    None,

    /// <summary>Those with the secret key, and those that the shop's server signed.</summary>
    Trusted,
}
