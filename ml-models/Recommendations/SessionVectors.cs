using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Personalization.Recommendations;

namespace Personalization.Models.Recommendations;

/// <summary>How directions of products are learned.</summary>
public sealed record SessionVectorSettings
{
    /// <summary>Clicks to either side that count as near, drawn each time from 1 to this. The default is 5.</summary>
    public int Window { get; init; } = 5;

    /// <summary>Products drawn for each that was near. The default is 8.</summary>
    public int Negatives { get; init; } = 8;

    /// <summary>Times all visits are gone through; fewer, at least 2, where that makes more than <see cref="MaxClicks"/>. The
    /// default is 12.</summary>
    public int Epochs { get; init; } = 12;

    /// <summary>Clicks gone through at most, all times together: training of a large shop stays a matter of minutes. The default is
    /// 10,000,000.</summary>
    public int MaxClicks { get; init; } = 10_000_000;

    /// <summary>Size of the first steps; they shrink to a hundredth. The default is 0.05.</summary>
    public float Rate { get; init; } = 0.05f;

    /// <summary>Power of a product's count with which it is drawn. The default is 0.75.</summary>
    public double Popularity { get; init; } = 0.75;
}

/// <summary>
/// Directions of products from visits as if they were sentences: skip-gram with negative sampling (Mikolov et al., 2013; for
/// products: Grbovic et al., KDD 2015). One thread and one seed: the same clicks give the same vectors.
/// </summary>
public static class SessionVectors
{
    const int Width = ItemVectors.Width;

    /// <param name="log">What was done.</param>
    /// <param name="until">Only those before it are learned from.</param>
    /// <param name="seed">Of the generator that draws.</param>
    /// <param name="settings">How to learn.</param>
    public static ItemVectors Learn(ClickLog log, int until, int seed, SessionVectorSettings settings)
    {
        int items = 0;
        for (int i = 0; i < until; i++)
            items = Math.Max(items, log[i].Product + 1);
        var random = new Random(seed);
        var visits = Visits(log, until);
        var drawn = new Drawn(Shares(log, until, items, settings.Popularity), random);
        float[] inner = new float[items * Width],
            outer = new float[items * Width];
        var seen = new bool[items];
        foreach (var visit in visits.Where(visit => visit.Length > 1))
        foreach (int item in visit)
            seen[item] = true;
        for (int i = 0; i < inner.Length; i++)
            inner[i] = seen[i / Width] ? (random.NextSingle() - 0.5f) / Width : 0;
        var order = Enumerable.Range(0, visits.Count).ToArray();
        int epochs = Math.Min(settings.Epochs, Math.Max(2, settings.MaxClicks / Math.Max(1, until)));
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            random.Shuffle(order);
            for (int i = 0; i < order.Length; i++)
            {
                float done = (epoch + (float)i / order.Length) / epochs;
                LearnVisit(visits[order[i]], inner, outer, drawn, random, settings, settings.Rate * Math.Max(0.01f, 1 - done));
            }
        }
        return new(inner, outer);
    }

    static List<int[]> Visits(ClickLog log, int until)
    {
        var visits = new Dictionary<ulong, List<int>>();
        for (int i = 0; i < until; i++)
        {
            if (!visits.TryGetValue(log[i].Session, out var items))
                visits[log[i].Session] = items = [];
            if (items.Count == 0 || items[^1] != log[i].Product)
                items.Add(log[i].Product);
        }
        return [.. visits.Values.Select(items => items.ToArray())];
    }

    // Popular products are drawn more often, but less than by their count.
    static int[] Shares(ClickLog log, int until, int items, double power)
    {
        var counts = new double[items];
        for (int i = 0; i < until; i++)
            counts[log[i].Product]++;
        double total = counts.Sum(count => Math.Pow(count, power)),
            sum = 0;
        var drawn = new int[1 << 20];
        for (int item = 0, at = 0; item < items; item++)
        {
            sum += Math.Pow(counts[item], power);
            for (; at < drawn.Length && at < sum / total * drawn.Length; at++)
                drawn[at] = item;
        }
        return drawn;
    }

    /// <summary>Products shuffled once and dealt in turn: hundreds of millions of draws, and memory is read from end to end (as in
    /// fastText: Bojanowski et al., 2017).</summary>
    sealed class Drawn
    {
        readonly int[] _products;
        int _next;

        public Drawn(int[] products, Random random)
        {
            _products = products;
            random.Shuffle(products);
        }

        public int Next() => _products[_next++ & (_products.Length - 1)];
    }

    static void LearnVisit(
        int[] visit,
        float[] inner,
        float[] outer,
        Drawn drawn,
        Random random,
        SessionVectorSettings settings,
        float rate
    )
    {
        for (int i = 0; i < visit.Length; i++)
        {
            int reach = 1 + random.Next(settings.Window);
            for (int j = Math.Max(0, i - reach); j <= Math.Min(visit.Length - 1, i + reach); j++)
            {
                if (visit[j] == visit[i])
                    continue;
                var pair = new Pair(ref inner[visit[i] * Width]);
                pair.Pull(ref outer[visit[j] * Width], 1, rate);
                for (int n = 0; n < settings.Negatives; n++)
                {
                    int other = drawn.Next();
                    if (other != visit[j])
                        pair.Pull(ref outer[other * Width], 0, rate);
                }
                pair.Store();
            }
        }
    }

    /// <summary>A direction and how it is to change, in registers while it meets one that was near and those drawn.</summary>
    ref struct Pair
    {
        readonly ref float _place;
        readonly Vector512<float> _a,
            _b,
            _c,
            _d;
        Vector512<float> _e,
            _f,
            _g,
            _h;

        public Pair(ref float place)
        {
            _place = ref place;
            _a = Vector512.LoadUnsafe(ref place);
            _b = Vector512.LoadUnsafe(ref place, 16);
            _c = Vector512.LoadUnsafe(ref place, 32);
            _d = Vector512.LoadUnsafe(ref place, 48);
        }

        /// <summary>Turns the other direction towards this one, or away from it, and notes the same for this one.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Pull(ref float other, float label, float rate)
        {
            var a = Vector512.LoadUnsafe(ref other);
            var b = Vector512.LoadUnsafe(ref other, 16);
            var c = Vector512.LoadUnsafe(ref other, 32);
            var d = Vector512.LoadUnsafe(ref other, 48);
            float step = rate * (label - Chance(Vector512.Sum((_a * a) + (_b * b) + ((_c * c) + (_d * d)))));
            var by = Vector512.Create(step);
            _e += a * by;
            _f += b * by;
            _g += c * by;
            _h += d * by;
            (a + (_a * by)).StoreUnsafe(ref other);
            (b + (_b * by)).StoreUnsafe(ref other, 16);
            (c + (_c * by)).StoreUnsafe(ref other, 32);
            (d + (_d * by)).StoreUnsafe(ref other, 48);
        }

        public readonly void Store()
        {
            (_a + _e).StoreUnsafe(ref _place);
            (_b + _f).StoreUnsafe(ref _place, 16);
            (_c + _g).StoreUnsafe(ref _place, 32);
            (_d + _h).StoreUnsafe(ref _place, 48);
        }
    }

    // The logistic function from -8 to 8; beyond, hardly anything is left to learn.
    const int Steps = 4096,
        Max = 8;

    static readonly float[] Chances =
    [
        .. Enumerable.Range(0, Steps).Select(i => 1 / (1 + MathF.Exp(Max - ((i + 0.5f) * 2 * Max / Steps)))),
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Chance(float x) => Chances[Math.Clamp((int)((x + Max) * (Steps / (2f * Max))), 0, Steps - 1)];
}
