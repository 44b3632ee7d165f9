namespace Personalization.Churn;

/// <summary>What a customer would spend within the horizon by staying.</summary>
public static class ExpectedSpend
{
    /// <summary>
    /// Purchases per day while active: the own purchases over the span in which they fell, drawn towards the population's
    /// rate (a gamma prior that has seen one purchase in <see cref="PopulationRates.DaysPerPurchase"/>).
    /// </summary>
    /// <param name="purchaseDays">Days with a purchase.</param>
    /// <param name="span">Days from the first to the last of them.</param>
    /// <param name="population">The shop's average.</param>
    public static double Rate(int purchaseDays, int span, in PopulationRates population) =>
        purchaseDays / (span + population.DaysPerPurchase);

    /// <summary>
    /// Units of the base currency over the horizon, given that at least one purchase falls into it (the mean of a Poisson
    /// count without its zero), at the own net spend per purchase day drawn towards the population's.
    /// </summary>
    public static double IfStaying(int purchaseDays, int span, double netSpend, in PopulationRates population, int horizonDays)
    {
        double expected = Rate(purchaseDays, span, population) * horizonDays;
        double purchases = expected / (1 - Math.Exp(-expected));
        double perPurchase =
            (netSpend + population.SpendWeight * population.SpendPerPurchase) / (purchaseDays + population.SpendWeight);
        return Math.Max(0, perPurchase) * purchases;
    }
}
