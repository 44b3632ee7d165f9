using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Histories;
using Personalization.Models.Training;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Models;

public class ChurnMeasuringTests
{
    const int Day = ChurnHistory.Day;

    [Fact]
    public void Metrics_agree_with_figures_counted_by_hand()
    {
        // Ranked from the top: churn .9, stay .7, churn .7 (a tie), stay .2.
        var metrics = ClassificationMetrics.Of([0.7, 0.9, 0.2, 0.7], [true, true, false, false]);
        metrics.Auc.ShouldBe(3.5 / 4, 1e-12);
        metrics.AveragePrecision.ShouldBe(0.5 * 1 + 0.5 * (2 / 3.0), 1e-12);
        metrics.LogLoss.ShouldBe(-(Math.Log(0.7) + Math.Log(0.9) + Math.Log(0.8) + Math.Log(0.3)) / 4, 1e-12);
        metrics.Brier.ShouldBe((0.09 + 0.01 + 0.04 + 0.49) / 4, 1e-12);
        // Bins .2: |.2-0|, .7: |1.4-1|, .9: |.9-1|.
        metrics.CalibrationError.ShouldBe((0.2 + 0.4 + 0.1) / 4, 1e-12);
    }

    [Fact]
    public void Lift_counts_the_riskiest_tenth_and_shares_what_ties_at_its_border()
    {
        // Twenty rows, the top tenth is two: .9 churned, and one of three at .5 of whom two churned.
        double[] risks = [0.9, 0.5, 0.5, 0.5, .. Enumerable.Repeat(0.1, 16)];
        bool[] churned = [true, true, false, true, .. Enumerable.Repeat(false, 15), true];
        ClassificationMetrics.Of(risks, churned).Lift10.ShouldBe((1 + 2 / 3.0) / 2 / (4 / 20.0), 1e-12);
    }

    [Fact]
    public void A_bootstrap_spans_what_other_samples_of_the_same_customers_would_have_said()
    {
        var random = new Random(3);
        int held = 0;
        for (int sample = 0; sample < 60; sample++)
        {
            bool[] churned = [.. Enumerable.Range(0, 300).Select(_ => random.Next(2) == 0)];
            // Uniform on [0, 1] against uniform on [0.25, 1.25]: the true AUC is 1 - .75² / 2.
            double[] risks = [.. churned.Select(label => random.NextDouble() + (label ? 0.25 : 0))];
            var auc = Bootstrap.Auc(risks, churned);
            auc.Value.ShouldBe(ClassificationMetrics.Of(risks, churned).Auc, 1e-12);
            held += auc.Low <= 0.71875 && auc.High >= 0.71875 ? 1 : 0;
            Bootstrap.AucDifference(risks, risks, churned).ShouldBe(new Interval(0, 0, 0));
        }
        held.ShouldBeGreaterThanOrEqualTo(52);
    }

    [Fact]
    public void Calibration_mends_scores_that_are_too_sure()
    {
        var random = new Random(1);
        double[] truth = [.. Enumerable.Range(0, 20_000).Select(_ => 4 * random.NextDouble() - 2)];
        bool[] labels = [.. truth.Select(z => random.NextDouble() < 1 / (1 + Math.Exp(-z)))];
        var calibration = Calibrating.Platt([.. truth.Select(z => 3 * z + 1)], labels);
        calibration.Slope.ShouldBe(1 / 3.0, 0.02);
        calibration.Offset.ShouldBe(-1 / 3.0, 0.05);
    }

    [Fact]
    public void The_warning_line_catches_most_leavers_for_fewest_stayers_disturbed()
    {
        double[] risks = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4];
        bool[] churned = [true, true, false, true, false, false];
        WarningThreshold.Choose(risks, churned).ShouldBe(0.8f);
        WarningThreshold.Choose([0.3, 0.3], [true, true]).ShouldBe(0.5f);
    }

    [Fact]
    public void Labels_look_at_the_first_day_of_the_window_and_not_at_the_day_after_it()
    {
        int cutoff = 10_100 * Day;
        Label(cutoff).ShouldBe(false);
        Label(cutoff + 30 * Day - 1).ShouldBe(false);
        Label(cutoff + 30 * Day).ShouldBe(true);
        Label(cutoff - 1).ShouldBe(true);

        static bool Label(int time)
        {
            Purchase[] bought = [new(10_000 * Day, 10_000, 1, 1), new(time, 20_000, 1, 1)];
            var customer = new TrainingCustomer(1, bought, [], [], bought[0].Time, []);
            return Snapshots.Stack([customer], [10_100 * Day], 30).Labels.ShouldHaveSingleItem();
        }
    }

    [Fact]
    public void Customers_stand_in_a_snapshot_from_their_first_purchase_on()
    {
        Purchase[] bought = [new(10_050 * Day, 10_000, 1, 1)];
        var snapshots = Snapshots.Stack([new(7, bought, [], [], 0, [])], [10_000 * Day, 10_050 * Day, 10_051 * Day], 30);
        snapshots.Cutoffs.ShouldBe([10_051 * Day]);
        snapshots.Customers.ShouldBe([7L]);
    }

    [Fact]
    public void R71_no_training_window_reaches_the_test_cutoff_and_none_reaches_past_now()
    {
        for (int days = 1; days < 900; days += 7)
        for (int horizon = 14; horizon <= 180; horizon += 83)
        {
            int first = 10_000 * Day + 5000,
                now = first + days * Day + 999;
            if (CutoffPlan.Choose(first, now, horizon) is not { } plan)
            {
                days.ShouldBeLessThan(horizon + Math.Min(horizon / 2, 60) + 2);
                continue;
            }
            (plan.Train[^1] + horizon * Day).ShouldBeLessThanOrEqualTo(plan.Test ?? now);
            ((plan.Test ?? 0) + horizon * Day).ShouldBeLessThanOrEqualTo(now);
            plan.Train.ShouldBeInOrder();
            plan.Train.ShouldAllBe(cutoff => cutoff % Day == 0 && cutoff > first);
        }
    }

    [Fact]
    public void The_shops_averages_foretell_what_stayers_spend()
    {
        var snapshots = Snapshots.Stack(SyntheticShop.Customers(1500), [SyntheticShop.Day(300)], 60);
        var population = PopulationFit.Fit(snapshots, 60);
        population.SpendPerPurchase.ShouldBe(27.5, 0.5);
        // Everybody draws from the same amounts: the own mean says nothing.
        population.SpendWeight.ShouldBeGreaterThan(20);
    }
}
