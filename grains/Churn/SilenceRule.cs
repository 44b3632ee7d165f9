namespace Personalization.Churn;

/// <summary>
/// The risk before a model has been trained: silence against the customer's own rhythm, nothing more.
/// With s days of silence and a usual gap of g days the risk is s / (s + 2 g): one half when a customer has been silent for
/// twice as long as usual. The usual gap is the mean of the own gaps and one of half a horizon, which is all that is assumed
/// of a first-time buyer. Every complaint of the last 90 days, and a return after the last purchase, shortens the patience by
/// a quarter. A score to rank and warn by, not a calibrated probability.
/// </summary>
static class SilenceRule
{
    public const string Version = "rhythm-1";

    public const float Threshold = 0.5f;

    public static float Risk(ReadOnlySpan<float> row, int horizonDays)
    {
        float silence = row[(int)ChurnFeature.Recency];
        double grudges = row[(int)ChurnFeature.Complaints90];
        if (row[(int)ChurnFeature.ReturnRecency] < silence)
            grudges++;
        double usualGap = (row[(int)ChurnFeature.RepeatSpan] + horizonDays / 2.0) / row[(int)ChurnFeature.PurchaseDays];
        double patience = 2 * usualGap * Math.Pow(0.75, grudges);
        return (float)(silence / (silence + patience));
    }
}
