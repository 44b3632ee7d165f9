using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Training;
using Personalization.Tests.Churn;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Personalization.Tests.Models;

public class ChurnMethodsTests(ITestOutputHelper output)
{
    static readonly int[] Cutoffs = [SyntheticShop.Day(240), SyntheticShop.Day(300)];

    static ChurnTask Task(int customers, int seed = 1)
    {
        var all = Snapshots.Stack(SyntheticShop.Customers(customers, seed), [.. Cutoffs, SyntheticShop.Day(420)], 60);
        return new(all.Of(Cutoffs), all.Of([SyntheticShop.Day(420)]), 60, "v", new() { Rounds = 120 });
    }

    [Fact]
    public void R71_a_blend_weighs_its_parts_and_serves_as_one_model()
    {
        var task = Task(600);
        var trained = ChurnMethods.Train(task);
        trained
            .Select(method => method.Method)
            .ShouldBe([ChurnMethods.Recency, ChurnMethods.Rfm, ChurnMethods.Rhythm, ChurnMethods.Trees, ChurnMethods.Blended]);
        var blend = trained[^1].Model;
        blend.Forest!.Trees.ShouldBeGreaterThan(0);
        blend.Terms!.Silence.ShouldNotBeNull();
        // One row or many, the file and the reasons: all of them say the same.
        using var file = new MemoryStream();
        blend.Save(file);
        file.Position = 0;
        var loaded = ChurnModel.Load(file);
        var together = new double[task.Present.Count];
        loaded.Risk(task.Present.Rows, together);
        var contributions = new double[ChurnFeatures.Count];
        double start = double.NaN;
        for (int i = 0; i < together.Length; i++)
        {
            blend.Risk(task.Present.Row(i)).ShouldBe((float)together[i]);
            blend.Explain(task.Present.Row(i), contributions);
            if (together[i] is < 0.001 or > 0.999)
                continue;
            double rest = Math.Log(together[i] / (1 - together[i])) - contributions.Sum();
            rest.ShouldBe(double.IsNaN(start) ? start = rest : start, 1e-4);
        }
    }

    [Fact]
    public void R71_what_is_put_in_use_is_never_meaningfully_worse_than_the_best_of_a_small_shop()
    {
        double sum = 0;
        for (int shop = 1; shop <= 6; shop++)
        {
            var task = Task(150, shop);
            var trained = ChurnMethods.Train(task);
            var best = ChurnMethods.Best(trained, task.Train);
            double least = trained.Min(Loss),
                simple = trained.Where(method => method.Trees == 0).Min(Loss);
            output.WriteLine(
                $"{task.Train.Count} rows: {best.Method} {Loss(best):0.000}, the least {least:0.000}, without trees {simple:0.000}"
            );
            Loss(best).ShouldBeLessThan(simple + 0.005);
            sum += Loss(best) - least;

            double Loss(TrainedChurn method) =>
                ClassificationMetrics.Of(ChurnComparison.Predict(method.Model, task.Present), task.Present.Labels).LogLoss;
        }
        // Hindsight knows the least; on the training rows alone one comes near it.
        (sum / 6).ShouldBeLessThan(0.02);
    }

    [Fact]
    public void R71_within_noise_the_blend_goes_first_and_beyond_it_the_better_one()
    {
        var task = Task(150);
        int rows = task.Train.Count;
        double[] truth = [.. task.Train.Labels.Select(churned => churned ? 0.8 : 0.2)];
        // Nearer for one customer, farther for another.
        double[] nearly =
        [
            .. truth.Select(
                (risk, i) =>
                    i switch
                    {
                        0 => 0.5,
                        10 => task.Train.Labels[10] ? 0.9 : 0.1,
                        _ => risk,
                    }
            ),
        ];
        double[] guess = [.. Enumerable.Repeat(0.5, rows)];
        Best(nearly, truth).ShouldBe(ChurnMethods.Blended);
        Best(guess, truth).ShouldBe(ChurnMethods.Rfm);
        Best(truth, guess).ShouldBe(ChurnMethods.Blended);

        string Best(double[] blend, double[] regression) =>
            ChurnMethods.Best([Trained(ChurnMethods.Rfm, regression), Trained(ChurnMethods.Blended, blend)], task.Train).Method;

        TrainedChurn Trained(string name, double[] heldOut) =>
            new(
                name,
                ChurnModel.Untrained,
                0,
                [],
                heldOut,
                Enumerable.Range(0, rows).Average(i => PairedLoss.Loss(heldOut[i], task.Train.Labels[i])),
                0
            );
    }

    [Fact]
    public void Calibration_is_isotonic_where_no_sigmoid_fits_and_Platts_where_one_does()
    {
        var random = new Random(2);
        double[] scores = [.. Enumerable.Range(0, 6000).Select(_ => 4 * random.NextDouble() - 2)];
        long[] customers = [.. Enumerable.Range(0, 6000).Select(i => (long)i)];
        Func<double, double> stairs =
                score =>
                    score < -1 ? 0.1
                    : score < 1 ? 0.5
                    : 0.9,
            sigmoid = score => 1 / (1 + Math.Exp(-2 * score));

        var chosen = Choose(stairs);
        chosen.Method.ShouldBe("isotonic");
        foreach (double score in (double[])[-1.5, 0, 1.5])
            chosen.Probability(score).ShouldBe(stairs(score), 0.05);
        Enumerable.Range(-30, 60).Select(i => chosen.Probability(i / 10.0)).ShouldBeInOrder();
        chosen.Probability(-100).ShouldBeGreaterThan(0);
        Choose(sigmoid).Method.ShouldBe("Platt");

        Calibration Choose(Func<double, double> truth) =>
            Calibrating.Choose(scores, [.. scores.Select(score => random.NextDouble() < truth(score))], customers, 1).Calibration;
    }

    [Fact]
    public void An_isotonic_model_is_kept_and_one_of_the_first_format_is_still_read()
    {
        var forest = SampleForest.Random(3);
        var model = new ChurnModel("v", 90, 0.5f, forest, new(1, 0, [-1, 0, 2], [0.1, 0.4, 0.8]), new(60, 25, 2));
        using var file = new MemoryStream();
        model.Save(file);
        file.Position = 0;
        ChurnModel.Load(file).Calibration.Probability(1).ShouldBe(0.6, 1e-12);

        using var first = new MemoryStream();
        using (var writer = new BinaryWriter(first, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(0x4E524843);
            writer.Write(1);
            writer.Write("old");
            writer.Write(90);
            writer.Write(0.5f);
            foreach (double number in (double[])[1.5, -0.2, 60, 25, 2])
                writer.Write(number);
            writer.Write(ChurnFeatures.Count);
            foreach (var feature in ChurnFeatures.All)
                writer.Write(feature.Name);
            forest.Save(writer);
        }
        first.Position = 0;
        var old = ChurnModel.Load(first);
        (old.Version, old.Calibration, old.Terms).ShouldBe(("old", new Calibration(1.5, -0.2), null));
    }
}
