namespace Personalization.Models;

/// <summary>
/// A linear score whose softmax over a list's candidates is the chance to come next (conditional logit: McFadden, 1974; as a
/// loss for rankings: Cao et al., "ListNet", ICML 2007). Convex; found by Newton's method over full lists.
/// </summary>
public static class ListwiseRegression
{
    private const double Penalty = 1;
    private const int Steps = 30;

    /// <summary>The weights of the columns.</summary>
    /// <param name="lists">What is learned from.</param>
    /// <param name="used">Columns that may count; the others get weight 0.</param>
    /// <param name="start">Where to begin; null for zeros.</param>
    public static float[] Fit(CandidateLists lists, int[] used, float[]? start = null)
    {
        var weights = new double[used.Length];
        for (int i = 0; i < used.Length; i++)
            weights[i] = start?[used[i]] ?? 0;
        var (loss, gradient, hessian) = Evaluate(lists, used, weights);
        for (int step = 0; step < Steps; step++)
        {
            var change = LogisticRegression.Solve(hessian, gradient);
            double share = 1, next = loss;
            double[] moved = weights;
            for (; share > 1e-3; share /= 2)
            {
                moved = [.. weights.Select((weight, i) => weight - (share * change[i]))];
                (next, gradient, hessian) = Evaluate(lists, used, moved);
                if (next <= loss)
                    break;
            }
            if (share <= 1e-3)
                break;
            bool settled = loss - next < 1e-6 * loss;
            (weights, loss) = (moved, next);
            if (settled)
                break;
        }
        var all = new float[lists.Columns];
        for (int i = 0; i < used.Length; i++)
            all[used[i]] = (float)weights[i];
        return all;
    }

    private sealed class Sums(int size)
    {
        public double Loss;
        public readonly double[] Gradient = new double[size];
        public readonly double[,] Hessian = new double[size, size];
    }

    private static (double Loss, double[] Gradient, double[,] Hessian) Evaluate(CandidateLists lists, int[] used, double[] weights)
    {
        int size = used.Length;
        // Parts of fixed size, added in their order: the result does not depend on the number of cores.
        const int part = 500;
        var parts = new Sums[(lists.Lists + part - 1) / part];
        Parallel.For(0, parts.Length, number =>
        {
            var sums = parts[number] = new(size);
            for (int list = number * part; list < Math.Min(lists.Lists, (number + 1) * part); list++)
                Add(lists, list, used, weights, sums);
        });
        var total = new Sums(size);
        foreach (var sums in parts)
        {
            total.Loss += sums.Loss;
            for (int i = 0; i < size; i++)
            {
                total.Gradient[i] += sums.Gradient[i];
                for (int j = 0; j <= i; j++)
                    total.Hessian[i, j] += sums.Hessian[i, j];
            }
        }
        for (int i = 0; i < size; i++)
        {
            total.Loss += Penalty * weights[i] * weights[i] / 2;
            total.Gradient[i] += Penalty * weights[i];
            total.Hessian[i, i] += Penalty;
        }
        return (total.Loss, total.Gradient, total.Hessian);
    }

    private static void Add(CandidateLists lists, int list, int[] used, double[] weights, Sums sums)
    {
        int size = used.Length, from = lists.Start(list), until = lists.Start(list + 1);
        var scores = new double[until - from];
        double best = double.MinValue, whole = 0;
        for (int row = from; row < until; row++)
        {
            var values = lists.Row(row);
            double score = 0;
            for (int i = 0; i < size; i++)
                score += weights[i] * values[used[i]];
            scores[row - from] = score;
            best = Math.Max(best, score);
        }
        foreach (double score in scores)
            whole += Math.Exp(score - best);
        sums.Loss += Math.Log(whole) + best - scores[lists.Target(list) - from];
        Span<double> mean = stackalloc double[size], x = stackalloc double[size];
        mean.Clear();
        for (int row = from; row < until; row++)
        {
            var values = lists.Row(row);
            double chance = Math.Exp(scores[row - from] - best) / whole;
            if (chance < 1e-5)
                continue;
            for (int i = 0; i < size; i++)
                x[i] = values[used[i]];
            for (int i = 0; i < size; i++)
            {
                mean[i] += chance * x[i];
                for (int j = 0; j <= i; j++)
                    sums.Hessian[i, j] += chance * x[i] * x[j];
            }
        }
        var target = lists.Row(lists.Target(list));
        for (int i = 0; i < size; i++)
        {
            sums.Gradient[i] += mean[i] - target[used[i]];
            for (int j = 0; j <= i; j++)
                sums.Hessian[i, j] -= mean[i] * mean[j];
        }
    }
}
