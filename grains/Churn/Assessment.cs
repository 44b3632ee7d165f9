namespace Personalization.Churn;

/// <summary>A model's assessment of one customer at one moment. A value; reasons are computed separately.</summary>
/// <param name="Risk">Probability of no purchase within the model's horizon from now.</param>
/// <param name="AtRisk">The risk has reached the warning threshold, and the customer can still be kept.</param>
/// <param name="Lost">Silent beyond the bound after which a warning comes too late.</param>
/// <param name="ExpectedValue">Spend expected within the horizon, ten-thousandths of the base currency.</param>
/// <param name="MoneyAtRisk">
/// Risk times what the customer would spend within the horizon by staying, ten-thousandths of the base currency.
/// </param>
/// <param name="NextPurchase">
/// When the next purchase would be due by the customer's own rhythm, unix seconds; may be past.
/// </param>
public readonly record struct Assessment(
    float Risk,
    bool AtRisk,
    bool Lost,
    long ExpectedValue,
    long MoneyAtRisk,
    int NextPurchase
);
