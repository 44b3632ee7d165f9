using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;

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

    double[] Moved(int index, double step)
    {
        var moved = (double[])Parameters.Clone();
        moved[index] *= Math.Exp(step);
        return moved;
    }
}

/// <summary>
/// Maximises a likelihood over positive parameters: the simplex of Nelder and Mead (1965) on their logarithms, started again from
/// where it ended until nothing is gained, then the curvature there for standard errors.
/// </summary>
public static class Likelihood
{
    // e^±12: what lies beyond says "zero" or "without bound" (a population without departures has A near 0).
    const double Bound = 12;

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

    static double[] Exp(double[] logs) => [.. logs.Select(value => Math.Exp(value))];

    static double[] Simplex(Func<double[], double> loss, double[] start)
    {
        var (best, min) = (start, double.PositiveInfinity);
        var vector = Vector<double>.Build;
        try
        {
            NelderMeadSimplex.Minimum(
                ObjectiveFunction.Value(Watched),
                vector.Dense(start),
                vector.Dense(start.Length, 0.5),
                convergenceTolerance: 1e-12,
                maximumIterations: 400 * start.Length
            );
        }
        catch (MaximumIterationsException)
        {
            // The likelihood is flat there: one point is as good as another.
        }
        return best;

        double Watched(Vector<double> logs)
        {
            double[] point = [.. logs.Select(value => Math.Clamp(value, -Bound, Bound))];
            double value = loss(point);
            if (value < min)
                (best, min) = (point, value);
            return value;
        }
    }

    static double[] Curvature(Func<double[], double> loss, double[] at)
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

    // A direction without curvature (the data say nothing of it) makes the whole undetermined.
    static double[] Inverse(double[] matrix, int size)
    {
        var factors = Matrix<double>.Build.DenseOfRowMajor(size, size, matrix).LU();
        return factors.U.Diagonal().AbsoluteMinimum() > 1e-9
            ? factors.Inverse().ToRowMajorArray()
            : [.. Enumerable.Repeat(double.NaN, size * size)];
    }
}
