using Personalization.Churn;
using Personalization.Models.Evaluation;

namespace Personalization.Models.Training;

/// <summary>Calibration of scores on rows the model did not learn from.</summary>
public static class Calibrating
{
    /// <summary>
    /// Platt's sigmoid, or the isotonic line where it is better beyond noise on customers that were held back: two numbers
    /// hold where no score was seen, a line of many points does not.
    /// </summary>
    /// <param name="scores">Of rows the model did not learn from.</param>
    /// <param name="labels">One per row.</param>
    /// <param name="customers">Whose row it is; folds are drawn by customer.</param>
    /// <param name="seed">Of the folds.</param>
    /// <returns>The calibration, fitted to all rows, and each row's risk by one that did not see its customer.</returns>
    public static (Calibration Calibration, double[] HeldOut) Choose(double[] scores, bool[] labels, long[] customers, int seed)
    {
        double[] platt = HeldOut(Platt),
            isotonic = HeldOut(Isotonic.Fit);
        var (difference, error) = PairedLoss.Of(isotonic, platt, labels, customers);
        return difference < -error ? (Isotonic.Fit(scores, labels), isotonic) : (Platt(scores, labels), platt);

        double[] HeldOut(Func<double[], bool[], Calibration> fit) => CrossValidation.HeldOut(customers, seed, (kept, held) =>
            {
                var calibration = fit([.. kept.Select(row => scores[row])], [.. kept.Select(row => labels[row])]);
                return [.. held.Select(row => calibration.Probability(scores[row]))];
            });
    }

    /// <summary>Platt: Probabilistic outputs for support vector machines (1999).</summary>
    public static Calibration Platt(double[] scores, bool[] labels)
    {
        double[] weights = LogisticRegression.Fit(scores, 1, labels, penalty: 1e-6);
        // A slope below zero would turn the order round: such scores say nothing, and are left as they are.
        return weights[0] > 0 ? new(weights[0], weights[1]) : Calibration.None;
    }
}
