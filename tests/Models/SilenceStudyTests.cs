using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Histories;
using Personalization.Models.Training;
using Personalization.Models.Trees;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Personalization.Tests.Models;

/// <summary>Where the truth is known: how early warnings come, how many are right, how many leavers they catch.</summary>
public class SilenceStudyTests(ITestOutputHelper output)
{
    const int Horizon = 60,
        Live = 420,
        End = 600;

    static readonly int[] Cutoffs =
    [
        DepartingShop.Day(270),
        DepartingShop.Day(300),
        DepartingShop.Day(330),
        DepartingShop.Day(360),
    ];

    readonly record struct Warning(Departing Of, int Time, bool LaterPurchase);

    [Fact]
    public void R31_warnings_come_on_average_before_the_departure_and_one_own_interval()
    {
        var shop = DepartingShop.Customers(1500);
        var model = Train(shop, Cutoffs);
        var warnings = shop.SelectMany(customer => WarningsOf(model, customer)).ToList();
        var right = warnings.Where(warning => !warning.LaterPurchase).ToList();
        var leavers = shop.Where(c =>
                c.Departure >= DepartingShop.Day(Live)
                && c.Departure < DepartingShop.Day(End - 2 * Horizon)
                && c.Customer.Purchases[^1].Time >= DepartingShop.Day(Live)
            )
            .ToList();
        double precision = right.Count / (double)warnings.Count;
        double recall = leavers.Count(leaver => right.Any(warning => warning.Of == leaver)) / (double)leavers.Count;
        double days = right.Average(warning => (warning.Time - warning.Of.Departure) / (double)ChurnHistory.Day);
        double intervals = right.Average(warning => (warning.Time - warning.Of.Departure) / warning.Of.Gap / ChurnHistory.Day);
        // Of all silences that began in that time, those that were for good: what warning at random would be right in.
        var silences = shop.SelectMany(c =>
                c.Customer.Purchases.Where(p => p.Time >= DepartingShop.Day(Live) && p.Time < DepartingShop.Day(End))
                    .Select(p => p == c.Customer.Purchases[^1])
            )
            .ToList();
        double chance = silences.Count(last => last) / (double)silences.Count;
        output.WriteLine(
            $"{warnings.Count} warnings, precision {precision:0.00} (at random {chance:0.00}), recall {recall:0.00} of {leavers.Count} leavers, "
                + $"on average {days:0.0} days ({intervals:0.00} own intervals) after the departure"
        );
        intervals.ShouldBeLessThan(1);
        precision.ShouldBeGreaterThan(2.5 * chance);
        recall.ShouldBeGreaterThan(0.8);
    }

    [Fact]
    public void R72_a_model_trained_anew_recovers_from_a_shop_that_has_changed()
    {
        const int change = 380;
        var shop = DepartingShop.Customers(1500, (change, 2.5));
        var before = Train(shop, Cutoffs[..2]);
        var again = Train(shop, [DepartingShop.Day(400), DepartingShop.Day(430), DepartingShop.Day(460)]);
        var later = Snapshots.Stack(shop.Select(c => c.Customer), [DepartingShop.Day(560)], Horizon);
        var contest = Contest.Of(ChurnComparison.Predict(again, later), ChurnComparison.Predict(before, later), later.Labels);
        output.WriteLine(
            $"log loss {contest.Challenger.LogLoss:0.000} again, {contest.Champion.LogLoss:0.000} before: {contest.LogLoss}"
        );
        contest.LogLoss.High.ShouldBeLessThan(0);
        contest.Challenger.CalibrationError.ShouldBeLessThan(contest.Champion.CalibrationError);
    }

    [Fact]
    public void R70_what_happens_later_changes_no_training_row_and_no_model()
    {
        var shop = DepartingShop.Customers(400);
        int known = Cutoffs[^1] + Horizon * ChurnHistory.Day;
        var other = DepartingShop.Customers(400, seed: 2);
        // From the end of the last window on, everybody lives somebody else's life.
        var changed = shop.Zip(other, (c, o) =>
            c.Customer with
            {
                Purchases =
                [
                    .. c.Customer.Purchases.Where(p => p.Time < known),
                    .. o.Customer.Purchases.Where(p => p.Time >= known),
                ],
                VisitDays =
                [
                    .. c.Customer.VisitDays.Where(d => d < known / ChurnHistory.Day),
                    .. o.Customer.VisitDays.Where(d => d >= known / ChurnHistory.Day),
                ],
            }
        );
        var (rows, same) = (
            Snapshots.Stack(shop.Select(c => c.Customer), Cutoffs, Horizon),
            Snapshots.Stack(changed, Cutoffs, Horizon)
        );
        same.Rows.ShouldBe(rows.Rows);
        same.Labels.ShouldBe(rows.Labels);
        Saved(same).ShouldBe(Saved(rows));
    }

    [Fact]
    public void R70_customers_imported_in_another_order_get_the_same_risks()
    {
        var shop = DepartingShop.Customers(400).ConvertAll(c => c.Customer);
        var model = Trained(Snapshots.Stack(shop, Cutoffs, Horizon), 60);
        var random = new Random(3);
        foreach (var customer in shop.Take(100))
        {
            var history = new HistoryBuilder();
            Purchase[] shuffled = [.. customer.Purchases];
            random.Shuffle(shuffled);
            foreach (var purchase in shuffled)
                history.Add(customer.Number, purchase);
            var built = history.Build().Single();
            model
                .Assess(new(built.Purchases, [], customer.VisitDays, built.FirstSeen), Cutoffs[^1])
                .ShouldBe(model.Assess(customer.History, Cutoffs[^1]));
        }
    }

    static byte[] Saved(Snapshots rows)
    {
        using var file = new MemoryStream();
        Trained(rows, 60).Save(file);
        return file.ToArray();
    }

    static ChurnModel Train(List<Departing> shop, int[] cutoffs) =>
        Trained(Snapshots.Stack(shop.Select(c => c.Customer), cutoffs, Horizon), 600);

    static ChurnModel Trained(Snapshots rows, int rounds) =>
        ChurnTrees.Fit(new(rows, rows, Horizon, "v", new() { Rounds = rounds })).Model;

    // As the server does it: after each visit the next crossing is worked out, and what happens before it takes it back.
    static IEnumerable<Warning> WarningsOf(ChurnModel model, Departing customer)
    {
        var purchases = customer.Customer.Purchases;
        int warnedAt = 0;
        int[] looks =
        [
            DepartingShop.Day(Live),
            .. customer
                .Customer.VisitDays.Select(day => (day + 1) * ChurnHistory.Day)
                .Where(time => time > DepartingShop.Day(Live)),
            int.MaxValue,
        ];
        for (int i = 0; i + 1 < looks.Length && looks[i] < DepartingShop.Day(End); i++)
        {
            int bought = purchases.Count(p => p.Time < looks[i]);
            // One warning per silence, of silences that began under the server's eyes.
            if (bought == 0 || purchases[bought - 1].Time < Math.Max(warnedAt, DepartingShop.Day(Live)))
                continue;
            if (
                model.NextCrossing(customer.Customer.History, looks[i]) is not { } crossing
                || crossing >= looks[i + 1]
                || crossing >= DepartingShop.Day(End)
            )
                continue;
            warnedAt = crossing;
            yield return new(customer, crossing, purchases[^1].Time >= crossing);
        }
    }
}
