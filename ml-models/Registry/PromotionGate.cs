namespace Personalization.Models;

/// <summary>
/// Whether a new model may take the place of the one in use. Both are judged on the same later days; neither AUC nor log loss
/// may be worse by more than <see cref="Tolerance"/>, which is about what chance moves them by with some thousand customers.
/// </summary>
public static class PromotionGate
{
    public const double Tolerance = 0.002;

    /// <param name="challenger">The new model on later days; null when the data did not reach far enough to judge it.</param>
    /// <param name="champion">The model in use on the same days; null when none is in use.</param>
    /// <param name="sameHorizon">Both predict the same number of days; else their log losses cannot be compared.</param>
    public static (bool Promote, string Reason) Decide(
        ClassificationMetrics? challenger, ClassificationMetrics? champion, bool sameHorizon = true)
    {
        if (champion is null)
            return challenger is { Auc: < 0.5 }
                ? (false, $"it ranks later days worse than chance (AUC {challenger.Auc:0.000})")
                : (true, "no trained model was in use before");
        if (challenger is null)
            return (false, "the data do not reach far enough to compare it with the model in use");
        if (!sameHorizon)
            return (false, "it predicts another horizon than the model in use");
        string figures = $"AUC {challenger.Auc:0.000} against {champion.Auc:0.000}, "
            + $"log loss {challenger.LogLoss:0.000} against {champion.LogLoss:0.000}";
        bool worse = challenger.Auc < champion.Auc - Tolerance || challenger.LogLoss > champion.LogLoss + Tolerance;
        return (!worse, worse ? $"it is worse than the model in use: {figures}" : $"it is not worse than the model in use: {figures}");
    }
}
