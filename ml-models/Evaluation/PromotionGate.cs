namespace Personalization.Models.Evaluation;

/// <summary>A new model against the one in use, on the same later customers.</summary>
/// <param name="Auc">The new one's less the other's, with what chance moves it by.</param>
/// <param name="LogLoss">The new one's less the other's; above 0 is worse.</param>
public sealed record Contest(ClassificationMetrics Challenger, ClassificationMetrics Champion, Interval Auc, Interval LogLoss)
{
    public static Contest Of(double[] challenger, double[] champion, bool[] churned) =>
        new(
            ClassificationMetrics.Of(challenger, churned),
            ClassificationMetrics.Of(champion, churned),
            Bootstrap.AucDifference(challenger, champion, churned),
            Bootstrap.LogLossDifference(challenger, champion, churned)
        );
}

/// <summary>
/// Whether a new model may take the place of the one in use: not when it is worse beyond noise, in AUC or in log loss (the
/// paired 95 % bounds) and by more than a trifle, nor when it is worse by so much that few customers are no excuse.
/// </summary>
public static class PromotionGate
{
    /// <summary>Worse by more than this is too much, however few customers there are to judge by.</summary>
    public const double Gross = 0.02;

    /// <summary>With very many customers any difference is beyond noise; worse by less than this is none.</summary>
    public const double Trifle = 0.001;

    /// <param name="challenger">The new model on later days; null when the data did not reach far enough to judge it.</param>
    /// <param name="inUse">Whether a trained model is in use.</param>
    /// <param name="contest">Both on the same customers; null when they could not be compared.</param>
    /// <param name="sameHorizon">Both predict the same number of days; else their log losses cannot be compared.</param>
    public static (bool Promote, string Reason) Decide(
        ClassificationMetrics? challenger,
        bool inUse,
        Contest? contest,
        bool sameHorizon = true
    )
    {
        if (!inUse)
            return challenger is { Auc: < 0.5 }
                ? (false, $"it ranks later days worse than chance (AUC {challenger.Auc:0.000})")
                : (true, "no trained model was in use before");
        if (contest is null)
            return (false, "the data do not reach far enough to compare it with the model in use");
        if (!sameHorizon)
            return (false, "it predicts another horizon than the model in use");
        string figures =
            $"AUC {contest.Challenger.Auc:0.000} against {contest.Champion.Auc:0.000}, "
            + $"log loss {contest.Challenger.LogLoss:0.000} against {contest.Champion.LogLoss:0.000}";
        bool beyondNoise = contest.Auc is { High: < 0, Value: < -Trifle } || contest.LogLoss is { Low: > 0, Value: > Trifle };
        bool grossly = contest.Auc.Value < -Gross || contest.LogLoss.Value > Gross;
        return beyondNoise || grossly
            ? (false, $"it is worse than the model in use{(beyondNoise ? " beyond noise" : "")}: {figures}")
            : (true, $"it is not worse than the model in use: {figures}");
    }
}
