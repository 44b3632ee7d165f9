namespace Personalization.Catalogue;

/// <summary>A product on the wire and in the database: what is not known is left out. In an upsert it stays, and null empties it.</summary>
/// <param name="Category">The path, outermost first; an upsert also takes one text with a greater-than sign between two names.</param>
/// <param name="Currency">ISO 4217; left out for the shop's own.</param>
/// <param name="Stock">0 is sold out; unknown counts as sellable.</param>
/// <param name="Margin">Share of the price that stays with the shop, 0 to 1.</param>
/// <param name="ReplenishDays">Days one piece lasts.</param>
/// <param name="Rating">Mean of the reviews, 1 to 5.</param>
/// <param name="Was">The price before it was lowered.</param>
/// <param name="Standing">claimed where only visitors have named the product; an upsert makes it the shop's.</param>
public sealed record ProductBody(
    string Id,
    string? Title = null,
    string[]? Category = null,
    string? Brand = null,
    decimal? Price = null,
    string? Currency = null,
    int? Stock = null,
    bool? Hidden = null,
    string? Image = null,
    string? Url = null,
    decimal? Margin = null,
    DateTimeOffset? Created = null,
    int? ReplenishDays = null,
    double? Rating = null,
    int? Reviews = null,
    IReadOnlyDictionary<string, string>? Attributes = null,
    string? Standing = null,
    decimal? Was = null
)
{
    public static ProductBody Of(Product product) =>
        new(
            product.Id,
            product.Title,
            product.Category.Length > 0 ? product.Category : null,
            product.Brand,
            product.Price,
            product.Currency,
            product.Stock,
            product.Hidden ? true : null,
            product.ImageUrl,
            product.Url,
            product.Margin,
            product.Created,
            product.ReplenishDays,
            product.Rating,
            product.Reviews > 0 ? product.Reviews : null,
            product.Attributes.Count > 0 ? product.Attributes : null,
            product.Standing switch
            {
                ProductStanding.Claimed => "claimed",
                ProductStanding.Deleted => "deleted",
                _ => null,
            },
            product.Was
        );
}
