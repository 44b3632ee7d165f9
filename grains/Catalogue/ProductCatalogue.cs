using System.Collections.Concurrent;

namespace Personalization.Catalogue;

/// <summary>All products of the shop in memory, by number and by id. Many readers without locks, one writer: a reader that
/// runs beside <see cref="Apply"/> sees the old product or the new one, never a mixture, and every later read sees the new
/// one.</summary>
public sealed class ProductCatalogue
{
    readonly ConcurrentDictionary<string, int> _numbers = new(StringComparer.Ordinal);
    volatile Columns _columns = new(256);
    volatile int _count;
    volatile int[] _newest = [];
    const int MaxNewest = 256;

    /// <summary>One above the highest product number applied.</summary>
    public int Count => _count;

    public CategoryTree Categories { get; } = new();

    /// <summary>The product of that number, or null when there is none.</summary>
    public Product? this[int number]
    {
        get
        {
            var products = _columns.Products;
            return (uint)number < (uint)products.Length ? Volatile.Read(ref products[number]) : null;
        }
    }

    /// <summary>The number of a product by the shop's id.</summary>
    public bool TryNumber(string id, out int number) => _numbers.TryGetValue(id, out number);

    /// <summary>The number of the product's innermost category, or -1 when it has none.</summary>
    public int CategoryOf(int product)
    {
        var categories = _columns.Categories;
        return (uint)product < (uint)categories.Length ? categories[product] - 1 : -1;
    }

    /// <summary>Whether the product is in that category or in one below it.</summary>
    public bool IsIn(int product, int category) => Categories.IsWithin(CategoryOf(product), category);

    /// <summary>Price on a scale of half octaves: a step is a factor of 1.41; <see cref="byte.MaxValue"/> when unknown.
    /// Currencies are not told apart.</summary>
    public byte PriceLevelOf(int product)
    {
        var levels = _columns.PriceLevels;
        return (uint)product < (uint)levels.Length ? (byte)(levels[product] - 1) : byte.MaxValue;
    }

    /// <summary>Number of the product's brand, or -1 when it has none.</summary>
    public int BrandOf(int product)
    {
        var brands = _columns.Brands;
        return (uint)product < (uint)brands.Length ? brands[product] - 1 : -1;
    }

    /// <summary>Whether there is such a product and it may be sold.</summary>
    public bool IsSellable(int product) => (MarksOf(product) & Marks.Sellable) != 0;

    /// <summary>Whether the shop itself names the product.</summary>
    public bool IsNamed(int product) => (MarksOf(product) & Marks.Named) != 0;

    /// <summary>Whether the product's margin or its customers' ratings are known.</summary>
    public bool IsJudged(int product) => (MarksOf(product) & Marks.Judged) != 0;

    /// <summary>Whether that is so of any product, ever.</summary>
    public bool HasJudged { get; private set; }

    Marks MarksOf(int product)
    {
        var marks = _columns.Marks;
        return (uint)product < (uint)marks.Length ? marks[product] : 0;
    }

    /// <summary>The products created last, latest first; those without a date of creation are not among them.</summary>
    public ReadOnlySpan<int> Newest => _newest;

    /// <summary>Puts the product in the place of its number. Writer only.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public void Apply(Product product)
    {
        var number = product.Number;
        ArgumentOutOfRangeException.ThrowIfNegative(number, nameof(product));
        var room = _columns;
        if (number >= room.Products.Length)
            room = room.Grown(number + 1);
        var old = room.Products[number];
        room.Categories[number] = Categories.Intern(product.Category) + 1;
        room.PriceLevels[number] = (byte)(PriceLevel(product.Price) + 1);
        room.Brands[number] = product.Brand is { } brand ? _brands.Intern([brand]) + 1 : 0;
        room.Marks[number] =
            (product.IsSellable ? Marks.Sellable : 0)
            | (product.Standing == ProductStanding.Named ? Marks.Named : 0)
            | (product.Margin is not null || product is { Rating: not null, Reviews: > 0 } ? Marks.Judged : 0);
        HasJudged |= room.Marks[number].HasFlag(Marks.Judged);
        Volatile.Write(ref room.Products[number], product);
        _columns = room;
        if (number >= _count)
            _count = number + 1;
        _numbers[product.Id] = number;
        if (old is not null && old.Id != product.Id)
            _numbers.TryRemove(new(old.Id, number));
        if (old?.Created != product.Created)
            _newest = WithNewest(product);
    }

    int[] WithNewest(Product product)
    {
        var kept = _newest;
        if (product.Created is { } created && kept.Length == MaxNewest && created <= this[kept[^1]]!.Created)
            return kept;
        var list = new List<int>(kept.Length + 1);
        list.AddRange(kept);
        list.Remove(product.Number);
        if (product.Created is not null)
        {
            var at = list.FindIndex(x => this[x]!.Created < product.Created);
            list.Insert(at < 0 ? list.Count : at, product.Number);
        }
        if (list.Count > MaxNewest)
            list.RemoveAt(MaxNewest);
        return [.. list];
    }

    // Brands are a flat list of names; the tree's outermost level is one.
    readonly CategoryTree _brands = new();

    static int PriceLevel(decimal? price) =>
        price is > 0 and var p ? Math.Clamp((int)Math.Floor(2 * Math.Log2((double)p)) + 64, 0, 253) : byte.MaxValue;

    /// <summary>What is asked of many products for each answer: a byte is nearer than the product.</summary>
    [Flags]
    enum Marks : byte
    {
        Sellable = 1,
        Judged = 2,
        Named = 4,
    }

    /// <summary>Arrays by product number; category, brand and price level are stored plus one, so that 0 is "unknown".</summary>
    sealed class Columns(int size)
    {
        public readonly Product?[] Products = new Product?[size];
        public readonly int[] Categories = new int[size];
        public readonly int[] Brands = new int[size];
        public readonly byte[] PriceLevels = new byte[size];
        public readonly Marks[] Marks = new Marks[size];

        public Columns Grown(int atLeast)
        {
            var grown = new Columns((int)Math.Min(Array.MaxLength, Math.Max(atLeast, Products.Length * 2L)));
            Products.CopyTo(grown.Products, 0);
            Categories.CopyTo(grown.Categories, 0);
            Brands.CopyTo(grown.Brands, 0);
            PriceLevels.CopyTo(grown.PriceLevels, 0);
            Marks.CopyTo(grown.Marks, 0);
            return grown;
        }
    }
}
