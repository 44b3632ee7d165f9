using Microsoft.ML;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms;
using Personalization.Churn;
using Personalization.Models.Trees;
using Standardised = Microsoft.ML.Transforms.NormalizingTransformer.AffineNormalizerModelParameters<System.Collections.Immutable.ImmutableArray<float>>;

namespace Personalization.Models.Training;

/// <summary>
/// What any shop could do without trees: ML.NET's logistic regression on log(1 + x) of a few features, standardised on the
/// training rows. A model must beat it to be useful.
/// </summary>
static class Baseline
{
    // A weight of one standard deviation is drawn towards 0 as much as half its square.
    const float Penalty = 1;

    public static TrainedChurn Fit(string method, ChurnTask task, ChurnFeature[] features)
    {
        var started = Environment.CpuUsage.TotalTime;
        double[] heldOut = CrossValidation.HeldOut(task.Train.Customers, task.Settings.Seed, (kept, held) =>
        {
            // A fold may hold all customers of a very small shop: even odds.
            if (kept.Length == 0)
                return new double[held.Length];
            var (bias, terms, _) = Learn(task.Train.Take(kept), task, features);
            return [.. held.Select(row => bias + terms.Score(task.Train.Row(row)))];
        });
        var (whole, own, save) = Learn(task.Train, task, features);
        using var zip = new MemoryStream();
        save(zip);
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
        ) with
        {
            Zip = zip.ToArray(),
        };
    }

    static (double Bias, RiskTerms Terms, Action<Stream> Save) Learn(Snapshots train, ChurnTask task, ChurnFeature[] features)
    {
        var context = new MLContext(task.Settings.Seed);
        var view = TreeRows.View(context, train, features);
        var model = context
            .Transforms.Expression("Logarithms", "x => ln(1 + max(0, x))", "Features")
            .Append(context.Transforms.NormalizeMeanVariance("Standardised", "Logarithms", fixZero: false))
            .AppendCacheCheckpoint(context)
            .Append(
                context.BinaryClassification.Trainers.LbfgsLogisticRegression(
                    new LbfgsLogisticRegressionBinaryTrainer.Options
                    {
                        FeatureColumnName = "Standardised",
                        L1Regularization = 0,
                        L2Regularization = Penalty,
                        OptimizationTolerance = 1e-9f,
                        NumberOfThreads = 1,
                    }
                )
            )
            .Fit(view);
        var regression = model.LastTransformer.Model.SubModel;
        var scale = (Standardised)model.OfType<NormalizingTransformer>().Single().GetNormalizerModelParameters(0);
        // ML.NET keeps no offsets where all of them are 0.
        FeatureTerm[] terms =
        [
            .. features.Select(
                (feature, j) =>
                    new FeatureTerm(
                        feature,
                        true,
                        scale.Offset.ElementAtOrDefault(j),
                        regression.Weights[j] * (double)scale.Scale[j]
                    )
            ),
        ];
        return (regression.Bias, new(terms, null, task.HorizonDays), stream => context.Model.Save(model, view.Schema, stream));
    }
}
