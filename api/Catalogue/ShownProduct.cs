using System.Text.Json.Serialization;

namespace Personalization.Catalogue;

/// <summary>A product as a page shows it: what is not known, or was not asked for, is left out.</summary>
public record ShownProduct
{
    [JsonPropertyOrder(-1)]
    public required string ProductId { get; init; }

    public string? Title { get; private set; }

    public decimal? Price { get; private set; }

    /// <summary>What it cost before the price was lowered.</summary>
    public decimal? Was { get; private set; }

    /// <summary>ISO 4217, of the prices.</summary>
    public string? Currency { get; private set; }

    public string? Image { get; private set; }

    public string? Url { get; private set; }

    /// <summary>Mean of the reviews, 1 to 5.</summary>
    public double? Rating { get; private set; }

    /// <summary>How many reviews are behind the rating.</summary>
    public int? Reviews { get; private set; }

    /// <summary>0 is sold out.</summary>
    public int? Stock { get; private set; }

    public string? Brand { get; private set; }

    /// <summary>The path, outermost first.</summary>
    public string[]? Category { get; private set; }

    /// <summary>Takes these fields over from the catalogue.</summary>
    /// <param name="product">What the catalogue has.</param>
    /// <param name="fields">What is shown of it.</param>
    /// <param name="currency">The shop's own, which prices are in that name none.</param>
    public void Show(Product product, ShownFields fields, string currency)
    {
        if (fields.HasFlag(ShownFields.Title))
            Title = product.Title;
        if (fields.HasFlag(ShownFields.Price))
            Price = product.Price;
        if (fields.HasFlag(ShownFields.Was) && product.Was > product.Price)
            Was = product.Was;
        if ((fields & (ShownFields.Price | ShownFields.Currency)) != 0 && product.Price is not null)
            Currency = product.Currency ?? currency;
        if (fields.HasFlag(ShownFields.Image))
            Image = product.ImageUrl;
        if (fields.HasFlag(ShownFields.Url))
            Url = product.Url;
        if (fields.HasFlag(ShownFields.Rating) && product.Reviews > 0)
            (Rating, Reviews) = (product.Rating, product.Reviews);
        if (fields.HasFlag(ShownFields.Stock))
            Stock = product.Stock;
        if (fields.HasFlag(ShownFields.Brand))
            Brand = product.Brand;
        if (fields.HasFlag(ShownFields.Category) && product.Category.Length > 0)
            Category = product.Category;
    }
}
