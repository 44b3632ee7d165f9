using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Training;
using Personalization.Models.Trees;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Models;

public class BoostedTreesTests
{
    private static readonly BoostingSettings Settings = new() { Rounds = 60, Patience = 15 };

    [Fact]
    public void The_same_seed_grows_the_same_trees_and_another_seed_others()
    {
        var train = Snapshots.Stack(SyntheticShop.Customers(400), [SyntheticShop.Day(270)], 60);
        byte[] first = Trained(train, Settings),
            again = Trained(train, Settings);
        again.ShouldBe(first);
        Trained(train, Settings with { Seed = 2 }).ShouldNotBe(first);
    }

    private static byte[] Trained(Snapshots train, BoostingSettings settings)
    {
        using var file = new MemoryStream();
        ChurnTraining.Fit(train, 60, "v", settings).Model.Save(file);
        return file.ToArray();
    }

    [Fact]
    public void R71_trees_beat_recency_where_everybody_has_a_rhythm_of_their_own()
    {
        var all = Snapshots.Stack(
            SyntheticShop.Customers(1500),
            [SyntheticShop.Day(240), SyntheticShop.Day(300), SyntheticShop.Day(420)],
            60
        );
        var (train, test) = (all.Of([SyntheticShop.Day(240), SyntheticShop.Day(300)]), all.Of([SyntheticShop.Day(420)]));
        var comparison = ChurnComparison.Run(train, test, 60, "v", Settings);
        var (recency, rfm, trees) = (comparison.Methods[0].All, comparison.Methods[1].All, comparison.Methods[3].All);
        trees.Auc.ShouldBeGreaterThan(recency.Auc + 0.01);
        trees.Auc.ShouldBeGreaterThan(rfm.Auc);
        trees.LogLoss.ShouldBeLessThan(recency.LogLoss);
    }

    [Fact]
    public void The_forest_scores_raw_rows_as_training_scored_bins()
    {
        var random = new Random(5);
        const int rows = 3000,
            columns = 4;
        var (values, labels) = Noise(random, rows, columns);
        var trees = new BoostedTrees(new(values, columns), Targets(labels), [.. Enumerable.Range(0, rows)], new() { Depth = 4 });
        for (int round = 0; round < 20; round++)
            trees.Boost();
        var forest = trees.ToForest();
        var together = new double[rows];
        forest.Score(values, together);
        for (int row = 0; row < rows; row++)
        {
            forest.Score(values.AsSpan(row * columns, columns)).ShouldBe(trees.Scores[row], 1e-7);
            together[row].ShouldBe(forest.Score(values.AsSpan(row * columns, columns)));
        }
    }

    private static double[] Targets(bool[] labels) => [.. labels.Select(label => label ? 1.0 : 0)];

    [Fact]
    public void Counts_are_foretold_as_means_and_exposure_multiplies_them()
    {
        var random = new Random(8);
        const int rows = 20_000;
        float[] values = [.. Enumerable.Range(0, rows).Select(_ => (float)random.Next(3))];
        double[] exposure = [.. Enumerable.Range(0, rows).Select(_ => 0.5 + random.NextDouble())];
        double[] counts = [.. values.Select((value, i) => Count((1 + 2 * value) * exposure[i]))];
        var trees = new BoostedTrees(
            new(values, 1),
            counts,
            [.. Enumerable.Range(0, rows)],
            new()
            {
                Objective = BoostingObjective.Poisson,
                Columns = 1,
                Depth = 2,
            },
            [.. exposure.Select(e => Math.Log(e))]
        );
        for (int round = 0; round < 120; round++)
            trees.Boost();
        var forest = trees.ToForest();
        for (float value = 0; value < 3; value++)
            Math.Exp(forest.Score([value])).ShouldBe(1 + 2 * value, 0.06 * (1 + 2 * value));

        double Count(double mean)
        {
            int count = 0;
            for (double time = -Math.Log(1 - random.NextDouble()); time < mean; time -= Math.Log(1 - random.NextDouble()))
                count++;
            return count;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_bound_column_moves_the_score_one_way_only_whatever_the_noise(int direction)
    {
        var random = new Random(2);
        const int rows = 4000;
        var (values, labels) = Noise(random, rows, 3);
        int[] all = [.. Enumerable.Range(0, rows)];
        var settings = new BoostingSettings
        {
            Depth = 4,
            Columns = 1,
            MinChildWeight = 1,
            Monotone = [0, direction],
        };
        Falls(Grown(settings), direction).ShouldBe(0);
        // Without the bound, noise does move it both ways: the test could fail.
        Falls(Grown(settings with { Monotone = [] }), direction).ShouldBeGreaterThan(0);

        Forest Grown(BoostingSettings how)
        {
            var trees = new BoostedTrees(new(values, 3), Targets(labels), all, how);
            for (int round = 0; round < 60; round++)
                trees.Boost();
            return trees.ToForest();
        }

        int Falls(Forest forest, int wanted)
        {
            int falls = 0;
            for (int row = 0; row < 200; row++)
            {
                float[] moved = [.. values.AsSpan(row * 3, 3)];
                double before = double.NaN;
                for (moved[1] = 0; moved[1] < 1; moved[1] += 0.01f)
                {
                    double score = forest.Score(moved);
                    falls += wanted * (score - before) < -1e-9 ? 1 : 0;
                    before = score;
                }
            }
            return falls;
        }
    }

    [Fact]
    public void Nobodys_snapshots_stand_on_both_sides_of_a_fold()
    {
        // The label is the customer's alone, and the only feature tells customers apart: a leak would foretell it.
        var random = new Random(6);
        long[] customers = [.. Enumerable.Range(0, 3000).Select(i => (long)(i / 10))];
        var label = customers.Distinct().ToDictionary(customer => customer, _ => random.Next(2) == 0 ? 1.0 : 0);
        var folds = CrossValidation.Run(
            new([.. customers.Select(c => (float)c)], 1),
            [.. customers.Select(c => label[c])],
            customers,
            new()
            {
                Columns = 1,
                Depth = 6,
                MinChildWeight = 0.1,
                Lambda = 0.1,
                Patience = 10,
            }
        );
        folds.Loss.ShouldBeGreaterThan(0.68);
    }

    private static (float[] Values, bool[] Labels) Noise(Random random, int rows, int columns)
    {
        var (values, labels) = (new float[rows * columns], new bool[rows]);
        for (int i = 0; i < values.Length; i++)
            values[i] = random.Next(10) == 0 ? float.NaN : (i % columns == 0 ? random.Next(3) : random.NextSingle());
        for (int row = 0; row < rows; row++)
            labels[row] = random.NextDouble() < (values[row * columns] > 1 ? 0.8 : 0.3);
        return (values, labels);
    }

    [Fact]
    public void Missing_values_go_the_way_that_the_labels_say()
    {
        // Half the rows are missing and all of those churn; nobody else does.
        var values = Enumerable.Range(0, 400).Select(i => i % 2 == 0 ? float.NaN : i % 7).ToArray();
        var labels = Enumerable.Range(0, 400).Select(i => i % 2 == 0).ToArray();
        var trees = new BoostedTrees(
            new(values, 1),
            Targets(labels),
            [.. Enumerable.Range(0, 400)],
            new()
            {
                Depth = 1,
                Subsample = 1,
                Columns = 1,
            }
        );
        for (int round = 0; round < 50; round++)
            trees.Boost();
        var forest = trees.ToForest();
        forest.Score([float.NaN]).ShouldBeGreaterThan(1);
        for (float value = 0; value < 7; value++)
            forest.Score([value]).ShouldBeLessThan(-1);
    }

    [Fact]
    public void Bins_part_values_exactly_where_the_cut_says()
    {
        var random = new Random(1);
        float[] values = [.. Enumerable.Range(0, 5000).Select(i => i % 9 == 0 ? float.NaN : random.Next(700) / 7f)];
        var data = new BinnedColumns(values, 1);
        data.Cuts(0).Length.ShouldBeInRange(200, 254);
        for (int row = 0; row < values.Length; row++)
            if (float.IsNaN(values[row]))
                data.Bins(0)[row].ShouldBe(BinnedColumns.Missing);
            else
                ((int)data.Bins(0)[row]).ShouldBe(data.Cuts(0).Count(cut => cut <= values[row]));
    }
}
