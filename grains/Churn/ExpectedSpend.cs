namespace Personalization.Churn;

/// <summary>What a customer would spend within the horizon by staying.</summary>
internal static class ExpectedSpend
{
    /// <summary>
    /// Purchases per day while active: the own repeat purchases over the span in which they fell, with one purchase of the
    /// population's rate added (a gamma prior of shape one).
    /// </summary>
    public static double Rate(in PurchaseDays days, in PopulationRates population) =>
        days.Days.Length / (days.Last - days.First + population.DaysPerPurchase);

    /// <summary>
    /// Ten-thousandths of the base currency over the horizon, given that at least one purchase falls into it (a Poisson
    /// count's mean without its zero), at the own net spend per purchase day drawn towards the population's.
    /// </summary>
    public static double IfStaying(
        in ChurnHistory known, in PurchaseDays days, in PopulationRates population, int horizonDays)
    {
        double expected = Rate(days, population) * horizonDays;
        double purchases = expected / (1 - Math.Exp(-expected));
        long net = 0;
        foreach (ref readonly var purchase in known.Purchases)
            net += purchase.Amount;
        foreach (ref readonly var item in known.Returns)
            net -= item.Amount;
        double perPurchase = (net / PurchaseDays.E4 + population.SpendWeight * population.SpendPerPurchase)
            / (days.Days.Length + population.SpendWeight);
        return Math.Max(0, perPurchase) * purchases * PurchaseDays.E4;
    }
}
