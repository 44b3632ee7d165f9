using System.Globalization;

namespace Personalization.Demo;

/// <summary>The products of a simulated shop, by category and by how popular they are.</summary>
public sealed class ShopCatalogue
{
    const int PerCategory = 20;

    static readonly string[] Brands =
    [
        "Orvand",
        "Kelmora",
        "Tivaro",
        "Nordfell",
        "Pelluna",
        "Quistad",
        "Ravelle",
        "Sundhaven",
        "Ormeto",
        "Valdrik",
        "Wixby",
        "Zanthe",
        "Fjarell",
        "Hollum",
    ];

    static readonly string[] Qualities =
    [
        "Light",
        "Classic",
        "Alpine",
        "Urban",
        "Pure",
        "Nomad",
        "Solid",
        "Vivid",
        "Quiet",
        "Bright",
        "Prime",
        "Little",
        "Grand",
        "Swift",
        "Cosy",
        "Bold",
        "Smart",
        "Plain",
        "Nova",
        "Heritage",
    ];

    readonly ShopProduct[][] _byCategory;
    readonly double[][] _popularity;

    public ShopCatalogue(int seed, DateTimeOffset start, DateTimeOffset end)
    {
        var chance = Chance.For(seed, "catalogue");
        _byCategory = new ShopProduct[ShopCategory.All.Count][];
        _popularity = new double[ShopCategory.All.Count][];
        for (var category = 0; category < _byCategory.Length; category++)
        {
            _byCategory[category] = new ShopProduct[PerCategory];
            _popularity[category] = new double[PerCategory];
            for (var i = 0; i < PerCategory; i++)
            {
                // A few products of each category sell most (Zipf), in no order of their ids.
                _popularity[category][i] = Math.Pow(1 + chance.Below(PerCategory), -0.9);
                _byCategory[category][i] = Create(seed, category, i, chance, start, end);
            }
        }
        Products = [.. _byCategory.SelectMany(products => products)];
    }

    public IReadOnlyList<ShopProduct> Products { get; }

    public static string Brand(Chance chance) => chance.One(Brands);

    /// <summary>
    /// A product of a category, likelier the better it fits: popular, of a brand liked, at a price liked (0 cheap … 1
    /// dear), on sale yet.
    /// </summary>
    public ShopProduct Draw(int category, Chance chance, IReadOnlyList<string> brands, double priceLevel, long time)
    {
        var about = ShopCategory.All[category];
        Span<double> weights = stackalloc double[PerCategory];
        for (var i = 0; i < PerCategory; i++)
        {
            var product = _byCategory[category][i];
            var level = (product.Price / 10_000.0 - about.Low) / (about.High - about.Low);
            weights[i] =
                product.Since > time
                    ? 0
                    : _popularity[category][i]
                        * (brands.Contains(product.Brand) ? 3 : 1)
                        * Math.Exp(-3 * Math.Abs(level - priceLevel));
        }
        return _byCategory[category][chance.Weighted(weights)];
    }

    static ShopProduct Create(int seed, int category, int place, Chance chance, DateTimeOffset start, DateTimeOffset end)
    {
        var about = ShopCategory.All[category];
        var brand = Brands[(category * 3 + chance.Below(6)) % Brands.Length];
        var thing = about.Things[place % about.Things.Length];
        var title = $"{Qualities[(place + category * 7) % Qualities.Length]} {thing}";
        var price = Price(about.Low * Math.Pow(about.High / about.Low, chance.Unit()));
        // One in eight came into the shop within the history; the first of a category is always there.
        var since = place > 0 && chance.Is(0.125) ? start + (end - start) * chance.Unit() * 0.9 : start.AddDays(-30);
        // Drawn apart, so that no other product moves: prices before, and reviews (none of what has just come).
        var looks = Chance.For(seed, "looks", category * PerCategory + place);
        var reviews = looks.Is(0.1) || since > start ? 0 : 1 + (int)looks.Exponential(40);
        return new ShopProduct
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"p-{category * PerCategory + place + 1:000}"),
            Title = title,
            Brand = brand,
            Category = about.Path,
            Price = price,
            Cost = (long)(price * chance.Between(0.4, 0.8)),
            Stock = chance.Is(0.05) ? 0 : 1 + (int)chance.Exponential(60),
            Since = since.ToUnixTimeMilliseconds(),
            Was = looks.Is(0.15) ? Price(price / 10_000.0 * looks.Between(1.2, 1.5)) : null,
            Rating = reviews == 0 ? null : Math.Round(looks.Between(3, 4.9), 1),
            Reviews = reviews,
            Image = ProductImage.Draw(title, about.Hue, chance),
        };
    }

    /// <summary>A price as shops write them: 24.90 or 129.00.</summary>
    static long Price(double units) => units < 100 ? (long)units * 10_000 + 9_000 : (long)(units / 5) * 50_000 - 10_000;
}
