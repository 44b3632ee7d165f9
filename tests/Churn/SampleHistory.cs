using Personalization.Churn;

namespace Personalization.Tests.Churn;

/// <summary>A made-up customer, mutable and in any order: tests shuffle it, cut it, add to it.</summary>
sealed class SampleHistory
{
    public const int Day = ChurnHistory.Day;

    public List<Purchase> Purchases { get; init; } = [];
    public List<Return> Returns { get; init; } = [];
    public List<int> VisitDays { get; init; } = [];
    public List<int> Complaints { get; init; } = [];

    public static SampleHistory BoughtOn(params int[] days) =>
        new() { Purchases = [.. days.Select(day => new Purchase(day * Day + 3600, 250_000, 2, 1))] };

    /// <summary>Purchases, returns, visits and complaints over the 600 days from 10,000 on.</summary>
    public static SampleHistory Random(int seed)
    {
        var random = new Random(seed);
        var history = new SampleHistory();
        int gap = random.Next(2, 90);
        for (int day = 10_000 + random.Next(60); day < 10_600; day += 1 + random.Next(2 * gap))
        {
            int time = day * Day + random.Next(Day);
            history.Purchases.Add(new(time, random.Next(1_000_000), random.Next(1, 9), random.Next(1, 5)));
            history.VisitDays.Add(day);
            if (random.Next(6) == 0)
                history.Returns.Add(new(time + 3 * Day, random.Next(200_000)));
            if (random.Next(9) == 0)
                history.Complaints.Add(time + 5 * Day);
            if (random.Next(4) == 0)
                history.Purchases.Add(new(time + 60, random.Next(1_000_000), 1, 1));
        }
        return history;
    }

    public ChurnHistory Sorted() =>
        new(
            Purchases.Order().ToArray(),
            Returns.Order().ToArray(),
            VisitDays.Distinct().Order().ToArray(),
            Purchases.Count > 0 ? Purchases.Min(p => p.Time) : 0,
            Complaints.Order().ToArray()
        );

    public float[] Row(int now)
    {
        var row = new float[ChurnFeatures.Count];
        return ChurnFeatures.Compute(Sorted(), now, row) ? row : [];
    }
}

/// <summary>Forests drawn at random, over churn's columns or any number of them.</summary>
static class SampleForest
{
    public static Forest Random(int seed, int trees = 12, int depth = 3, int features = 0)
    {
        var random = new Random(seed);
        int columns = features > 0 ? features : ChurnFeatures.Count;
        var (nodes, cover, roots) = (new List<ForestNode>(), new List<float>(), new List<int>());
        for (int tree = 0; tree < trees; tree++)
        {
            roots.Add(nodes.Count);
            Grow(depth, 64);
        }
        return new([.. nodes], [.. cover], [.. roots], random.NextDouble() - 0.5, columns);

        int Grow(int room, float weight)
        {
            int index = nodes.Count;
            cover.Add(weight);
            nodes.Add(new((float)(random.NextDouble() - 0.5), 0, 0, -1, false));
            if (room == 0 || random.Next(5) == 0)
                return index;
            float left = weight * (float)(0.1 + 0.8 * random.NextDouble());
            var node = new ForestNode(
                random.Next(4) == 0 ? random.NextSingle() : random.Next(120),
                Grow(room - 1, left),
                Grow(room - 1, weight - left),
                (short)random.Next(columns),
                random.Next(2) == 0
            );
            nodes[index] = node;
            return index;
        }
    }

    public static float[] Row(int seed, int features)
    {
        var random = new Random(seed);
        var row = new float[features];
        for (int i = 0; i < row.Length; i++)
            row[i] =
                random.Next(6) == 0 ? float.NaN
                : random.Next(3) == 0 ? random.NextSingle()
                : random.Next(120);
        return row;
    }
}
