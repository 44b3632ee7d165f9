using Personalization.Churn;

namespace Personalization.Models;

/// <summary>
/// Calibration of scores on rows the trees did not learn from (Platt: Probabilistic outputs for support vector machines, 1999).
/// </summary>
public static class Platt
{
    public static Calibration Fit(double[] scores, bool[] labels)
    {
        var fit = LogisticRegression.Fit(scores, 1, labels, penalty: 1e-6);
        // A slope below zero would turn the order round: such scores say nothing, and are left as they are.
        return fit.Weights[0] > 0 ? new(fit.Weights[0], fit.Weights[1]) : Calibration.None;
    }
}
