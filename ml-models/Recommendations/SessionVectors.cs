using System.Numerics;
using System.Runtime.InteropServices;
using Personalization.Recommendations;

namespace Personalization.Models;

/// <summary>How directions of products are learned.</summary>
public sealed record SessionVectorSettings
{
    /// <summary>Clicks to either side that count as near, drawn anew from 1 to this. The default is 5.</summary>
    public int Window { get; init; } = 5;

    /// <summary>Products drawn for each that was near. The default is 8.</summary>
    public int Negatives { get; init; } = 8;

    /// <summary>Times all visits are gone through; fewer, at least 2, where that makes more than <see cref="MostClicks"/>. The
    /// default is 12.</summary>
    public int Epochs { get; init; } = 12;

    /// <summary>Clicks gone through at most, all times together: training of a large shop stays a matter of minutes. The default is
    /// 10,000,000.</summary>
    public int MostClicks { get; init; } = 10_000_000;

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
    private const int Width = ItemVectors.Width;

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
        var drawn = Drawn(log, until, items, settings.Popularity);
        float[] inner = new float[items * Width], outer = new float[items * Width];
        var seen = new bool[items];
        foreach (var visit in visits.Where(visit => visit.Length > 1))
            foreach (int item in visit)
                seen[item] = true;
        for (int i = 0; i < inner.Length; i++)
            inner[i] = seen[i / Width] ? (random.NextSingle() - 0.5f) / Width : 0;
        var order = Enumerable.Range(0, visits.Count).ToArray();
        int epochs = Math.Min(settings.Epochs, Math.Max(2, settings.MostClicks / Math.Max(1, until)));
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

    private static List<int[]> Visits(ClickLog log, int until)
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
    private static int[] Drawn(ClickLog log, int until, int items, double power)
    {
        var counts = new double[items];
        for (int i = 0; i < until; i++)
            counts[log[i].Product]++;
        double total = counts.Sum(count => Math.Pow(count, power)), sum = 0;
        var drawn = new int[1 << 20];
        for (int item = 0, at = 0; item < items; item++)
        {
            sum += Math.Pow(counts[item], power);
            for (; at < drawn.Length && at < sum / total * drawn.Length; at++)
                drawn[at] = item;
        }
        return drawn;
    }

    private static void LearnVisit(
        int[] visit, float[] inner, float[] outer, int[] drawn, Random random, SessionVectorSettings settings, float rate)
    {
        Span<float> correction = stackalloc float[Width];
        for (int i = 0; i < visit.Length; i++)
        {
            int reach = 1 + random.Next(settings.Window);
            for (int j = Math.Max(0, i - reach); j <= Math.Min(visit.Length - 1, i + reach); j++)
            {
                if (visit[j] == visit[i])
                    continue;
                var input = inner.AsSpan(visit[i] * Width, Width);
                correction.Clear();
                Pull(input, outer.AsSpan(visit[j] * Width, Width), 1, rate, correction);
                for (int n = 0; n < settings.Negatives; n++)
                {
                    int other = drawn[random.Next(drawn.Length)];
                    if (other != visit[j])
                        Pull(input, outer.AsSpan(other * Width, Width), 0, rate, correction);
                }
                var all = MemoryMarshal.Cast<float, Vector<float>>(input);
                var add = MemoryMarshal.Cast<float, Vector<float>>(correction);
                for (int k = 0; k < all.Length; k++)
                    all[k] += add[k];
            }
        }
    }

    private static void Pull(Span<float> input, Span<float> output, float label, float rate, Span<float> correction)
    {
        var left = MemoryMarshal.Cast<float, Vector<float>>(input);
        var right = MemoryMarshal.Cast<float, Vector<float>>(output);
        var into = MemoryMarshal.Cast<float, Vector<float>>(correction);
        var product = Vector<float>.Zero;
        for (int k = 0; k < left.Length; k++)
            product += left[k] * right[k];
        float step = rate * (label - 1 / (1 + MathF.Exp(-Vector.Sum(product))));
        for (int k = 0; k < left.Length; k++)
        {
            into[k] += right[k] * step;
            right[k] += left[k] * step;
        }
    }
}
