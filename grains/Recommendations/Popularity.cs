using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>How popularity is looked at: what is counted, and how fast it is forgotten.</summary>
public enum PopularityKind : byte
{
    /// <summary>Views, half forgotten after a day.</summary>
    ViewsOfDay,

    /// <summary>Views, half forgotten after a week.</summary>
    ViewsOfWeek,

    /// <summary>Views, half forgotten after thirty days.</summary>
    ViewsOfMonth,

    /// <summary>Purchases, half forgotten after a day.</summary>
    PurchasesOfDay,

    /// <summary>Purchases, half forgotten after a week.</summary>
    PurchasesOfWeek,

    /// <summary>Purchases, half forgotten after thirty days.</summary>
    PurchasesOfMonth,
}

/// <summary>Decayed counts per product and, kept sorted as they change, the top products overall and of every category. Scores
/// only rise between two rescalings, so a top list that looks at each rise is exact. One writer, readers beside it.</summary>
sealed class Popularity
{
    const int Kinds = 6;
    const int Windows = 3;

    /// <summary>The kinds that have top lists.</summary>
    static readonly PopularityKind[] Ranked =
    [
        PopularityKind.PurchasesOfMonth,
        PopularityKind.ViewsOfDay,
        PopularityKind.ViewsOfMonth,
    ];

    static readonly float[] HalfLives = [1, 7, 30];

    readonly ProductCatalogue _catalogue;
    readonly int _topLength;
    readonly ForwardDecay[] _decays = [.. HalfLives.Select(x => new ForwardDecay(x))];
    volatile float[] _scores = new float[256 * Kinds];
    volatile TopList?[] _tops = new TopList?[64]; // by (category + 1) and kind; category -1 is the whole shop

    public Popularity(ProductCatalogue catalogue, int topLength)
    {
        _catalogue = catalogue;
        _topLength = topLength;
    }

    public void Count(int product, bool purchase, int time, float weight = 1)
    {
        var room = _scores;
        if ((product + 1) * (long)Kinds > room.Length)
        {
            var products = Math.Max(product + 1L, 2L * room.Length / Kinds);
            Array.Resize(ref room, (int)Math.Min(Array.MaxLength / Kinds, products) * Kinds);
        }
        _scores = room;
        for (var window = 0; window < Windows; window++)
        {
            if (_decays[window].NeedsRescale(time))
                Rescale(window, time);
            room[(product * Kinds) + (purchase ? Windows : 0) + window] += weight * _decays[window].WeightAt(time);
        }
        Rank(product);
    }

    /// <summary>Decayed count; comparable between products, not between kinds (see <see cref="Scale"/>).</summary>
    public float Of(int product, PopularityKind kind)
    {
        var at = ((long)product * Kinds) + (int)kind;
        var all = _scores;
        return (ulong)at < (ulong)all.Length ? all[at] : 0;
    }

    /// <summary>Decayed views of day, week and month, as <see cref="Of"/> tells them.</summary>
    public (float Day, float Week, float Month) Views(int product)
    {
        var at = (long)product * Kinds;
        var all = _scores;
        if (product < 0 || at + Windows > all.Length)
            return default;
        var views = all.AsSpan((int)at, Windows);
        return (views[0], views[1], views[2]);
    }

    /// <summary>Factor that turns scores of that kind into decayed counts as of now.</summary>
    public float Scale(PopularityKind kind, int now) => 1 / _decays[(int)kind % Windows].WeightAt(now);

    /// <summary>The top products of a category, or of the shop for -1, best first. A product that changed its category may
    /// linger until the list is full of others.</summary>
    public ReadOnlySpan<int> Top(int category, PopularityKind kind)
    {
        var lists = _tops;
        var at = Place(category, Array.IndexOf(Ranked, kind));
        return (uint)at < (uint)lists.Length && lists[at] is { } list ? list.Products : default;
    }

    public void Save(ImageWriter image)
    {
        image.Write<float>(_scores);
        foreach (var decay in _decays)
            decay.Save(image);
    }

    public static Popularity Load(ImageReader image, ProductCatalogue catalogue, int topLength)
    {
        var popularity = new Popularity(catalogue, topLength) { _scores = image.Read<float>() };
        for (var window = 0; window < Windows; window++)
            popularity._decays[window] = ForwardDecay.Load(image, HalfLives[window]);
        return popularity;
    }

    /// <summary>Builds all top lists again from the scores. Writer only.</summary>
    public void RankAll()
    {
        _tops = new TopList?[64];
        for (var product = 0; product < _scores.Length / Kinds; product++)
            Rank(product);
    }

    static int Place(int category, int ranked) => ((category + 1) * Ranked.Length) + ranked;

    void Rank(int product)
    {
        var category = _catalogue.CategoryOf(product);
        for (var ranked = 0; ranked < Ranked.Length; ranked++)
        {
            if (Of(product, Ranked[ranked]) <= 0)
                continue;
            for (var node = category; node >= 0; node = _catalogue.Categories.ParentOf(node))
                List(node, ranked).Raise(product, this);
            List(-1, ranked).Raise(product, this);
        }
    }

    TopList List(int category, int ranked)
    {
        var at = Place(category, ranked);
        var lists = _tops;
        if (at >= lists.Length)
            Array.Resize(ref lists, Math.Max(at + 1, lists.Length * 2));
        var list = lists[at] ??= new TopList(Ranked[ranked], _topLength);
        _tops = lists;
        return list;
    }

    void Rescale(int window, int time)
    {
        var factor = _decays[window].Rebase(time);
        for (var at = window; at < _scores.Length; at += Windows)
            _scores[at] *= factor;
        foreach (var list in _tops)
            list?.Sort(this); // scores that sank to nothing are equal now: order them as a new list would
    }

    /// <summary>The best products by one score, kept sorted; equal ones by number.</summary>
    sealed class TopList(PopularityKind kind, int length)
    {
        readonly int[] _products = new int[length];
        volatile int _count;

        public ReadOnlySpan<int> Products => _products.AsSpan(0, _count);

        public void Raise(int product, Popularity popularity)
        {
            var at = _products.AsSpan(0, _count).IndexOf(product);
            if (at < 0)
            {
                if (_count == length && !Before(product, _products[^1], popularity))
                    return;
                at = _count < length ? _count : length - 1;
                _products[at] = product;
                _count = Math.Max(_count, at + 1);
            }
            for (; at > 0 && Before(product, _products[at - 1], popularity); at--)
                (_products[at], _products[at - 1]) = (_products[at - 1], product);
        }

        public void Sort(Popularity popularity) =>
            _products
                .AsSpan(0, _count)
                .Sort(
                    (x, y) =>
                        x == y ? 0
                        : Before(x, y, popularity) ? -1
                        : 1
                );

        bool Before(int product, int other, Popularity popularity)
        {
            var (score, others) = (popularity.Of(product, kind), popularity.Of(other, kind));
            return score > others || (score == others && product < other);
        }
    }
}
