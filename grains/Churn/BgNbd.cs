using System.Runtime.Intrinsics;

namespace Personalization.Churn;

/// <summary>What the population models look at of one customer: purchase days, in weeks since the first of them.</summary>
/// <param name="Repeats">Purchase days after the first (x).</param>
/// <param name="LastWeek">Weeks from the first purchase day to the last (t_x); 0 without repeats.</param>
/// <param name="Weeks">Weeks from the first purchase day to now (T).</param>
public readonly record struct BuyingRecord(int Repeats, double LastWeek, double Weeks)
{
    /// <summary>Days of a week.</summary>
    public const double Week = 7;

    /// <param name="row">Of <see cref="ChurnFeatures"/>.</param>
    public static BuyingRecord Of(ReadOnlySpan<float> row) =>
        new(
            (int)row[(int)ChurnFeature.PurchaseDays] - 1,
            row[(int)ChurnFeature.RepeatSpan] / Week,
            row[(int)ChurnFeature.Tenure] / Week
        );
}

/// <summary>
/// "Buy till you die": while active a customer buys at random at an individual rate, and after each purchase may leave for good,
/// unobserved, with an individual probability. Rates are gamma, leaving probabilities beta distributed over the shop's
/// customers. BG/NBD: Fader, Hardie, Lee: "Counting your customers" the easy way (2005). MBG/NBD, in which the first purchase
/// can be the last one too: Batislam, Denizel, Filiztekin: Empirical validation and comparison of models for customer base
/// analysis (2007). All times are weeks.
/// </summary>
/// <param name="R">Shape of the rates.</param>
/// <param name="Alpha">Scale of the rates, weeks.</param>
/// <param name="A">Of the leaving probabilities' beta: weight of leaving.</param>
/// <param name="B">Of the leaving probabilities' beta: weight of staying.</param>
/// <param name="Modified">MBG/NBD: a customer may leave after the first purchase as well.</param>
public readonly record struct BgNbd(double R, double Alpha, double A, double B, bool Modified = false)
{
    /// <summary>Logarithm of the probability (density) of one customer's record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="logOfRepeats">Its <see cref="LogOfRepeats"/>.</param>
    public double LogLikelihood(in BuyingRecord record, double logOfRepeats) =>
        logOfRepeats - (R + record.Repeats) * Math.Log(Alpha + record.Weeks) + Math.Log(1 + LeftToActive(record));

    /// <summary>The part of the log-likelihood that all customers with as many repeats share: a shop has few such numbers.</summary>
    public double LogOfRepeats(int repeats) =>
        SpecialFunctions.LogGamma(R + repeats)
        - SpecialFunctions.LogGamma(R)
        + R * Math.Log(Alpha)
        + SpecialFunctions.LogBeta(A, Stays(repeats))
        - SpecialFunctions.LogBeta(A, B);

    /// <summary>Probability that the customer has not left yet.</summary>
    public double Active(in BuyingRecord record) => 1 / (1 + LeftToActive(record));

    /// <summary>Probability of no purchase within the next <paramref name="weeks"/>.</summary>
    public double NoPurchase(in BuyingRecord record, double weeks) => 1 - Active(record) * (1 - StillSilent(record, weeks));

    /// <summary>
    /// The odds of the same, of four customers at once: those who have left, and those who have not but stay silent, to the rest.
    /// </summary>
    internal Vector256<double> OddsOfNoPurchase(
        Vector256<double> repeats,
        Vector256<double> lastWeek,
        Vector256<double> weeks,
        double horizonWeeks
    )
    {
        var (one, alpha) = (Vector256<double>.One, Vector256.Create(Alpha));
        var (since, power) = (alpha + weeks, Vector256.Create(R) + repeats);
        var silent = Vector256.Exp(power * Vector256.Log(since / (since + Vector256.Create(horizonWeeks))));
        var left =
            Vector256.Create(A)
            / (Vector256.Create(Modified ? B : B - 1) + repeats)
            * Vector256.Exp(power * Vector256.Log(since / (alpha + lastWeek)));
        if (!Modified)
            left = Vector256.ConditionalSelect(Vector256.Equals(repeats, Vector256<double>.Zero), Vector256<double>.Zero, left);
        return (left + silent) / (one - silent);
    }

    /// <summary>Purchase days expected within the next <paramref name="weeks"/>.</summary>
    public double Expected(in BuyingRecord record, double weeks) => Active(record) * ExpectedIfActive(record, weeks);

    /// <summary>The same for a customer known not to have left.</summary>
    public double ExpectedIfActive(in BuyingRecord record, double weeks)
    {
        // The closed form has a pole that the expectation does not have: just beside it the value is the same.
        double a = Math.Abs(A - 1) < 1e-5 ? 1 + 1e-5 : A;
        double n = R + record.Repeats,
            c = a + Stays(record.Repeats) - 1;
        c = Math.Abs(c) < 1e-5 ? 1e-5 : c;
        double z = weeks / (Alpha + record.Weeks + weeks);
        // Euler's transformation of the published form: no power of (1 - z) that overflows for frequent buyers.
        return c / (a - 1) * (1 - Math.Pow(1 - z, a - 1) * SpecialFunctions.Hypergeometric(c - n, a - 1, c, z));
    }

    /// <summary>Weeks until an active customer's next purchase, at which a share of such customers has bought (a quantile).</summary>
    /// <param name="record">The customer.</param>
    /// <param name="share">0..1, exclusive of 1: 0.5 gives the median.</param>
    public double NextPurchase(in BuyingRecord record, double share) =>
        (Alpha + record.Weeks) * (Math.Pow(1 - share, -1 / (R + record.Repeats)) - 1);

    // The weight of staying once these repeats have been seen.
    double Stays(int repeats) => B + repeats + (Modified ? 1 : 0);

    // No purchase in the weeks to come although active.
    double StillSilent(in BuyingRecord record, double weeks) =>
        Math.Pow((Alpha + record.Weeks) / (Alpha + record.Weeks + weeks), R + record.Repeats);

    // Odds of having left after the last purchase; in BG/NBD no customer leaves after the first.
    double LeftToActive(in BuyingRecord record)
    {
        int x = record.Repeats;
        if (x == 0 && !Modified)
            return 0;
        double silence = (Alpha + record.Weeks) / (Alpha + record.LastWeek);
        return A / (Stays(x) - 1) * Math.Pow(silence, R + x);
    }
}
