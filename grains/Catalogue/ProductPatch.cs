namespace Personalization.Catalogue;

/// <summary>Fields of a product that can be emptied by a <see cref="ProductPatch"/>.</summary>
[Flags]
public enum ProductFields
{
    None = 0,
    Title = 1 << 0,
    Category = 1 << 1,
    Brand = 1 << 2,
    Price = 1 << 3,
    Currency = 1 << 4,
    Stock = 1 << 5,
    ImageUrl = 1 << 6,
    Url = 1 << 7,
    Margin = 1 << 8,
    Created = 1 << 9,
    ReplenishDays = 1 << 10,
    Rating = 1 << 11,
    Attributes = 1 << 12,
    Was = 1 << 13,
}

/// <summary>Some fields of a product: what a feed row, an API call or an event says about it. Null is "not said".
/// <see cref="ApplyTo"/> is for a feed, which knows better; <see cref="Fill"/> is for an event, which only adds what is missing.
/// Both return the same instance when nothing changes, so that a caller can tell.</summary>
public sealed record ProductPatch
{
    public string? Title { get; init; }

    public string[]? Category { get; init; }

    public string? Brand { get; init; }

    public decimal? Price { get; init; }

    public decimal? Was { get; init; }

    public string? Currency { get; init; }

    public int? Stock { get; init; }

    public bool? Hidden { get; init; }

    public string? ImageUrl { get; init; }

    public string? Url { get; init; }

    public decimal? Margin { get; init; }

    public DateTimeOffset? Created { get; init; }

    public int? ReplenishDays { get; init; }

    public double? Rating { get; init; }

    public int? Reviews { get; init; }

    /// <summary>Attributes to set by name; a null value removes that attribute. Others stay.</summary>
    public IReadOnlyDictionary<string, string?>? Attributes { get; init; }

    /// <summary>Fields to empty, before those given are set.</summary>
    public ProductFields Clear { get; init; }

    /// <summary>Given fields replace, absent ones stay. The product is the shop's from then on.</summary>
    public Product ApplyTo(Product product)
    {
        var changed = product with
        {
            Title = Title ?? Kept(ProductFields.Title, product.Title),
            Category = Category ?? Kept(ProductFields.Category, product.Category) ?? [],
            Brand = Brand ?? Kept(ProductFields.Brand, product.Brand),
            Price = Price ?? Kept(ProductFields.Price, product.Price),
            Was = Was ?? Kept(ProductFields.Was, product.Was),
            Currency = Currency ?? Kept(ProductFields.Currency, product.Currency),
            Stock = Stock ?? Kept(ProductFields.Stock, product.Stock),
            Hidden = Hidden ?? product.Hidden,
            ImageUrl = ImageUrl ?? Kept(ProductFields.ImageUrl, product.ImageUrl),
            Url = Url ?? Kept(ProductFields.Url, product.Url),
            Margin = Margin ?? Kept(ProductFields.Margin, product.Margin),
            Created = Created ?? Kept(ProductFields.Created, product.Created),
            ReplenishDays = ReplenishDays ?? Kept(ProductFields.ReplenishDays, product.ReplenishDays),
            Rating = Rating ?? Kept(ProductFields.Rating, product.Rating),
            Reviews = Reviews ?? (Clear.HasFlag(ProductFields.Rating) ? 0 : product.Reviews),
            Attributes = Merge(product.Attributes),
            Standing = ProductStanding.Named,
        };
        return Same(changed, product) ? product : changed;
    }

    /// <summary>Only what the product lacks is taken over. Hidden, stock, margin and clearing are the catalogue's to say
    /// and are ignored. A product that only visitors had named is the shop's from then on; one that was taken out stays out.</summary>
    public Product Fill(Product product)
    {
        if (product.Standing == ProductStanding.Deleted)
            return product;
        var filled = product with
        {
            Title = product.Title ?? Title,
            Category = product.Category.Length > 0 ? product.Category : Category ?? [],
            Brand = product.Brand ?? Brand,
            Price = product.Price ?? Price,
            Currency = product.Price is null ? product.Currency ?? Currency : product.Currency,
            ImageUrl = product.ImageUrl ?? ImageUrl,
            Url = product.Url ?? Url,
            Created = product.Created ?? Created,
            Attributes = FillAttributes(product.Attributes),
            Standing = ProductStanding.Named,
        };
        return Same(filled, product) ? product : filled;
    }

    T? Kept<T>(ProductFields field, T? value) => Clear.HasFlag(field) ? default : value;

    IReadOnlyDictionary<string, string> Merge(IReadOnlyDictionary<string, string> old)
    {
        var cleared = Clear.HasFlag(ProductFields.Attributes) && old.Count > 0;
        if (Attributes is not { Count: > 0 } && !cleared)
            return old;
        var merged = new Dictionary<string, string>(cleared ? [] : old, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in Attributes ?? new Dictionary<string, string?>())
        {
            if (value is null)
                merged.Remove(name);
            else
                merged[name] = value;
        }
        return merged;
    }

    IReadOnlyDictionary<string, string> FillAttributes(IReadOnlyDictionary<string, string> old)
    {
        if (Attributes is not { Count: > 0 })
            return old;
        var merged = new Dictionary<string, string>(old, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in Attributes)
            if (value is not null)
                merged.TryAdd(name, value);
        return merged.Count == old.Count ? old : merged;
    }

    static bool Same(Product a, Product b) =>
        a.Category.AsSpan().SequenceEqual(b.Category)
        && a.Attributes.Count == b.Attributes.Count
        && a.Attributes.All(x => b.Attributes.TryGetValue(x.Key, out var value) && value == x.Value)
        && a with { Category = b.Category, Attributes = b.Attributes } == b;
}
