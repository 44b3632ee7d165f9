namespace Personalization.Catalogue;

/// <summary>What the shop sells, as it is now. Immutable: a change is a new instance (see <see cref="ProductPatch"/>).
/// A product known from the shop's events only has nothing but its number and id, and is as sellable as any other.</summary>
public sealed record Product
{
    static readonly IReadOnlyDictionary<string, string> NoAttributes = new Dictionary<string, string>(
        StringComparer.OrdinalIgnoreCase
    );

    readonly IReadOnlyDictionary<string, string> _attributes = NoAttributes;

    /// <summary>Dense number of the product inside this shop, from 0; what the item index counts with.</summary>
    public required int Number { get; init; }

    /// <summary>The shop's own id.</summary>
    public required string Id { get; init; }

    public string? Title { get; init; }

    /// <summary>Path of the category, outermost first; empty when unknown.</summary>
    public string[] Category { get; init; } = [];

    public string? Brand { get; init; }

    /// <summary>Price in <see cref="Currency"/>; null when unknown.</summary>
    public decimal? Price { get; init; }

    /// <summary>What it cost before, shown crossed out; null where the price was not lowered.</summary>
    public decimal? Was { get; init; }

    /// <summary>ISO 4217 code; null means the shop's base currency.</summary>
    public string? Currency { get; init; }

    /// <summary>Pieces in stock; null when unknown, which counts as sellable; 0 is sold out.</summary>
    public int? Stock { get; init; }

    /// <summary>True takes the product out of every answer at once.</summary>
    public bool Hidden { get; init; }

    public string? ImageUrl { get; init; }

    public string? Url { get; init; }

    /// <summary>Share of the price that stays with the shop, 0 to 1.</summary>
    public decimal? Margin { get; init; }

    /// <summary>When the shop began to sell it.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Days one piece lasts; null when it is not replenishable, so that a buyer is not shown it again.</summary>
    public int? ReplenishDays { get; init; }

    /// <summary>Mean rating by customers, 1 to 5; null without reviews.</summary>
    public double? Rating { get; init; }

    /// <summary>Number of reviews behind <see cref="Rating"/>.</summary>
    public int Reviews { get; init; }

    /// <summary>Rated 4 or more with some certainty: as if five more had given 3.5, so that one friend is not enough (R18).</summary>
    public bool IsWellRated => Rating is { } mean && ((mean * Reviews) + (Prior * PriorReviews)) / (Reviews + PriorReviews) >= 4;

    const double Prior = 3.5;
    const int PriorReviews = 5;

    /// <summary>Free attributes such as colour or size; names are compared without case.</summary>
    public IReadOnlyDictionary<string, string> Attributes
    {
        get => _attributes;
        init =>
            _attributes =
                value is Dictionary<string, string> { Comparer: var comparer }
                && ReferenceEquals(comparer, StringComparer.OrdinalIgnoreCase)
                    ? value
                    : new Dictionary<string, string>(value, StringComparer.OrdinalIgnoreCase);
    }

    public ProductStanding Standing { get; init; }

    /// <summary>The shop's own, and neither hidden nor sold out.</summary>
    public bool IsSellable => Standing == ProductStanding.Named && !Hidden && Stock is not <= 0;

    /// <summary>The name people read: the title, or the id where there is none.</summary>
    public string Name => Title ?? Id;
}
