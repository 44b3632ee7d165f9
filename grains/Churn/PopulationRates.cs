namespace Personalization.Churn;

/// <summary>How the shop's buyers behave on average: what a customer with little history is drawn towards.</summary>
/// <param name="DaysPerPurchase">Days of tenure per repeat purchase day, over all buyers.</param>
/// <param name="SpendPerPurchase">Net spend per purchase day, units of the base currency.</param>
/// <param name="SpendWeight">Purchase days of one's own that weigh as much as the population's mean spend.</param>
public readonly record struct PopulationRates(double DaysPerPurchase, double SpendPerPurchase, double SpendWeight);
