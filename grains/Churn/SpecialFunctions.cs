namespace Personalization.Churn;

/// <summary>The few functions of analysis that the population models need.</summary>
public static class SpecialFunctions
{
    static readonly double HalfLogTwoPi = 0.5 * Math.Log(2 * Math.PI);

    /// <summary>Logarithm of the gamma function for x above 0: Stirling's series after a shift to 10 and more.</summary>
    public static double LogGamma(double x)
    {
        double shift = 1;
        for (; x < 10; x++)
            shift *= x;
        double inverse = 1 / x,
            square = inverse * inverse;
        double series =
            inverse * (1 / 12.0 - square * (1 / 360.0 - square * (1 / 1260.0 - square * (1 / 1680.0 - square / 1188))));
        return (x - 0.5) * Math.Log(x) - x + HalfLogTwoPi + series - Math.Log(shift);
    }

    /// <summary>Logarithm of the beta function, both arguments above 0.</summary>
    public static double LogBeta(double a, double b) => LogGamma(a) + LogGamma(b) - LogGamma(a + b);

    /// <summary>Gauss's 2F1(a, b; c; z) for z in [0, 1) by its series; c is no whole number below 1.</summary>
    public static double Hypergeometric(double a, double b, double c, double z)
    {
        double term = 1,
            sum = 1;
        for (int k = 0; k < 10_000 && Math.Abs(term) > 1e-14 * Math.Abs(sum); k++)
        {
            term *= (a + k) * (b + k) / ((c + k) * (k + 1)) * z;
            sum += term;
        }
        return sum;
    }
}
