using Microsoft.ML;
using Microsoft.ML.Trainers;
using Personalization.Churn;

namespace Personalization.Models.MLNet;

/// <summary>
/// Logistic regression on all features by ML.NET's L-BFGS: amounts and counts on a logarithmic scale, all standardised,
/// missing values at the mean. What it finds is a model like any other.
/// </summary>
internal static class MLNetLogistic
{
    private sealed record Scale(bool Log, double Mean, double Deviation)
    {
        public float Of(float value) =>
            float.IsNaN(value) || Deviation == 0
                ? 0
                : (float)(((Log ? Math.Log(1 + Math.Max(0, value)) : value) - Mean) / Deviation);
    }

    public static TrainedChurn Fit(string method, ChurnTask task)
    {
        var started = Environment.CpuUsage.TotalTime;
        double[] heldOut = CrossValidation.HeldOut(task.Train.Customers, task.Settings.Seed, (kept, held) =>
        {
            var (bias, terms) = Learn(task.Train.Take(kept), task);
            return [.. held.Select(row => bias + terms.Score(task.Train.Row(row)))];
        });
        var (whole, own) = Learn(task.Train, task);
        return TrainedChurn.Of(method, task, Forest.Constant(whole, ChurnFeatures.Count), own, heldOut, started);
    }

    internal static (double Bias, RiskTerms Terms) Learn(Snapshots train, ChurnTask task)
    {
        Scale[] scales = [.. ChurnFeatures.All.Select(feature => ScaleOf(train, feature.Feature))];
        var context = new MLContext(task.Settings.Seed);
        var view = MLNetRows.View(context, train, row => [.. scales.Select((scale, i) => scale.Of(train.Row(row)[i]))]);
        var model = context
            .BinaryClassification.Trainers.LbfgsLogisticRegression(
                new LbfgsLogisticRegressionBinaryTrainer.Options
                {
                    L1Regularization = 0,
                    L2Regularization = 1,
                    NumberOfThreads = 1,
                }
            )
            .Fit(view)
            .Model.SubModel;
        FeatureTerm[] terms =
        [
            .. scales
                .Select((scale, i) => (scale, i))
                .Where(pair => pair.scale.Deviation > 0 && model.Weights[pair.i] != 0)
                .Select(pair => new FeatureTerm(
                    (ChurnFeature)pair.i,
                    pair.scale.Log,
                    pair.scale.Mean,
                    model.Weights[pair.i] / pair.scale.Deviation
                )),
        ];
        return (model.Bias, new(terms, null, task.HorizonDays));
    }

    private static Scale ScaleOf(Snapshots train, ChurnFeature feature)
    {
        float[] known =
        [
            .. Enumerable.Range(0, train.Count).Select(row => train.Value(row, feature)).Where(value => !float.IsNaN(value)),
        ];
        if (known.Length == 0)
            return new(false, 0, 0);
        bool log = known.Min() >= 0;
        double[] values = [.. known.Select(value => log ? Math.Log(1.0 + value) : value)];
        double mean = values.Average();
        return new(log, mean, Math.Sqrt(values.Average(value => (value - mean) * (value - mean))));
    }
}
