namespace Personalization.Churn;

/// <summary>
/// What a customer spends on a purchase day: gamma distributed about the customer's own mean, and the means over the shop's
/// customers so that few purchases are drawn towards the mean of all. Fader, Hardie: The gamma-gamma model of monetary value
/// (2013). Amounts are units of currency.
/// </summary>
/// <param name="P">Shape of a purchase day's spend.</param>
/// <param name="Q">Shape of the customers' scales.</param>
/// <param name="Gamma">Scale of the customers' scales, units of currency.</param>
public readonly record struct GammaGamma(double P, double Q, double Gamma)
{
    /// <summary>Mean spend of a customer about whom nothing is known; infinite unless <see cref="Q"/> is above 1.</summary>
    public double Mean => Q > 1 ? P * Gamma / (Q - 1) : double.PositiveInfinity;

    /// <summary>Spend per purchase day to be expected of a customer.</summary>
    /// <param name="count">Purchase days seen.</param>
    /// <param name="mean">Their mean spend; ignored where <paramref name="count"/> is 0.</param>
    public double Expected(int count, double mean) =>
        count == 0 ? Mean : P * (Gamma + count * Math.Max(0, mean)) / Math.Max(P * count + Q - 1, 1e-9);

    /// <summary>Logarithm of the density of a mean of <paramref name="count"/> purchase days, both above 0.</summary>
    public double LogLikelihood(int count, double mean)
    {
        double shape = P * count;
        return SpecialFunctions.LogGamma(shape + Q)
            - SpecialFunctions.LogGamma(shape)
            - SpecialFunctions.LogGamma(Q)
            + Q * Math.Log(Gamma)
            + (shape - 1) * Math.Log(mean)
            + shape * Math.Log(count)
            - (shape + Q) * Math.Log(Gamma + count * mean);
    }
}
