namespace Personalization.Models.Training;

/// <summary>Logistic regression with an L2 penalty on all but the intercept, by Newton's method.</summary>
public sealed class LogisticRegression
{
    private readonly double[] _weights;

    private LogisticRegression(double[] weights) => _weights = weights;

    /// <summary>Intercept last.</summary>
    public IReadOnlyList<double> Weights => _weights;

    /// <param name="rows">Row after row.</param>
    /// <param name="columns">Values in a row.</param>
    /// <param name="labels">One per row.</param>
    /// <param name="penalty">Of half the squared distances of the weights from <paramref name="towards"/>.</param>
    /// <param name="towards">Where weights stay of which the rows say nothing.</param>
    public static LogisticRegression Fit(double[] rows, int columns, bool[] labels, double penalty, double towards = 0)
    {
        int size = columns + 1;
        var weights = new double[size];
        weights.AsSpan(0, columns).Fill(towards);
        var model = new LogisticRegression(weights);
        var (gradient, hessian) = (new double[size], new double[size, size]);
        for (int step = 0; step < 50; step++)
        {
            Array.Clear(gradient);
            Array.Clear(hessian);
            for (int j = 0; j < columns; j++)
                (gradient[j], hessian[j, j]) = (penalty * (weights[j] - towards), penalty);
            for (int i = 0; i < labels.Length; i++)
                model.Add(rows.AsSpan(i * columns, columns), labels[i], gradient, hessian);
            double moved = 0;
            var change = Solve(hessian, gradient);
            for (int j = 0; j < size; j++)
            {
                weights[j] -= change[j];
                moved = Math.Max(moved, Math.Abs(change[j]));
            }
            if (moved < 1e-9)
                break;
        }
        return model;
    }

    public double Score(ReadOnlySpan<double> row)
    {
        double score = _weights[^1];
        for (int j = 0; j < row.Length; j++)
            score += _weights[j] * row[j];
        return score;
    }

    public double Probability(ReadOnlySpan<double> row) => 1 / (1 + Math.Exp(-Score(row)));

    private void Add(ReadOnlySpan<double> row, bool label, double[] gradient, double[,] hessian)
    {
        double p = Probability(row),
            error = p - (label ? 1 : 0),
            weight = Math.Max(p * (1 - p), 1e-10);
        int last = row.Length;
        for (int j = 0; j <= last; j++)
        {
            double x = j < last ? row[j] : 1;
            gradient[j] += error * x;
            for (int k = 0; k <= j; k++)
                hessian[j, k] += weight * x * (k < last ? row[k] : 1);
        }
    }

    // Cholesky of the lower triangle; a little is added where a column carries no information.
    internal static double[] Solve(double[,] lower, double[] right)
    {
        int size = right.Length;
        var solution = (double[])right.Clone();
        for (int j = 0; j < size; j++)
        {
            for (int k = 0; k < j; k++)
                lower[j, j] -= lower[j, k] * lower[j, k];
            lower[j, j] = Math.Sqrt(Math.Max(lower[j, j], 1e-9));
            for (int i = j + 1; i < size; i++)
            {
                for (int k = 0; k < j; k++)
                    lower[i, j] -= lower[i, k] * lower[j, k];
                lower[i, j] /= lower[j, j];
            }
        }
        for (int i = 0; i < size; i++)
        {
            for (int k = 0; k < i; k++)
                solution[i] -= lower[i, k] * solution[k];
            solution[i] /= lower[i, i];
        }
        for (int i = size - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < size; k++)
                solution[i] -= lower[k, i] * solution[k];
            solution[i] /= lower[i, i];
        }
        return solution;
    }
}
