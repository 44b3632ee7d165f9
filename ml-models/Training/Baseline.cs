using Personalization.Churn;

namespace Personalization.Models.Training;

/// <summary>
/// What any shop could do without trees: a logistic regression on log(1 + x) of a few features, standardised on the training
/// rows. A model must beat it to be useful.
/// </summary>
public static class Baseline
{
    public static TrainedChurn Fit(string method, ChurnTask task, ChurnFeature[] features)
    {
        var started = Environment.CpuUsage.TotalTime;
        double[] heldOut = CrossValidation.HeldOut(task.Train.Customers, task.Settings.Seed, (kept, held) =>
        {
            var (bias, terms) = Learn(task.Train.Take(kept), task.HorizonDays, features);
            return [.. held.Select(row => bias + terms.Score(task.Train.Row(row)))];
        });
        var (whole, own) = Learn(task.Train, task.HorizonDays, features);
        // A logistic regression is calibrated as it is.
        return TrainedChurn.Of(
            method,
            task,
            Forest.Constant(whole, ChurnFeatures.Count),
            own,
            heldOut,
            [.. heldOut.Select(Calibration.None.Probability)],
            Calibration.None,
            started
        );
    }

    private static (double Bias, RiskTerms Terms) Learn(Snapshots train, int horizonDays, ChurnFeature[] features)
    {
        int width = features.Length;
        var rows = new double[train.Count * width];
        var (means, deviations) = (new double[width], new double[width]);
        for (int j = 0; j < width; j++)
        {
            for (int i = 0; i < train.Count; i++)
                means[j] += (rows[i * width + j] = Math.Log(1 + Math.Max(0, train.Value(i, features[j])))) / train.Count;
            for (int i = 0; i < train.Count; i++)
                deviations[j] += Math.Pow(rows[i * width + j] - means[j], 2) / train.Count;
            deviations[j] = deviations[j] > 0 ? Math.Sqrt(deviations[j]) : 1;
            for (int i = 0; i < train.Count; i++)
                rows[i * width + j] = (rows[i * width + j] - means[j]) / deviations[j];
        }
        var fit = LogisticRegression.Fit(rows, width, train.Labels, penalty: 1);
        FeatureTerm[] terms =
        [
            .. features.Select((feature, j) => new FeatureTerm(feature, true, means[j], fit.Weights[j] / deviations[j])),
        ];
        return (fit.Weights[^1], new(terms, null, horizonDays));
    }
}
