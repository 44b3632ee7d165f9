namespace Personalization.Models.Evaluation;

/// <summary>A figure and between which bounds it lies in 95 of 100 samples of other customers of the same kind.</summary>
public readonly record struct Interval(double Value, double Low, double High)
{
    public override string ToString() =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{Value:+0.0000;-0.0000} [{Low:0.0000}, {High:0.0000}]"
        );
}

/// <summary>
/// How sure an AUC is: customers are drawn again and again with replacement (Efron, 1979; percentiles). Two methods are
/// compared on the same draws, so that what moves both alike cancels out.
/// </summary>
public static class Bootstrap
{
    const int Draws = 1000;

    /// <summary>AUC of risks.</summary>
    public static Interval Auc(double[] risks, bool[] churned, int seed = 1)
    {
        var order = new Ranking(risks, churned);
        return Over(churned.Length, seed, order.Auc);
    }

    /// <summary>AUC of <paramref name="risks"/> less that of <paramref name="others"/> on the same customers.</summary>
    public static Interval AucDifference(double[] risks, double[] others, bool[] churned, int seed = 1)
    {
        var (first, second) = (new Ranking(risks, churned), new Ranking(others, churned));
        return Over(churned.Length, seed, weights => first.Auc(weights) - second.Auc(weights));
    }

    /// <summary>Log loss of <paramref name="risks"/> less that of <paramref name="others"/> on the same customers.</summary>
    public static Interval LogLossDifference(double[] risks, double[] others, bool[] churned, int seed = 1)
    {
        double[] differences =
        [
            .. churned.Select((label, i) => PairedLoss.Loss(risks[i], label) - PairedLoss.Loss(others[i], label)),
        ];
        return Over(churned.Length, seed, weights =>
        {
            double sum = 0;
            for (int i = 0; i < weights.Length; i++)
                sum += weights[i] * differences[i];
            return sum / weights.Length;
        });
    }

    // Each draw has its own seed: the result does not depend on which thread drew it.
    static Interval Over(int rows, int seed, Func<int[], double> figure)
    {
        var figures = new double[Draws];
        Parallel.For(
            0,
            Draws,
            () => new int[rows],
            (draw, _, weights) =>
            {
                Array.Clear(weights);
                var random = new Random(HashCode(seed, draw));
                for (int i = 0; i < rows; i++)
                    weights[random.Next(rows)]++;
                figures[draw] = figure(weights);
                return weights;
            },
            _ => { }
        );
        var whole = new int[rows];
        Array.Fill(whole, 1);
        // A draw of a few customers may hold one outcome only: it has no AUC.
        double[] sorted = [.. figures.Where(double.IsFinite).Order()];
        return sorted.Length == 0
            ? new(figure(whole), double.NaN, double.NaN)
            : new(figure(whole), At(sorted, 0.025), At(sorted, 0.975));
    }

    static int HashCode(int seed, int draw) => unchecked(seed * 1_000_003 + draw * 7919);

    static double At(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place,
            above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    // Rows by risk, ascending, sorted once for all draws.
    sealed class Ranking
    {
        readonly int[] _rows;
        readonly bool[] _churned;
        readonly bool[] _tiedWithNext;

        public Ranking(double[] risks, bool[] churned)
        {
            _rows = [.. Enumerable.Range(0, risks.Length)];
            double[] sorted = [.. risks];
            Array.Sort(sorted, _rows);
            _churned = [.. _rows.Select(row => churned[row])];
            _tiedWithNext = [.. sorted.Select((risk, i) => i + 1 < sorted.Length && sorted[i + 1] == risk)];
        }

        public double Auc(int[] weights)
        {
            double below = 0,
                area = 0,
                positives = 0,
                here = 0,
                others = 0;
            for (int i = 0; i < _rows.Length; i++)
            {
                int weight = weights[_rows[i]];
                if (_churned[i])
                    here += weight;
                else
                    others += weight;
                if (_tiedWithNext[i])
                    continue;
                area += here * (below + others / 2);
                positives += here;
                below += others;
                (here, others) = (0, 0);
            }
            return area / (positives * below);
        }
    }
}
