namespace Personalization.Churn;

/// <summary>What the population models predict for one customer, from the customer's own record and all others' (R25).</summary>
/// <param name="Active">Probability that the customer has not left for good.</param>
/// <param name="NoPurchase">Probability of no purchase within the horizon.</param>
/// <param name="Purchases">Purchase days expected within the horizon.</param>
/// <param name="Value">Spend expected within the horizon, units of currency.</param>
/// <param name="Next">
/// When the next purchase is to be expected if the customer has not left: the median, unix seconds. It and the next two are null
/// where they lie beyond <see cref="FarthestDays"/>: that is no date any more.
/// </param>
/// <param name="Earliest">One in ten such customers has bought by then, unix seconds.</param>
/// <param name="Latest">Nine in ten have, unix seconds.</param>
public readonly record struct CustomerForecast(
    double Active,
    double NoPurchase,
    double Purchases,
    double Value,
    long? Next,
    long? Earliest,
    long? Latest
)
{
    /// <summary>How far ahead a date is said: ten years.</summary>
    public const int FarthestDays = 3650;

    /// <param name="buying">The shop's rhythm.</param>
    /// <param name="spending">What the shop's customers spend on a purchase day.</param>
    /// <param name="history">Events at or after <paramref name="now"/> are not seen.</param>
    /// <param name="now">Unix seconds.</param>
    /// <param name="horizonDays">How far to look.</param>
    /// <returns>Null for customers without purchases.</returns>
    public static CustomerForecast? Of(in BgNbd buying, in GammaGamma spending, in ChurnHistory history, int now, int horizonDays)
    {
        var known = history.Before(now);
        if (known.Purchases.IsEmpty)
            return null;
        using var days = new PurchaseDays(known.Purchases);
        double spend = 0;
        foreach (ref readonly var day in days.Days)
            spend += day.Spend;
        int bought = days.Days.Length,
            today = now / ChurnHistory.Day;
        var record = new BuyingRecord(
            bought - 1,
            (days.Last - days.First) / BuyingRecord.Week,
            (today - days.First) / BuyingRecord.Week
        );
        double weeks = horizonDays / BuyingRecord.Week,
            purchases = buying.Expected(record, weeks);
        return new(
            buying.Active(record),
            buying.NoPurchase(record, weeks),
            purchases,
            purchases * spending.Expected(bought, spend / bought),
            At(buying.NextPurchase(record, 0.5)),
            At(buying.NextPurchase(record, 0.1)),
            At(buying.NextPurchase(record, 0.9))
        );

        long? At(double weeksAhead) =>
            weeksAhead * BuyingRecord.Week <= FarthestDays
                ? now + (long)(weeksAhead * BuyingRecord.Week * ChurnHistory.Day)
                : null;
    }
}
