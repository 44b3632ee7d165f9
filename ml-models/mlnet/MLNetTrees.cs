using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;
using Personalization.Churn;

namespace Personalization.Models.MLNet;

/// <summary>
/// Trees of ML.NET: grown by it, read out, and from then on a forest like any other. How many trees is decided by customers
/// that were held back, as for the built-in ones.
/// </summary>
internal static class MLNetTrees
{
    private const int MaxTrees = 400;
    private const int Leaves = 4;
    private const double LearningRate = 0.05;

    /// <summary>An ensemble and how its scores become log-odds.</summary>
    internal sealed record Grown(TreeEnsemble<RegressionTree> Ensemble, double Scale, double Offset);

    public static TrainedChurn FastTree(string method, ChurnTask task, Action<double>? progress) =>
        Fit(method, task, progress, GrowFastTree);

    public static TrainedChurn LightGbm(string method, ChurnTask task, Action<double>? progress) =>
        Fit(method, task, progress, GrowLightGbm);

    internal static Grown GrowFastTree(Snapshots train, int trees, int seed)
    {
        var context = new MLContext(seed);
        var model = context
            .BinaryClassification.Trainers.FastTree(
                new FastTreeBinaryTrainer.Options
                {
                    NumberOfTrees = trees,
                    NumberOfLeaves = Leaves,
                    LearningRate = LearningRate,
                    MinimumExampleCountPerLeaf = 20,
                    FeatureFraction = 0.3,
                    Seed = seed,
                    FeatureSelectionSeed = seed,
                }
            )
            .Fit(MLNetRows.View(context, train))
            .Model;
        return Read(model.SubModel.TrainedTreeEnsemble, model.Calibrator);
    }

    internal static Grown GrowLightGbm(Snapshots train, int trees, int seed)
    {
        var context = new MLContext(seed);
        var model = context
            .BinaryClassification.Trainers.LightGbm(
                new LightGbmBinaryTrainer.Options
                {
                    NumberOfIterations = trees,
                    NumberOfLeaves = Leaves,
                    LearningRate = LearningRate,
                    MinimumExampleCountPerLeaf = 20,
                    Seed = seed,
                    Deterministic = true,
                    HandleMissingValue = false,
                    Booster = new GradientBooster.Options { L2Regularization = 5, FeatureFraction = 0.3 },
                }
            )
            .Fit(MLNetRows.View(context, train))
            .Model;
        return Read(model.SubModel.TrainedTreeEnsemble, model.Calibrator);
    }

    // The calibrator says sigmoid(-(slope * score + offset)).
    private static Grown Read(TreeEnsemble<RegressionTree> ensemble, PlattCalibrator calibrator) =>
        new(ensemble, -calibrator.Slope, -calibrator.Offset);

    private static TrainedChurn Fit(
        string method,
        ChurnTask task,
        Action<double>? progress,
        Func<Snapshots, int, int, Grown> grow
    )
    {
        var started = Environment.CpuUsage.TotalTime;
        var (train, seed) = (task.Train, task.Settings.Seed);
        int most = Math.Min(MaxTrees, task.Settings.Rounds);
        var losses = new double[most];
        var paths = new float[train.Count][];
        int fold = 0;
        CrossValidation.HeldOut(train.Customers, seed, (kept, held) =>
        {
            var rows = train.Take(kept);
            var grown = grow(rows, most, seed);
            var forest = FlatForest.Of(grown.Ensemble, grown.Scale, grown.Offset, rows);
            foreach (int row in held)
            {
                paths[row] = Along(forest, train.Row(row), most);
                for (int tree = 0; tree < most; tree++)
                    losses[tree] += PairedLoss.Loss(Calibration.None.Probability(paths[row][tree]), train.Labels[row]);
            }
            progress?.Invoke(++fold / (CrossValidation.Folds + 1.0));
            return new double[held.Length];
        });
        int best = Array.IndexOf(losses, losses.Min());
        var whole = grow(train, best + 1, seed);
        return TrainedChurn.Of(
            method,
            task,
            FlatForest.Of(whole.Ensemble, whole.Scale, whole.Offset, train),
            null,
            [.. paths.Select(path => (double)path[best])],
            started
        );
    }

    // The score after each tree; an ensemble that ended early stays where it is.
    private static float[] Along(Forest forest, ReadOnlySpan<float> row, int most)
    {
        var scores = new float[most];
        double score = forest.Bias;
        for (int tree = 0; tree < most; tree++)
            scores[tree] = (float)(score += tree < forest.Trees ? forest.Leaf(tree, row) : 0);
        return scores;
    }
}
