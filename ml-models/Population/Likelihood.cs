
namespace Personalization.Models.Population;

/// <summary>What is believed of a parameter before a shop's data are seen: log-normal, so a factor about a centre.</summary>
/// <param name="Center">The median.</param>
/// <param name="Spread">Standard deviation of the logarithm: 1.2 says "within a factor of 10, almost surely".</param>
public readonly record struct Prior(double Center, double Spread);

/// <summary>Positive parameters found by maximum likelihood, or at the mode of the posterior where priors are given.</summary>
/// <param name="Parameters">In the model's order.</param>
/// <param name="LogLikelihood">At the parameters, without the priors.</param>
/// <param name="LogCovariance">
/// Of the parameters' logarithms, from the curvature at the maximum (Laplace's approximation); size × size, row by row.
/// </param>
public sealed record Estimate(double[] Parameters, double LogLikelihood, double[] LogCovariance)
{
    /// <summary>By the delta method, in the parameters' own units; NaN where the data do not determine one.</summary>
    public double[] StandardErrors =>
        [.. Parameters.Select((value, i) => value * Math.Sqrt(LogCovariance[i * Parameters.Length + i]))];

    /// <summary>
    /// A positive quantity that depends on the parameters, and how uncertain the parameters leave it: the delta method on its
    /// logarithm.
    /// </summary>
    /// <param name="quantity">Above 0, smooth.</param>
    /// <param name="z">Standard normal quantile: 1.645 spans 90 %, 1.96 spans 95 %.</param>
    public (double Value, double Low, double High) Interval(Func<double[], double> quantity, double z = 1.645)
    {
        const double step = 1e-4;
        int size = Parameters.Length;
        double value = quantity(Parameters),
            variance = 0;
        var slope = new double[size];
        for (int i = 0; i < size; i++)
            slope[i] = (Math.Log(quantity(Moved(i, step))) - Math.Log(quantity(Moved(i, -step)))) / (2 * step);
        for (int i = 0; i < size; i++)
        for (int j = 0; j < size; j++)
            variance += slope[i] * LogCovariance[i * size + j] * slope[j];
        double factor = Math.Exp(z * Math.Sqrt(Math.Max(0, variance)));
        return (value, value / factor, value * factor);
    }

    private double[] Moved(int index, double step)
    {
        var moved = (double[])Parameters.Clone();
        moved[index] *= Math.Exp(step);
        return moved;
    }
}

/// <summary>
/// Maximises a likelihood over positive parameters: the simplex of Nelder and Mead (1965) on their logarithms, begun anew from
/// where it ended until nothing is gained, then the curvature there for standard errors.
/// </summary>
public static class Likelihood
{
    // e^±12: what lies beyond says "zero" or "without bound" (a population that nobody leaves has A near 0).
    private const double Bound = 12;

    /// <param name="logLikelihood">Of the parameters.</param>
    /// <param name="start">Above 0; a guess of their size.</param>
    /// <param name="priors">One per parameter; null: maximum likelihood alone.</param>
    public static Estimate Maximise(Func<double[], double> logLikelihood, double[] start, IReadOnlyList<Prior>? priors = null)
    {
        double Loss(double[] logs)
        {
            double loss = -logLikelihood(Exp(logs));
            for (int i = 0; i < logs.Length && priors is not null; i++)
                loss += Math.Pow((logs[i] - Math.Log(priors[i].Center)) / priors[i].Spread, 2) / 2;
            return double.IsNaN(loss) ? double.PositiveInfinity : loss;
        }
        double[] best = [.. start.Select(value => Math.Log(value))];
        double before = double.PositiveInfinity,
            found = Loss(best);
        for (int round = 0; round < 8 && before - found > 1e-7 * (1 + Math.Abs(found)) || round < 2; round++)
        {
            before = found;
            best = Simplex(Loss, best);
            found = Loss(best);
        }
        var curvature = Curvature(Loss, best);
        return new(Exp(best), logLikelihood(Exp(best)), Inverse(curvature, best.Length));
    }

    private static double[] Exp(double[] logs) => [.. logs.Select(value => Math.Exp(value))];

    private static double[] Simplex(Func<double[], double> loss, double[] start)
    {
        int size = start.Length;
        var points = new double[size + 1][];
        for (int i = 0; i <= size; i++)
        {
            points[i] = (double[])start.Clone();
            if (i > 0)
                points[i][i - 1] += 0.5;
        }
        double[] losses = [.. points.Select(loss)];
        for (int step = 0; step < 400 * size; step++)
        {
            Array.Sort(losses, points);
            if (losses[size] - losses[0] < 1e-9 && Spread(points) < 1e-6)
                break;
            var middle = Middle(points);
            var reflected = Towards(middle, points[size], -1);
            double value = loss(reflected);
            if (value < losses[0])
                Take(Towards(middle, points[size], -2), reflected, value);
            else if (value < losses[size - 1])
                (points[size], losses[size]) = (reflected, value);
            else if (!Shrinks(middle, value < losses[size] ? -0.5 : 0.5, Math.Min(value, losses[size])))
                for (int i = 1; i <= size; i++)
                    losses[i] = loss(points[i] = Towards(points[0], points[i], 0.5));
        }
        Array.Sort(losses, points);
        return points[0];

        void Take(double[] expanded, double[] reflected, double value)
        {
            double further = loss(expanded);
            (points[size], losses[size]) = further < value ? (expanded, further) : (reflected, value);
        }

        bool Shrinks(double[] middle, double share, double below)
        {
            var point = Towards(middle, points[size], share);
            double value = loss(point);
            if (value >= below)
                return false;
            (points[size], losses[size]) = (point, value);
            return true;
        }
    }

    private static double Spread(double[][] points) =>
        Enumerable.Range(0, points[0].Length).Max(i => points.Max(p => p[i]) - points.Min(p => p[i]));

    // Of all but the worst, which stands last.
    private static double[] Middle(double[][] points) =>
        [.. Enumerable.Range(0, points[0].Length).Select(i => points.Take(points.Length - 1).Average(p => p[i]))];

    private static double[] Towards(double[] from, double[] to, double share) =>
        [.. from.Select((value, i) => Math.Clamp(value + share * (to[i] - value), -Bound, Bound))];

    private static double[] Curvature(Func<double[], double> loss, double[] at)
    {
        const double step = 1e-3;
        int size = at.Length;
        var curvature = new double[size * size];
        double here = loss(at);
        for (int i = 0; i < size; i++)
        for (int j = 0; j <= i; j++)
            curvature[i * size + j] = curvature[j * size + i] =
                i == j
                    ? (Moved(i, 1, i, 0) - 2 * here + Moved(i, -1, i, 0)) / (step * step)
                    : (Moved(i, 1, j, 1) - Moved(i, 1, j, -1) - Moved(i, -1, j, 1) + Moved(i, -1, j, -1)) / (4 * step * step);
        return curvature;

        double Moved(int i, int first, int j, int second)
        {
            var point = (double[])at.Clone();
            point[i] += first * step;
            point[j] += second * step;
            return loss(point);
        }
    }

    // Gauss-Jordan with pivots; a direction without curvature (the data say nothing of it) makes the whole undetermined.
    private static double[] Inverse(double[] matrix, int size)
    {
        var left = (double[])matrix.Clone();
        var right = new double[size * size];
        for (int i = 0; i < size; i++)
            right[i * size + i] = 1;
        for (int column = 0; column < size; column++)
        {
            int pivot = Enumerable.Range(column, size - column).MaxBy(row => Math.Abs(left[row * size + column]));
            if (!(Math.Abs(left[pivot * size + column]) > 1e-9))
                return [.. Enumerable.Repeat(double.NaN, size * size)];
            for (int k = 0; k < size; k++)
            {
                (left[column * size + k], left[pivot * size + k]) = (left[pivot * size + k], left[column * size + k]);
                (right[column * size + k], right[pivot * size + k]) = (right[pivot * size + k], right[column * size + k]);
            }
            double scale = left[column * size + column];
            for (int k = 0; k < size; k++)
                (left[column * size + k], right[column * size + k]) = (
                    left[column * size + k] / scale,
                    right[column * size + k] / scale
                );
            for (int row = 0; row < size; row++)
            {
                double factor = row == column ? 0 : left[row * size + column];
                for (int k = 0; k < size && factor != 0; k++)
                {
                    left[row * size + k] -= factor * left[column * size + k];
                    right[row * size + k] -= factor * right[column * size + k];
                }
            }
        }
        return right;
    }
}
