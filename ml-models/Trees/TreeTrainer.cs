using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;
using Personalization.Models.Training;

namespace Personalization.Models.Trees;

/// <summary>Trees that ML.NET has grown.</summary>
/// <param name="Ensemble">Its trees; their leaves add up to a score.</param>
/// <param name="Scale">From that score to log-odds.</param>
/// <param name="Offset">Log-odds where that score is 0.</param>
/// <param name="Save">Writes the model as ML.NET's own tools open it: a zip file.</param>
sealed record GrownTrees(TreeEnsemble<RegressionTree> Ensemble, double Scale, double Offset, Action<Stream> Save);

/// <summary>ML.NET's trainers of gradient boosted trees, each with the settings that cross-validation found for it.</summary>
/// <param name="Name">As shown.</param>
/// <param name="Grow">
/// Grows so many trees; fewer where rows that it does not learn from (null: none) say that more do not help.
/// </param>
sealed record TreeTrainer(string Name, Func<Snapshots, BoostingSettings, int, Snapshots?, GrownTrees> Grow)
{
    public static TreeTrainer LightGbm { get; } = new("LightGBM", GrowLightGbm);

    public static TreeTrainer FastTree { get; } = new("FastTree", GrowFastTree);

    /// <summary>Whether LightGBM's native library can be loaded: its package holds one for x64 alone, which on Linux needs libgomp.</summary>
    public static bool LightGbmLoads { get; } =
        NativeLibrary.TryLoad("lib_lightgbm", typeof(LightGbmBinaryTrainer).Assembly, null, out _);

    public static TreeTrainer Default => LightGbmLoads ? LightGbm : FastTree;

    static GrownTrees GrowLightGbm(Snapshots train, BoostingSettings settings, int trees, Snapshots? held)
    {
        var context = new MLContext(settings.Seed);
        var view = TreeRows.View(context, train);
        var options = new LightGbmBinaryTrainer.Options
        {
            NumberOfIterations = trees,
            NumberOfLeaves = 1 << settings.Depth,
            LearningRate = settings.LearningRate,
            MinimumExampleCountPerLeaf = settings.RowsPerLeaf,
            Sigmoid = 1,
            Seed = settings.Seed,
            Deterministic = true,
            // Its idle threads spin: beside a busy server several take longer than one.
            NumberOfThreads = 1,
            EarlyStoppingRound = held is null ? 0 : settings.Patience,
            HandleMissingValue = false,
            Booster = new GradientBooster.Options
            {
                MaximumTreeDepth = settings.Depth,
                MinimumChildWeight = 1,
                L2Regularization = settings.Lambda,
                FeatureFraction = settings.Columns,
                SubsampleFraction = settings.Subsample,
                SubsampleFrequency = 1,
            },
        };
        return Read(
            context,
            view,
            context.BinaryClassification.Trainers.LightGbm(options).Fit(view, held is null ? null : TreeRows.View(context, held))
        );
    }

    static GrownTrees GrowFastTree(Snapshots train, BoostingSettings settings, int trees, Snapshots? held)
    {
        var context = new MLContext(settings.Seed);
        var view = TreeRows.View(context, train);
        var options = new FastTreeBinaryTrainer.Options
        {
            NumberOfTrees = trees,
            NumberOfLeaves = 1 << settings.Depth,
            LearningRate = settings.LearningRate,
            MinimumExampleCountPerLeaf = settings.RowsPerLeaf,
            // Its columns are drawn once for each tree from all of them, the useless ones too: fewer suffice than LightGBM needs.
            FeatureFraction = settings.Columns * 2 / 3,
            BaggingSize = 1,
            BaggingExampleFraction = settings.Subsample,
            Seed = settings.Seed,
            FeatureSelectionSeed = settings.Seed,
        };
        return Read(context, view, context.BinaryClassification.Trainers.FastTree(options).Fit(view));
    }

    // The calibrator says sigmoid(-(slope * score + offset)).
    static GrownTrees Read<TModel>(
        MLContext context,
        IDataView view,
        BinaryPredictionTransformer<CalibratedModelParametersBase<TModel, PlattCalibrator>> trained
    )
        where TModel : TreeEnsembleModelParametersBasedOnRegressionTree =>
        new(
            trained.Model.SubModel.TrainedTreeEnsemble,
            -trained.Model.Calibrator.Slope,
            -trained.Model.Calibrator.Offset,
            stream => context.Model.Save(trained, view.Schema, stream)
        );
}
