using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Histories;
using Personalization.Models.Training;
using Personalization.Models.Trees;
using Personalization.Support;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Personalization.Tests.Models;

public class ChurnOnRealDataTests(ITestOutputHelper output)
{
    const string Cdnow = "cdnow",
        OnlineRetail = "online-retail";

    static string File(string format) => format == Cdnow ? "cdnow-master.txt.gz" : "online-retail.csv.gz";

    static string Splits(string format) => $"churn-{format}-splits.csv.gz";

    static int Horizon(string format) => format == Cdnow ? 180 : 90;

    [NeedsDataTheory(
        "cdnow-master.txt.gz",
        "churn-cdnow-splits.csv.gz",
        "online-retail.csv.gz",
        "churn-online-retail-splits.csv.gz"
    )]
    [InlineData(Cdnow, 23_570, 16_861, 23_570, 17_227, 23_570, 18_207)]
    [InlineData(OnlineRetail, 2_281, 1_069, 2_574, 1_250, 2_811, 1_463, 3_370, 1_451)]
    public void R71_the_snapshots_are_the_reference_ones_row_by_row(string format, params int[] rowsAndChurned)
    {
        var (snapshots, reference) = Load(format);
        var counts = reference
            .GroupBy(row => row.Cutoff)
            .OrderBy(rows => rows.Key)
            .SelectMany(rows => (int[])[rows.Count(), rows.Count(row => row.Churned)]);
        counts.ShouldBe(rowsAndChurned);
        snapshots.Count.ShouldBe(reference.Count);
        var own = Enumerable.Range(0, snapshots.Count).ToDictionary(i => (snapshots.Customers[i], snapshots.Cutoffs[i]));
        var wrong = new List<long>();
        foreach (var row in reference)
        {
            int i = own[(row.Customer, row.Cutoff)];
            bool same =
                snapshots.Labels[i] == row.Churned
                && snapshots.Value(i, ChurnFeature.PurchaseDays) == row.PurchaseDays
                && snapshots.Value(i, ChurnFeature.RepeatSpan) == row.Span
                && snapshots.Value(i, ChurnFeature.Tenure) == row.Tenure
                && (snapshots.Value(i, ChurnFeature.Recency) <= 180) == row.Active
                && Math.Abs(snapshots.Value(i, ChurnFeature.Spend) - row.Spend) < 1e-4 * (100 + row.Spend);
            if (!same)
                wrong.Add(row.Customer);
        }
        wrong.ShouldBeEmpty();
    }

    [NeedsDataTheory(
        "cdnow-master.txt.gz",
        "churn-cdnow-splits.csv.gz",
        "online-retail.csv.gz",
        "churn-online-retail-splits.csv.gz"
    )]
    [InlineData(Cdnow, 0.788, 0.424, 0.0002)]
    // Nobody seems to leave that shop for good: the likelihood is flat there, and optimisers stop at different places.
    [InlineData(OnlineRetail, 0.733, 0.623, 0.005)]
    public void R25_silence_by_BG_NBD_is_the_reference_one(string format, double auc, double logLoss, double tolerance)
    {
        var (snapshots, reference) = Load(format);
        var test = Test(snapshots);
        double[] risks = Predicted("BG/NBD", test, test, Horizon(format));
        var metrics = ClassificationMetrics.Of(risks, test.Labels);
        metrics.Auc.ShouldBe(auc, 0.0006);
        metrics.LogLoss.ShouldBe(logLoss, 0.0006);
        double[] theirs = Reference(test, reference, row => row.BgNbd);
        risks.Zip(theirs, (own, other) => Math.Abs(own - other)).Average().ShouldBeLessThan(tolerance);
    }

    [NeedsLightGbmTheory(
        "cdnow-master.txt.gz",
        "churn-cdnow-splits.csv.gz",
        "online-retail.csv.gz",
        "churn-online-retail-splits.csv.gz"
    )]
    [InlineData(Cdnow, -0.002, 0.416, 0.04)]
    [InlineData(OnlineRetail, -0.006, 0.592, 0.065)]
    public void R71_what_is_put_in_use_is_not_worse_than_a_reference_XGBoost_and_its_risks_are_true(
        string format,
        double least,
        double logLoss,
        double calibration
    )
    {
        var (snapshots, reference) = Load(format);
        var (test, horizon) = (Test(snapshots), Horizon(format));
        var train = snapshots.Where(i => snapshots.Cutoffs[i] != test.Cutoffs[0]);
        var trained = ChurnMethods.Train(new(train, test, horizon, "v", new()));
        double[] theirs = Reference(test, reference, row => row.XgBoost);
        double simple = ClassificationMetrics.Of(Predicted("RFM logistic", train, test, horizon), test.Labels).Auc;
        Ranks(trained.Single(method => method.Method == ChurnMethods.Trees));
        // The best on the training rows, whichever that is.
        var own = Ranks(ChurnMethods.Best(trained, train));
        own.LogLoss.ShouldBeLessThanOrEqualTo(logLoss);
        own.CalibrationError.ShouldBeLessThanOrEqualTo(calibration);

        ClassificationMetrics Ranks(TrainedChurn method)
        {
            double[] risks = ChurnComparison.Predict(method.Model, test);
            var difference = Bootstrap.AucDifference(risks, theirs, test.Labels);
            var metrics = ClassificationMetrics.Of(risks, test.Labels);
            output.WriteLine(
                $"{method.Method}: AUC {metrics.Auc:0.0000}, less XGBoost's {difference}; log loss {metrics.LogLoss:0.0000} "
                    + $"(XGBoost {ClassificationMetrics.Of(theirs, test.Labels).LogLoss:0.0000}); ECE {metrics.CalibrationError:0.000}"
            );
            difference.Low.ShouldBeGreaterThan(least);
            metrics.Auc.ShouldBeGreaterThan(simple);
            return metrics;
        }
    }

    // The bounds are those of LightGBM's trees.
    sealed class NeedsLightGbmTheoryAttribute : TheoryAttribute
    {
        public NeedsLightGbmTheoryAttribute(params string[] files) =>
            Skip = SharedData.Reason(files) ?? (TreeTrainer.LightGbmLoads ? null : ChurnTrees.Trainer);
    }

    static double[] Predicted(string name, Snapshots train, Snapshots scored, int horizon) =>
        ChurnComparison.Predict(
            ChurnMethods.All.Single(method => method.Name == name).Fit(new(train, scored, horizon, "v", new()), null).Model,
            scored
        );

    static Snapshots Test(Snapshots snapshots)
    {
        int last = snapshots.Cutoffs.Max();
        return snapshots.Where(i => snapshots.Cutoffs[i] == last);
    }

    static double[] Reference(Snapshots test, List<ReferenceRow> reference, Func<ReferenceRow, double> of)
    {
        var predicted = reference.Where(row => row.Cutoff == test.Cutoffs[0]).ToDictionary(row => row.Customer, of);
        return [.. test.Customers.Select(customer => predicted[customer])];
    }

    static (Snapshots Snapshots, List<ReferenceRow> Reference) Load(string format)
    {
        var reference = ReferenceSplits.Read(SharedData.Path(Splits(format)));
        int[] cutoffs = [.. reference.Select(row => row.Cutoff).Distinct().Order()];
        return (
            Snapshots.Stack(TransactionFile.Read(SharedData.Path(File(format)), format), cutoffs, Horizon(format)),
            reference
        );
    }
}
