using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Personalization.Models.Training;

namespace Personalization.Models.Recommendations;

/// <summary>
/// A linear score whose softmax over a list's candidates is the chance to come next (conditional logit: McFadden, 1974; as a
/// loss for rankings: Cao et al., "ListNet", ICML 2007). Convex; found by Newton's method over full lists.
/// </summary>
public static class ListwiseRegression
{
    const double Penalty = 1;
    const int Steps = 30;

    /// <summary>The weights of the columns.</summary>
    /// <param name="lists">What is learned from.</param>
    /// <param name="used">The first columns, that may count; the others get weight 0.</param>
    /// <param name="start">Where to begin; null for zeros.</param>
    public static float[] Fit(CandidateLists lists, int used, float[]? start = null)
    {
        var weights = new double[used];
        for (int i = 0; i < used; i++)
            weights[i] = start?[i] ?? 0;
        var (loss, gradient, hessian) = Evaluate(lists, weights);
        for (int step = 0; step < Steps; step++)
        {
            var change = LogisticRegression.Solve(hessian, gradient);
            double share = 1,
                next = loss;
            double[] moved = weights;
            for (; share > 1e-3; share /= 2)
            {
                moved = [.. weights.Select((weight, i) => weight - (share * change[i]))];
                (next, gradient, hessian) = Evaluate(lists, moved);
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
        for (int i = 0; i < used; i++)
            all[i] = (float)weights[i];
        return all;
    }

    /// <param name="width">Numbers of a row that are looked at, rounded up to eight.</param>
    sealed class Sums(int width)
    {
        public readonly int Width = width;
        public double Loss;
        public readonly double[] Gradient = new double[width];
        public readonly double[] Hessian = new double[width * width]; // its lower half
        public double[] Scores = [];
    }

    static (double Loss, double[] Gradient, double[,] Hessian) Evaluate(CandidateLists lists, double[] weights)
    {
        int size = weights.Length,
            width = (size + 7) & ~7;
        var wide = new double[width];
        weights.CopyTo(wide, 0);
        // Parts of fixed size, added in their order: the result does not depend on the number of cores.
        const int part = 100;
        var parts = new Sums[(lists.Lists + part - 1) / part];
        Parallel.For(0, parts.Length, number =>
        {
            var sums = parts[number] = new(width);
            for (int list = number * part; list < Math.Min(lists.Lists, (number + 1) * part); list++)
                Add(lists, list, wide, sums);
            sums.Scores = [];
        });
        var (loss, gradient, hessian) = (0.0, new double[size], new double[size, size]);
        foreach (var sums in parts)
        {
            loss += sums.Loss;
            for (int i = 0; i < size; i++)
            {
                gradient[i] += sums.Gradient[i];
                for (int j = 0; j <= i; j++)
                    hessian[i, j] += sums.Hessian[(i * width) + j];
            }
        }
        for (int i = 0; i < size; i++)
        {
            loss += Penalty * weights[i] * weights[i] / 2;
            gradient[i] += Penalty * weights[i];
            hessian[i, i] += Penalty;
        }
        return (loss, gradient, hessian);
    }

    static void Add(CandidateLists lists, int list, double[] weights, Sums sums)
    {
        int width = sums.Width,
            from = lists.Start(list),
            until = lists.Start(list + 1);
        if (sums.Scores.Length < until - from)
            sums.Scores = new double[2 * (until - from)];
        var scores = sums.Scores.AsSpan(0, until - from);
        Span<double> mean = stackalloc double[width],
            x = stackalloc double[width];
        mean.Clear();
        double best = double.MinValue,
            whole = 0;
        for (int row = from; row < until; row++)
        {
            double score = scores[row - from] = Score(lists.From(row, width), weights);
            best = Math.Max(best, score);
        }
        foreach (ref double score in scores)
            whole += score = Math.Exp(score - best);
        sums.Loss += Math.Log(whole) - Math.Log(scores[lists.Target(list) - from]);
        for (int row = from; row < until; row++)
        {
            double chance = scores[row - from] / whole;
            if (chance < 1e-5)
                continue;
            Widen(lists.From(row, width), x);
            AddOuter(sums.Hessian, x, chance);
            for (int i = 0; i < width; i += 4)
                (Vector256.Create(mean[i..]) + (Vector256.Create(x[i..]) * chance)).CopyTo(mean[i..]);
        }
        AddOuter(sums.Hessian, mean, -1);
        Widen(lists.From(lists.Target(list), width), x);
        for (int i = 0; i < width; i++)
            sums.Gradient[i] += mean[i] - x[i];
    }

    static double Score(ReadOnlySpan<float> row, ReadOnlySpan<double> weights)
    {
        var sum = Vector256<double>.Zero;
        for (int i = 0; i < weights.Length; i += 8)
        {
            var (low, high) = Vector256.Widen(Vector256.Create(row[i..]));
            sum += (low * Vector256.Create(weights[i..])) + (high * Vector256.Create(weights[(i + 4)..]));
        }
        return Vector256.Sum(sum);
    }

    static void Widen(ReadOnlySpan<float> row, Span<double> into)
    {
        for (int i = 0; i < into.Length; i += 8)
        {
            var (low, high) = Vector256.Widen(Vector256.Create(row[i..]));
            low.CopyTo(into[i..]);
            high.CopyTo(into[(i + 4)..]);
        }
    }

    /// <summary>Adds the weighted products of all pairs of numbers; of the upper half of the square what comes along.</summary>
    static void AddOuter(double[] square, ReadOnlySpan<double> x, double weight)
    {
        ref double first = ref MemoryMarshal.GetArrayDataReference(square);
        ref double numbers = ref MemoryMarshal.GetReference(x);
        for (int i = 0; i < x.Length; i++)
        {
            var one = Vector256.Create(weight * x[i]);
            ref double row = ref Unsafe.Add(ref first, i * x.Length);
            for (nuint j = 0; j <= (nuint)i; j += 4)
                (Vector256.LoadUnsafe(ref row, j) + (one * Vector256.LoadUnsafe(ref numbers, j))).StoreUnsafe(ref row, j);
        }
    }
}
