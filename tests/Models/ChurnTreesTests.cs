using Microsoft.ML;
using Microsoft.ML.Data;
using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Training;
using Personalization.Models.Trees;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Models;

public class ChurnTreesTests
{
    static readonly BoostingSettings Settings = new() { Rounds = 60 };
    static readonly int[] Cutoffs = [SyntheticShop.Day(240), SyntheticShop.Day(300)];

    static ChurnTask Task(int customers = 400)
    {
        var all = Snapshots.Stack(SyntheticShop.Customers(customers), [.. Cutoffs, SyntheticShop.Day(420)], 60);
        return new(all.Of(Cutoffs), all.Of([SyntheticShop.Day(420)]), 60, "v", Settings);
    }

    [Fact]
    public void The_same_seed_grows_the_same_trees_and_another_seed_others()
    {
        var task = Task();
        byte[] first = Trained(task);
        Trained(task).ShouldBe(first);
        Trained(task with { Settings = Settings with { Seed = 2 } }).ShouldNotBe(first);

        static byte[] Trained(ChurnTask task)
        {
            using var file = new MemoryStream();
            ChurnTrees.Fit(task).Model.Save(file);
            return file.ToArray();
        }
    }

    [Fact]
    public void R71_trees_beat_recency_where_everybody_has_a_rhythm_of_their_own()
    {
        var task = Task(1500);
        var comparison = ChurnComparison.Run(task.Train, task.Present, 60, "v", Settings);
        var (recency, rfm, trees) = (comparison.Methods[0].All, comparison.Methods[1].All, comparison.Methods[3].All);
        trees.Auc.ShouldBeGreaterThan(recency.Auc + 0.01);
        trees.Auc.ShouldBeGreaterThan(rfm.Auc);
        trees.LogLoss.ShouldBeLessThan(recency.LogLoss);
    }

    [NeedsLightGbmFact]
    public void R71_LightGBMs_saved_model_opens_in_ML_NET_and_says_what_the_flat_forest_says() =>
        SaysTheSame(TreeTrainer.LightGbm);

    [Fact]
    public void R71_FastTrees_saved_model_opens_in_ML_NET_and_says_what_the_flat_forest_says() =>
        SaysTheSame(TreeTrainer.FastTree);

    // Missing values and values on a threshold too.
    static void SaysTheSame(TreeTrainer trainer)
    {
        var task = Task();
        var trained = ChurnTrees.Fit(task, trainer);
        var forest = trained.Model.Forest!;
        forest.Trees.ShouldBeGreaterThan(20);
        var (rows, onThreshold) = (task.Present, 0);
        for (int i = 0; i < rows.Count; i++)
        {
            var row = rows.Rows.AsSpan(i * ChurnFeatures.Count, ChurnFeatures.Count);
            var root = forest.Nodes[forest.Roots[i % forest.Trees]];
            if (i % 3 == 0 && !root.IsLeaf)
            {
                row[root.Feature] = i % 2 == 0 ? root.Threshold : float.BitDecrement(root.Threshold);
                onThreshold++;
            }
            if (i % 5 == 0)
                row[(int)ChurnFeature.Recency] = float.NaN;
        }
        onThreshold.ShouldBeGreaterThan(20);
        float[] theirs = Opened(trained.Zip!, rows);
        for (int i = 0; i < rows.Count; i++)
            Calibration.None.Probability(forest.Score(rows.Row(i))).ShouldBe(theirs[i], 1e-6);
    }

    [Fact]
    public void The_regressions_saved_model_opens_in_ML_NET_and_predicts_what_the_terms_predict()
    {
        var task = Task();
        var trained = ChurnMethods.All.Single(method => method.Name == ChurnMethods.Rfm).Fit(task, null);
        var rows = task.Present;
        for (int i = 0; i < rows.Count; i += 5)
            rows.Rows[i * ChurnFeatures.Count + (int)ChurnFeature.NetSpend] *= -1;
        double[] own = ChurnComparison.Predict(trained.Model, rows);
        (own.Max() - own.Min()).ShouldBeGreaterThan(0.2);
        float[] theirs = Opened(trained.Zip!, rows, [ChurnFeature.Recency, ChurnFeature.PurchaseDays, ChurnFeature.NetSpend]);
        for (int i = 0; i < rows.Count; i++)
            own[i].ShouldBe(theirs[i], 1e-5);
    }

    /// <summary>What ML.NET's own tools predict by a saved model of these features; null: of all.</summary>
    internal static float[] Opened(byte[] zip, Snapshots rows, ChurnFeature[]? features = null)
    {
        var context = new MLContext();
        using var file = new MemoryStream(zip);
        var model = context.Model.Load(file, out var schema);
        var names = default(VBuffer<ReadOnlyMemory<char>>);
        schema["Features"].GetSlotNames(ref names);
        var expected = features ?? ChurnFeatures.All.Select(one => one.Feature);
        names
            .DenseValues()
            .Select(name => name.ToString())
            .ShouldBe(expected.Select(feature => ChurnFeatures.All[(int)feature].Name));
        return [.. model.Transform(TreeRows.View(context, rows, features)).GetColumn<float>("Probability")];
    }

    [Fact]
    public void Missing_values_go_the_way_that_the_labels_say()
    {
        // A feature is missing in half of the rows, and all of those churn; the others do not.
        var train = Task().Train;
        for (int i = 0; i < train.Count; i++)
        {
            train.Rows.AsSpan(i * ChurnFeatures.Count, ChurnFeatures.Count).Clear();
            train.Rows[i * ChurnFeatures.Count + (int)ChurnFeature.GapMean] = (train.Labels[i] = i % 2 == 0) ? float.NaN : i % 7;
        }
        var forest = ChurnTrees.Fit(new(train, train, 60, "v", Settings)).Model.Forest!;
        var row = new float[ChurnFeatures.Count];
        for (float value = 0; value < 7; value++)
        {
            row[(int)ChurnFeature.GapMean] = value;
            forest.Score(row).ShouldBeLessThan(-1);
        }
        row[(int)ChurnFeature.GapMean] = float.NaN;
        forest.Score(row).ShouldBeGreaterThan(1);
    }

    [Fact]
    public void No_customers_snapshots_stand_on_both_sides_of_a_fold()
    {
        long[] customers = [.. Enumerable.Range(0, 3000).Select(i => (long)(i / 10))];
        double[] predictions = CrossValidation.HeldOut(customers, 1, (kept, held) =>
        {
            held.Select(row => customers[row]).Intersect(kept.Select(row => customers[row])).ShouldBeEmpty();
            (kept.Length + held.Length).ShouldBe(customers.Length);
            held.Length.ShouldBeInRange(700, 1300);
            return [.. held.Select(row => (double)row)];
        });
        predictions.ShouldBe(Enumerable.Range(0, 3000).Select(row => (double)row));
    }

    sealed class NeedsLightGbmFactAttribute : FactAttribute
    {
        public NeedsLightGbmFactAttribute() => Skip = TreeTrainer.LightGbmLoads ? null : ChurnTrees.Trainer;
    }
}
