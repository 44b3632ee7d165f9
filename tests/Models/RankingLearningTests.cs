using Personalization.Models.Recommendations;
using Personalization.Recommendations;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Models;

public class RankingLearningTests
{
    const int Columns = 6,
        Rows = 9;

    static readonly SymmetricBoostingSettings All = new()
    {
        Depth = 3,
        Lists = 1,
        Columns = 1,
        Lambda = 2,
        LearningRate = 0.3,
    };

    [Fact]
    public void A_leaf_holds_the_newton_step_of_its_rows()
    {
        var lists = Draw(300);
        var boosting = new SymmetricBoosting(new(lists), 0, new bool[lists.Lists], All);
        boosting.Boost();

        var leaves = LeavesOf(boosting.ToTrees(1), lists);
        var sums = new Dictionary<float, (double Gradient, double Hessian)>();
        for (int list = 0; list < lists.Lists; list++)
            foreach (var (row, gradient, hessian) in Derivatives(lists, list))
            {
                var sum = sums.GetValueOrDefault(leaves[row]);
                sums[leaves[row]] = (sum.Gradient + gradient, sum.Hessian + hessian);
            }
        sums.Count.ShouldBeGreaterThan(4); // a leaf may be empty
        foreach (var (leaf, (gradient, hessian)) in sums)
            ((double)leaf).ShouldBe(-0.3 * gradient / (hessian + 2), 1e-5);
    }

    [Fact]
    public void The_first_cut_is_the_one_that_gains_most()
    {
        var lists = Draw(300);
        var boosting = new SymmetricBoosting(new(lists), 0, new bool[lists.Lists], All with { Depth = 1 });
        boosting.Boost();
        var leaves = LeavesOf(boosting.ToTrees(1), lists);

        var rows = Enumerable.Range(0, lists.Lists).SelectMany(list => Derivatives(lists, list)).ToArray();
        double Gain(Func<int, bool> isAbove) =>
            rows.GroupBy(row => isAbove(row.Row))
                .Sum(side => Math.Pow(side.Sum(row => row.Gradient), 2) / (side.Sum(row => row.Hessian) + 2));
        double best = Enumerable
            .Range(0, Columns)
            .Max(column => Enumerable.Range(0, 10).Max(cut => Gain(row => lists.Row(row)[column] > cut)));
        Gain(row => leaves[row] == leaves.Max()).ShouldBe(best, 1e-6);
    }

    [Fact]
    public void Trees_find_what_a_score_lacks_and_once_more_the_same()
    {
        var lists = Draw(800);
        bool[] held = [.. Enumerable.Range(0, lists.Lists).Select(list => list % 5 == 0)];
        SymmetricBoosting Grown()
        {
            var boosting = new SymmetricBoosting(new(lists), 0, held, new() { Lambda = 2 });
            for (int i = 0; i < 20; i++)
                boosting.Boost();
            return boosting;
        }
        double before = new SymmetricBoosting(new(lists), 0, held, All).HeldOutLoss(),
            after = Grown().HeldOutLoss();
        after.ShouldBeLessThan(before * 0.9);
        Grown().HeldOutLoss().ShouldBe(after);
    }

    [Fact]
    public void The_blend_ends_where_no_small_step_is_better()
    {
        var lists = Draw(400);
        foreach (int used in (int[])[Columns, 4])
        {
            var weights = ListwiseRegression.Fit(lists, used);
            weights[used..].ShouldAllBe(weight => weight == 0);
            double best = Loss(lists, weights);
            for (int column = 0; column < used; column++)
                foreach (float step in (float[])[-0.01f, 0.01f])
                    Loss(lists, [.. weights.Select((weight, i) => i == column ? weight + step : weight)])
                        .ShouldBeGreaterThan(best);
        }
    }

    /// <summary>Whole numbers from 0 to 9, of which the second column and the third tell what comes next.</summary>
    static CandidateLists Draw(int count)
    {
        var random = new Random(4);
        var lists = new CandidateLists(Columns);
        for (int list = 0; list < count; list++)
        {
            var values = new float[Rows * Columns];
            for (int i = 0; i < values.Length; i++)
                values[i] = random.Next(10);
            var scores = Enumerable
                .Range(0, Rows)
                .Select(row =>
                    values[(row * Columns) + 1] + (values[(row * Columns) + 2] > 6 ? 4 : 0) + (4 * random.NextDouble())
                )
                .ToArray();
            values.CopyTo(lists.Add(Rows, Array.IndexOf(scores, scores.Max())));
            for (int row = 0; row < Rows; row++)
                lists.Change(lists.Start(list) + row)[0] = 0.01f * (list % 3);
        }
        return lists;
    }

    static float[] LeavesOf(SymmetricTrees tree, CandidateLists lists) =>
        [
            .. Enumerable
                .Range(0, lists.Rows)
                .Select(row =>
                {
                    var values = new float[Columns * 8];
                    for (int column = 0; column < Columns; column++)
                        values[column * 8] = lists.Row(row)[column];
                    var answers = new float[8];
                    tree.Score(values, 8, answers);
                    return answers[0];
                }),
        ];

    // The first column is the score to start with, the same for all rows of a list: all are equally likely.
    static IEnumerable<(int Row, double Gradient, double Hessian)> Derivatives(CandidateLists lists, int list) =>
        Enumerable
            .Range(lists.Start(list), Rows)
            .Select(row => (row, (1.0 / Rows) - (row == lists.Target(list) ? 1 : 0), 1.0 / Rows * (1 - (1.0 / Rows))));

    static double Loss(CandidateLists lists, float[] weights) =>
        weights.Sum(weight => weight * weight / 2.0)
        + Enumerable
            .Range(0, lists.Lists)
            .Sum(list =>
            {
                double Score(int row) => weights.Select((weight, i) => (double)weight * lists.Row(row)[i]).Sum();
                double best = Enumerable.Range(lists.Start(list), Rows).Max(Score);
                return Math.Log(Enumerable.Range(lists.Start(list), Rows).Sum(row => Math.Exp(Score(row) - best)))
                    + best
                    - Score(lists.Target(list));
            });
}
