namespace Personalization.Churn;

/// <summary>
/// What is said of risk before a model has been trained: silence against the customer's own rhythm, and nothing more clever.
/// With s days of silence and a usual gap of g days the risk is s / (s + 2 g): one half when a customer has been silent for
/// twice as long as usual. The usual gap is the mean of the own gaps and one of half a horizon, which is all that is assumed
/// of a first-time buyer. Every complaint of the last 90 days, and a return after the last purchase, shortens the patience by
/// a quarter. A score to rank and warn by, not a calibrated probability.
/// </summary>
internal static class SilenceRule
{
    public const string Version = "rhythm-1";

    public const float Line = 0.5f;

    public static float Risk(in ChurnHistory known, in PurchaseDays days, int now, int horizonDays)
    {
        int today = now / ChurnHistory.Day, silence = today - days.Last;
        int grudges = ChurnFeatures.ComplaintsWithin(known.Complaints, today, 90);
        if (!known.Returns.IsEmpty && known.Returns[^1].Time > known.Purchases[^1].Time)
            grudges++;
        double patience = 2 * UsualGap(days, horizonDays) * Math.Pow(0.75, grudges);
        return (float)(silence / (silence + patience));
    }

    public static double UsualGap(in PurchaseDays days, int horizonDays) =>
        (days.Last - days.First + horizonDays / 2.0) / days.Days.Length;
}
