namespace Personalization.Demo;

/// <summary>A product of the simulated shop. Money in ten-thousandths of the base currency.</summary>
public sealed class ShopProduct
{
    public required string Id { get; init; }
    public required string Title { get; init; }

    /// <summary>A made-up name.</summary>
    public required string Brand { get; init; }

    /// <summary>From the root, for instance "Outdoor/Jackets/Rain jackets".</summary>
    public required string Category { get; init; }
    public required long Price { get; init; }

    /// <summary>What the shop pays for it: price minus margin.</summary>
    public required long Cost { get; init; }

    /// <summary>Pieces in stock at the end of the history; 0 = sold out.</summary>
    public required int Stock { get; init; }

    /// <summary>When the shop began to sell it, Unix milliseconds.</summary>
    public required long Since { get; init; }

    /// <summary>What it cost before; null where the price was not lowered.</summary>
    public long? Was { get; init; }

    /// <summary>Mean of the reviews that it had before the history began; null without reviews.</summary>
    public double? Rating { get; init; }

    public int Reviews { get; init; }

    /// <summary>A picture: SVG.</summary>
    public required string Image { get; init; }
}
