using System.Collections.Concurrent;

namespace Personalization.Catalogue;

/// <summary>All products of the shop in memory, by number and by id. Many readers without locks, one writer: a reader that
/// runs beside <see cref="Apply"/> sees the old product or the new one, never a mixture, and every later read sees the new
/// one.</summary>
public sealed class ProductCatalogue
{
    private readonly ConcurrentDictionary<string, int> numbers = new(StringComparer.Ordinal);
    private volatile Columns columns = new(256);
    private volatile int count;
    private volatile int[] newest = [];
    private const int MaxNewest = 256;

    /// <summary>One above the highest product number applied.</summary>
    public int Count => count;

    public CategoryTree Categories { get; } = new();

    /// <summary>The product of that number, or null when there is none.</summary>
    public Product? this[int number]
    {
        get
        {
            var products = columns.Products;
            return (uint)number < (uint)products.Length ? Volatile.Read(ref products[number]) : null;
        }
    }

    /// <summary>The number of a product by the shop's id.</summary>
    public bool TryNumber(string id, out int number) => numbers.TryGetValue(id, out number);

    /// <summary>The number of the product's innermost category, or -1 when it has none.</summary>
    public int CategoryOf(int product)
    {
        var categories = columns.Categories;
        return (uint)product < (uint)categories.Length ? categories[product] - 1 : -1;
    }

    /// <summary>Whether the product is in that category or in one below it.</summary>
    public bool IsIn(int product, int category) => Categories.IsWithin(CategoryOf(product), category);

    /// <summary>Price on a scale of half octaves: a step is a factor of 1.41; <see cref="byte.MaxValue"/> when unknown.
    /// Currencies are not told apart.</summary>
    public byte PriceLevelOf(int product)
    {
        var levels = columns.PriceLevels;
        return (uint)product < (uint)levels.Length ? (byte)(levels[product] - 1) : byte.MaxValue;
    }

    /// <summary>Number of the product's brand, or -1 when it has none.</summary>
    public int BrandOf(int product)
    {
        var brands = columns.Brands;
        return (uint)product < (uint)brands.Length ? brands[product] - 1 : -1;
    }

    /// <summary>Whether there is such a product and it may be sold.</summary>
    public bool IsSellable(int product) => (MarksOf(product) & Marks.Sellable) != 0;

    /// <summary>Whether the product's margin or its customers' ratings are known.</summary>
    public bool IsJudged(int product) => (MarksOf(product) & Marks.Judged) != 0;

    /// <summary>Whether that is so of any product, ever.</summary>
    public bool HasJudged { get; private set; }

    private Marks MarksOf(int product)
    {
        var marks = columns.Marks;
        return (uint)product < (uint)marks.Length ? marks[product] : 0;
    }

    /// <summary>The products created last, latest first; those without a date of creation are not among them.</summary>
    public ReadOnlySpan<int> Newest => newest;

    /// <summary>Puts the product in the place of its number. Writer only.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public void Apply(Product product)
    {
        var number = product.Number;
        ArgumentOutOfRangeException.ThrowIfNegative(number, nameof(product));
        var room = columns;
        if (number >= room.Products.Length)
            room = room.Grown(number + 1);
        var old = room.Products[number];
        room.Categories[number] = Categories.Intern(product.Category) + 1;
        room.PriceLevels[number] = (byte)(PriceLevel(product.Price) + 1);
        room.Brands[number] = product.Brand is { } brand ? brands.Intern([brand]) + 1 : 0;
        room.Marks[number] =
            (product.IsSellable ? Marks.Sellable : 0)
            | (product.Margin is not null || product is { Rating: not null, Reviews: > 0 } ? Marks.Judged : 0);
        HasJudged |= room.Marks[number].HasFlag(Marks.Judged);
        Volatile.Write(ref room.Products[number], product);
        columns = room;
        if (number >= count)
            count = number + 1;
        numbers[product.Id] = number;
        if (old is not null && old.Id != product.Id)
            numbers.TryRemove(new(old.Id, number));
        if (old?.Created != product.Created)
            newest = WithNewest(product);
    }

    private int[] WithNewest(Product product)
    {
        var kept = newest;
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
    private readonly CategoryTree brands = new();

    private static int PriceLevel(decimal? price) =>
        price is > 0 and var p ? Math.Clamp((int)Math.Floor(2 * Math.Log2((double)p)) + 64, 0, 253) : byte.MaxValue;

    /// <summary>What is asked of many products for each answer: a byte is nearer than the product.</summary>
    [Flags]
    private enum Marks : byte
    {
        Sellable = 1,
        Judged = 2,
    }

    /// <summary>Arrays by product number; category, brand and price level are stored plus one, so that 0 is "unknown".</summary>
    private sealed class Columns(int size)
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
