using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Personalization.Churn;
using Personalization.Models.Commands;
using Personalization.Models.Evaluation;
using Personalization.Models.Histories;
using Personalization.Models.Training;
using Personalization.Models.Trees;
using Personalization.Storage.Models;
using Personalization.Tests.Models;
using Shouldly;
using Spectre.Console;
using Xunit;
using Xunit.Abstractions;

namespace Personalization.Tests.MLNet;

public sealed class MLNetMethodsTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    private static readonly int[] Cutoffs = [SyntheticShop.Day(240), SyntheticShop.Day(300)];

    private static ChurnTask Task()
    {
        var all = Snapshots.Stack(SyntheticShop.Customers(400), [.. Cutoffs, SyntheticShop.Day(420)], 60);
        return new(all.Of(Cutoffs), all.Of([SyntheticShop.Day(420)]), 60, "v", new() { Rounds = 60 });
    }

    [Fact]
    public void R71_fast_tree_scores_the_same_in_grains() => ScoresTheSame(MLNetTrees.GrowFastTree);

    [Fact]
    public void R71_light_gbm_scores_the_same_in_grains()
    {
        if (MLNetMethods.LightGbmIsThere())
            ScoresTheSame(MLNetTrees.GrowLightGbm);
        else
            output.WriteLine("Skipped: LightGBM's native library is not there.");
    }

    // ML.NET's own leaves, summed up in its own order, against the flat forest: missing values and values on a threshold too.
    private static void ScoresTheSame(Func<Snapshots, int, int, MLNetTrees.Grown> grow)
    {
        var task = Task();
        var grown = grow(task.Train, 80, 1);
        var forest = FlatForest.Of(grown.Ensemble, grown.Scale, grown.Offset, task.Train);
        forest.Trees.ShouldBe(80);
        using var file = new MemoryStream();
        new ChurnModel("v", 60, 0.5f, forest, Calibration.None, new(60, 25, 2)).Save(file);
        file.Position = 0;
        var model = ChurnModel.Load(file);
        var row = new float[ChurnFeatures.Count];
        int onThreshold = 0;
        for (int i = 0; i < task.Present.Count; i++)
        {
            task.Present.Row(i).CopyTo(row);
            var tree = grown.Ensemble.Trees[i % grown.Ensemble.Trees.Count];
            if (i % 3 == 0 && tree.NumberOfNodes > 0)
            {
                row[tree.NumericalSplitFeatureIndexes[0]] = tree.NumericalSplitThresholds[0];
                onThreshold++;
            }
            if (i % 5 == 0)
                row[(int)ChurnFeature.Recency] = float.NaN;
            double theirs = 1 / (1 + Math.Exp(-(grown.Scale * TheirScore(grown, MLNetRows.Filled(row)) + grown.Offset)));
            ((double)model.Risk(row)).ShouldBe(theirs, 1e-6);
        }
        onThreshold.ShouldBeGreaterThan(20);
    }

    private static double TheirScore(MLNetTrees.Grown grown, float[] row)
    {
        double score = grown.Ensemble.Bias;
        for (int t = 0; t < grown.Ensemble.Trees.Count; t++)
        {
            var tree = grown.Ensemble.Trees[t];
            int node = tree.NumberOfNodes == 0 ? ~0 : 0;
            while (node >= 0)
                node =
                    row[tree.NumericalSplitFeatureIndexes[node]] <= tree.NumericalSplitThresholds[node]
                        ? tree.LeftChild[node]
                        : tree.RightChild[node];
            score += grown.Ensemble.TreeWeights[t] * tree.LeafValues[~node];
        }
        return score;
    }

    [Fact]
    public void R71_the_forest_foretells_what_ML_NETs_own_pipeline_foretells()
    {
        var task = Task();
        var context = new MLContext(1);
        var trained = context
            .BinaryClassification.Trainers.FastTree(numberOfLeaves: 6, numberOfTrees: 40)
            .Fit(MLNetRows.View(context, task.Train));
        var forest = FlatForest.Of(
            trained.Model.SubModel.TrainedTreeEnsemble,
            -trained.Model.Calibrator.Slope,
            -trained.Model.Calibrator.Offset,
            task.Train
        );
        var probabilities = trained.Transform(MLNetRows.View(context, task.Present)).GetColumn<float>("Probability").ToArray();
        for (int i = 0; i < task.Present.Count; i++)
            Calibration.None.Probability(forest.Score(task.Present.Row(i))).ShouldBe(probabilities[i], 1e-6);
    }

    [Fact]
    public void R71_the_regression_serves_as_a_model_of_terms()
    {
        var task = Task();
        var trained = MLNetLogistic.Fit("L-BFGS", task);
        trained.Model.Terms!.Features.Length.ShouldBeGreaterThan(20);
        var risks = ChurnComparison.Predict(trained.Model, task.Present);
        ClassificationMetrics.Of(risks, task.Present.Labels).Auc.ShouldBeGreaterThan(0.9);
        // A logistic regression without bounds on rows it has seen keeps the sum of the labels.
        var (bias, terms) = MLNetLogistic.Learn(task.Train, task);
        Enumerable
            .Range(0, task.Train.Count)
            .Average(i => Calibration.None.Probability(bias + terms.Score(task.Train.Row(i))))
            .ShouldBe(task.Train.Churned / (double)task.Train.Count, 0.01);
    }

    [Fact]
    public void R70_one_command_trains_by_ML_NET_registers_and_compares()
    {
        var shop = SyntheticShop.Customers(300);
        var (code, said) = Run(
            shop,
            "train",
            "churn",
            "--data",
            _data,
            "--now",
            Time(480),
            "--horizon-days",
            "60",
            "--method",
            MLNetMethods.FastTree
        );
        code.ShouldBe(0, said);
        var registry = new ModelRegistry(_data);
        var card = registry.Card(registry.CurrentVersion()!)!;
        card.Trainer.ShouldBe(MLNetMethods.FastTree);
        card.Metrics.Select(method => method.Method).ShouldContain(MLNetMethods.Logistic);
        ModelRegistry.TryLoadCurrent(_data, out _)!.Forest!.Trees.ShouldBeGreaterThan(5);
    }

    [Fact]
    public void R71_ML_NETs_methods_stand_in_the_evaluation()
    {
        string file = Path.Combine(_data, "shop.csv"),
            json = Path.Combine(_data, "figures.json");
        File.WriteAllLines(
            file,
            [
                "customer,time,amount",
                .. SyntheticShop
                    .Customers(300)
                    .SelectMany(customer =>
                        customer.Purchases.Select(purchase =>
                            FormattableString.Invariant($"{customer.Number},{purchase.Time},{purchase.Amount / 10_000m}")
                        )
                    ),
            ]
        );
        var (code, said) = Run(
            [],
            "evaluate",
            "churn",
            "--format",
            "csv",
            "--data",
            file,
            "--horizon-days",
            "60",
            "--json",
            json,
            "--report",
            Path.Combine(_data, "report.html"),
            "--test-cutoff",
            Time(420),
            "--cutoffs",
            Time(360)
        );
        code.ShouldBe(0, said);
        var methods = JsonDocument
            .Parse(File.ReadAllText(json))
            .RootElement.GetProperty("methods")
            .EnumerateArray()
            .ToDictionary(method => method.GetProperty("name").GetString()!, method => method.GetProperty("auc").GetDouble());
        foreach (string method in (string[])[MLNetMethods.FastTree, MLNetMethods.Logistic])
            methods[method].ShouldBeGreaterThan(0.9);
        methods.ContainsKey(MLNetMethods.LightGbm).ShouldBe(MLNetMethods.LightGbmIsThere());
        said.Contains("ML.NET LightGBM was not tried", StringComparison.Ordinal).ShouldBe(!MLNetMethods.LightGbmIsThere());
    }

    private static string Time(int day) => $"{DateTimeOffset.FromUnixTimeSeconds(SyntheticShop.Day(day)):yyyy-MM-dd}";

    private static (int Code, string Said) Run(List<TrainingCustomer> history, params string[] args)
    {
        var said = new StringWriter();
        var console = AnsiConsole.Create(
            new()
            {
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.No,
                Out = new AnsiConsoleOutput(said),
            }
        );
        int code = new ModelCommands(console, TimeProvider.System, (_, _) => history, methods: MLNetMethods.All).Run(args);
        return (code, said.ToString());
    }
}
