namespace Personalization.Experiments;

/// <summary>What became of the visitors of a variant.</summary>
/// <param name="Visitors">All.</param>
/// <param name="Converted">Those of them who did what is measured.</param>
public readonly record struct Sample(long Visitors, long Converted)
{
    public double Rate => Visitors == 0 ? 0 : (double)Converted / Visitors;

    /// <summary>Of one visitor's outcome; with one more of each outcome, so that none is certain.</summary>
    internal double Variance
    {
        get
        {
            var rate = (Converted + 1.0) / (Visitors + 2);
            return rate * (1 - rate);
        }
    }
}

/// <summary>A difference of rates, and where the true one lies.</summary>
/// <param name="Low">-1 while too little is known.</param>
/// <param name="High">1 while too little is known.</param>
public readonly record struct RateDifference(double Difference, double Low, double High)
{
    /// <summary>1: better, -1: worse, 0: undecided.</summary>
    public int Sign =>
        Low > 0 ? 1
        : High < 0 ? -1
        : 0;
}

/// <summary>
/// Compares two rates as often as one likes. An ordinary interval errs with its 5 % at one look that was planned before; who
/// looks every day and stops when it is significant errs far more often. This one is a confidence sequence: with the confidence
/// given, it holds the true difference at all looks together.
/// <para>
/// Normal mixture (Robbins 1970; Johari, Pekelis and Walsh 2015: mSPRT; Howard, Ramdas, McAuliffe and Sekhon 2021; in its
/// asymptotic form Waudby-Smith et al. 2021). With d the difference, V = s1²/n1 + s2²/n2 its variance, n = 1/(1/n1 + 1/n2) the
/// effective number of visitors and r the tuning, the interval is d ± sqrt(V · (1 + r/n) · (2 ln(1/a) + ln(1 + n/r))).
/// </para>
/// </summary>
public static class SequentialTest
{
    /// <summary>
    /// Effective visitors by which the mixture is tuned. At a = 0.05 the interval is narrowest, beside one for that look alone,
    /// at about eight times as many, which is two variants of 8,000 visitors each; elsewhere it is valid too, only somewhat
    /// wider.
    /// </summary>
    const double Tuning = 500;

    /// <summary>
    /// Before so many visitors in each, and so many that converted in both together, the normal law says nothing.
    /// </summary>
    public const int LeastVisitors = 100,
        LeastConverted = 20;

    /// <param name="sample">The variant looked at.</param>
    /// <param name="baseline">What it is compared with.</param>
    /// <param name="error">How often the interval may ever miss the true difference, for instance 0.05.</param>
    public static RateDifference Compare(Sample sample, Sample baseline, double error)
    {
        var difference = sample.Rate - baseline.Rate;
        if (
            Math.Min(sample.Visitors, baseline.Visitors) < LeastVisitors
            || sample.Converted + baseline.Converted < LeastConverted
        )
            return new RateDifference(difference, -1, 1);
        var variance = sample.Variance / sample.Visitors + baseline.Variance / baseline.Visitors;
        var n = 1 / (1.0 / sample.Visitors + 1.0 / baseline.Visitors);
        var radius = Math.Sqrt(variance * (1 + Tuning / n) * (2 * Math.Log(1 / error) + Math.Log(1 + n / Tuning)));
        return new RateDifference(difference, Math.Max(-1, difference - radius), Math.Min(1, difference + radius));
    }
}
