using FsCheck;
using FsCheck.Fluent;
using Personalization.Churn;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Churn;

public class ForestTests
{
    [Fact]
    public void Contributions_sum_to_the_score_less_the_expectation() =>
        Prop.ForAll<int, byte>(
                (seed, shape) =>
                {
                    // Depths on both sides of the one up to which trees are filled up, and features that repeat on one way down.
                    int features = 1 + shape % 7;
                    var forest = SampleForest.Random(seed, trees: 6, depth: 1 + shape % 8, features);
                    float[] row = SampleForest.Row(seed, features);
                    var contributions = new double[features];
                    TreeShap.Explain(forest, row, contributions);
                    (forest.Expectation + contributions.Sum()).ShouldBe(forest.Score(row), 1e-6);
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Contributions_are_the_Shapley_values_of_the_trees_conditional_expectation()
    {
        const int features = 4;
        for (int seed = 0; seed < 30; seed++)
        {
            var forest = SampleForest.Random(seed, trees: 1, depth: 4, features);
            float[] row = SampleForest.Row(seed + 100, features);
            var fast = new double[features];
            TreeShap.Explain(forest, row, fast);
            for (int feature = 0; feature < features; feature++)
                fast[feature].ShouldBe(Shapley(seed, row, feature, features), 1e-6);
        }
    }

    [Fact]
    public void A_saved_forest_scores_as_before()
    {
        var forest = SampleForest.Random(3, features: 5);
        using var file = new MemoryStream();
        using (var writer = new BinaryWriter(file, System.Text.Encoding.UTF8, leaveOpen: true))
            forest.Save(writer);
        file.Position = 0;
        using var reader = new BinaryReader(file);
        var loaded = Forest.Load(reader, [0, 1, 2, 3, 4], 5);
        loaded.Trees.ShouldBe(forest.Trees);
        loaded.Expectation.ShouldBe(forest.Expectation);
        for (int seed = 0; seed < 50; seed++)
            loaded.Score(SampleForest.Row(seed, 5)).ShouldBe(forest.Score(SampleForest.Row(seed, 5)));
    }

    [Fact]
    public void Arrays_that_lead_round_in_circles_are_refused()
    {
        ForestNode[] circle = [new(1, 1, 0, 0, false), new(0.5f, 0, 0, -1, false)];
        Should.Throw<InvalidDataException>(() => new Forest(circle, [2, 1], [0], 0, 1));
    }

    // From the definition: over all subsets of the other features, the expectation with and without this one. The same
    // random numbers as SampleForest draws describe the tree once more, as a function of what is known.
    static double Shapley(int seed, float[] row, int feature, int features)
    {
        double total = 0;
        for (int subset = 0; subset < 1 << features; subset++)
        {
            if ((subset >> feature & 1) != 0)
                continue;
            int size = int.PopCount(subset);
            double weight = Factorial(size) * Factorial(features - size - 1) / Factorial(features);
            double with = Expectation(seed, row, subset | 1 << feature, features);
            total += weight * (with - Expectation(seed, row, subset, features));
        }
        return total;
    }

    static double Expectation(int seed, float[] row, int known, int features)
    {
        var random = new Random(seed);
        return Descend(4, 64);

        double Descend(int room, float weight)
        {
            float value = (float)(random.NextDouble() - 0.5);
            if (room == 0 || random.Next(5) == 0)
                return value;
            float left = weight * (float)(0.1 + 0.8 * random.NextDouble());
            float threshold = random.Next(4) == 0 ? random.NextSingle() : random.Next(120);
            double below = Descend(room - 1, left),
                above = Descend(room - 1, weight - left);
            int feature = random.Next(features);
            bool missingLeft = random.Next(2) == 0;
            if ((known >> feature & 1) == 0)
                return (below * left + above * (weight - left)) / weight;
            return float.IsNaN(row[feature]) ? (missingLeft ? below : above)
                : row[feature] < threshold ? below
                : above;
        }
    }

    static double Factorial(int n) => n < 2 ? 1 : n * Factorial(n - 1);
}
