namespace Personalization.Models.Training;

/// <summary>
/// What weighs the parts of a blend and makes scores probabilities: logistic regression by Newton's method. ML.NET's draws
/// weights towards 0 alone and takes no offset; a blend's are drawn towards equal ones.
/// </summary>
static class LogisticRegression
{
    /// <summary>The weights of the columns, and the intercept last.</summary>
    /// <param name="rows">Row after row.</param>
    /// <param name="columns">Values in a row.</param>
    /// <param name="labels">One per row.</param>
    /// <param name="penalty">Of half the squared distances of weights from <paramref name="towards"/>, but not the intercept.</param>
    /// <param name="towards">Where weights stay of which the rows say nothing.</param>
    public static double[] Fit(double[] rows, int columns, bool[] labels, double penalty, double towards = 0)
    {
        int size = columns + 1;
        double[] weights = [.. Enumerable.Repeat(towards, columns), 0];
        var (gradient, hessian) = (new double[size], new double[size, size]);
        for (int step = 0; step < 50; step++)
        {
            Array.Clear(gradient);
            Array.Clear(hessian);
            for (int j = 0; j < columns; j++)
                (gradient[j], hessian[j, j]) = (penalty * (weights[j] - towards), penalty);
            for (int i = 0; i < labels.Length; i++)
                Add(rows.AsSpan(i * columns, columns), labels[i], weights, gradient, hessian);
            double[] change = Solve(hessian, gradient);
            for (int j = 0; j < size; j++)
                weights[j] -= change[j];
            if (change.Max(Math.Abs) < 1e-9)
                break;
        }
        return weights;
    }

    static void Add(ReadOnlySpan<double> row, bool label, double[] weights, double[] gradient, double[,] hessian)
    {
        int last = row.Length;
        double score = weights[last];
        for (int j = 0; j < last; j++)
            score += weights[j] * row[j];
        double p = 1 / (1 + Math.Exp(-score)),
            error = p - (label ? 1 : 0),
            weight = Math.Max(p * (1 - p), 1e-10);
        for (int j = 0; j <= last; j++)
        {
            double x = j < last ? row[j] : 1;
            gradient[j] += error * x;
            for (int k = 0; k <= j; k++)
                hessian[j, k] += weight * x * (k < last ? row[k] : 1);
        }
    }

    // Cholesky of the lower triangle; a little is added where a column carries no information.
    public static double[] Solve(double[,] lower, double[] right)
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
