using Personalization.Churn;

namespace Personalization.Models.Training;

/// <summary>
/// The rising line nearest to the labels: neighbours that fall are pooled until none does (Ayer et al., 1955), and the line is
/// drawn through the middles of the pools, so that scores that differ keep on differing.
/// </summary>
public static class Isotonic
{
    // Fewer rows in a pool say too little of a rate near 0 or 1.
    const int MinRows = 20;

    record struct Pool(double Scores, double Labels, int Rows)
    {
        public readonly double Rate => Labels / Rows;

        public readonly Pool And(Pool other) => new(Scores + other.Scores, Labels + other.Labels, Rows + other.Rows);
    }

    public static Calibration Fit(double[] scores, bool[] labels)
    {
        var pools = new List<Pool>();
        foreach (var chunk in Chunks(scores, labels))
        {
            var pool = chunk;
            for (; pools.Count > 0 && pools[^1].Rate >= pool.Rate; pools.RemoveAt(pools.Count - 1))
                pool = pools[^1].And(pool);
            pools.Add(pool);
        }
        var platt = Calibrating.Platt(scores, labels);
        // A fold may hold all customers of a very small shop: nothing is left to learn a line from.
        if (pools.Count == 0)
            return platt;
        // No customer is sure to leave or to stay: half a row is thought of either outcome.
        return platt with
        {
            Scores = [.. pools.Select(pool => pool.Scores / pool.Rows)],
            Risks = [.. pools.Select(pool => (pool.Labels + 0.5) / (pool.Rows + 1)).Order()],
        };
    }

    // By score, ascending; rows of one score stay together.
    static IEnumerable<Pool> Chunks(double[] scores, bool[] labels)
    {
        var (sorted, churned) = ((double[])scores.Clone(), (bool[])labels.Clone());
        Array.Sort(sorted, churned);
        int minimum = Math.Max(MinRows, sorted.Length / 200);
        var chunk = new Pool();
        for (int i = 0; i < sorted.Length; i++)
        {
            chunk = chunk.And(new(sorted[i], churned[i] ? 1 : 0, 1));
            bool tied = i + 1 < sorted.Length && sorted[i + 1] == sorted[i];
            if (i + 1 < sorted.Length && (tied || chunk.Rows < minimum || sorted.Length - i - 1 < minimum))
                continue;
            yield return chunk;
            chunk = new();
        }
    }
}
