namespace Personalization.Churn;

/// <summary>
/// Exact SHAP values of a forest, path-dependent: what each feature adds to a row's score, counted from the mean score.
/// Lundberg, Erion, Lee: Consistent individualized feature attribution for tree ensembles (2018), algorithm 2.
/// </summary>
public static class TreeShap
{
    // One feature met on the way down: the share of rows that pass when it is unknown, whether this row passes when it is
    // known, and the weight of all subsets of the way of a given size.
    struct Step
    {
        public int Feature;
        public double Zero;
        public double One;
        public double Weight;
    }

    /// <summary>
    /// Fills <paramref name="contributions"/> (one per column). They sum to the row's score minus
    /// <see cref="Forest.Expectation"/>. Allocates nothing for trees of usual depth.
    /// </summary>
    public static void Explain(Forest forest, ReadOnlySpan<float> row, Span<double> contributions)
    {
        contributions.Clear();
        // Every level keeps its own copy of the way so far: (depth + 2) ways of up to (depth + 2) steps.
        int room = (forest.Depth + 2) * (forest.Depth + 3) / 2;
        Span<Step> ways = room <= 128 ? stackalloc Step[room] : new Step[room];
        foreach (int root in forest.Roots)
            Descend(forest, row, contributions, root, ways, 0, 1, 1, -1);
    }

    static void Descend(
        Forest forest,
        ReadOnlySpan<float> row,
        Span<double> contributions,
        int index,
        Span<Step> way,
        int length,
        double zero,
        double one,
        int feature
    )
    {
        Extend(way, ref length, zero, one, feature);
        var node = forest.Nodes[index];
        if (node.IsLeaf)
        {
            for (int i = 1; i < length; i++)
                contributions[way[i].Feature] += WeightWithout(way[..length], i) * (way[i].One - way[i].Zero) * node.Threshold;
            return;
        }
        var (taken, other) = Forest.GoesLeft(node, row[node.Feature]) ? (node.Left, node.Right) : (node.Right, node.Left);
        double seenZero = 1,
            seenOne = 1;
        for (int i = 1; i < length; i++)
        {
            if (way[i].Feature != node.Feature)
                continue;
            // Met before: the two splits act as one.
            (seenZero, seenOne) = (way[i].Zero, way[i].One);
            Unwind(way, ref length, i);
            break;
        }
        double cover = forest.Cover[index];
        for (int branch = 0; branch < 2; branch++)
        {
            int child = branch == 0 ? taken : other;
            way[..length].CopyTo(way[length..]);
            Descend(
                forest,
                row,
                contributions,
                child,
                way[length..],
                length,
                seenZero * forest.Cover[child] / cover,
                branch == 0 ? seenOne : 0,
                node.Feature
            );
        }
    }

    static void Extend(Span<Step> way, ref int length, double zero, double one, int feature)
    {
        way[length] = new Step
        {
            Feature = feature,
            Zero = zero,
            One = one,
            Weight = length == 0 ? 1 : 0,
        };
        for (int i = length - 1; i >= 0; i--)
        {
            way[i + 1].Weight += one * way[i].Weight * (i + 1) / (length + 1);
            way[i].Weight = zero * way[i].Weight * (length - i) / (length + 1);
        }
        length++;
    }

    static void Unwind(Span<Step> way, ref int length, int index)
    {
        int last = length - 1;
        double one = way[index].One,
            zero = way[index].Zero,
            next = way[last].Weight;
        for (int i = last - 1; i >= 0; i--)
        {
            if (one != 0)
            {
                double weight = way[i].Weight;
                way[i].Weight = next * length / ((i + 1) * one);
                next = weight - way[i].Weight * zero * (last - i) / length;
            }
            else
                way[i].Weight = way[i].Weight * length / (zero * (last - i));
        }
        for (int i = index; i < last; i++)
            (way[i].Feature, way[i].Zero, way[i].One) = (way[i + 1].Feature, way[i + 1].Zero, way[i + 1].One);
        length--;
    }

    // The sum of weights that unwinding the step would leave, without doing it.
    static double WeightWithout(ReadOnlySpan<Step> way, int index)
    {
        int last = way.Length - 1;
        double one = way[index].One,
            zero = way[index].Zero,
            next = way[last].Weight,
            total = 0;
        for (int i = last - 1; i >= 0; i--)
        {
            if (one != 0)
            {
                double weight = next * way.Length / ((i + 1) * one);
                total += weight;
                next = way[i].Weight - weight * zero * (last - i) / way.Length;
            }
            else
                total += way[i].Weight * way.Length / (zero * (last - i));
        }
        return total;
    }
}
