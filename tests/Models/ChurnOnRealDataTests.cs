using System.Globalization;
using System.IO.Compression;
using Personalization.Churn;
using Personalization.Models;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Personalization.Tests.Models;

public class ChurnOnRealDataTests(ITestOutputHelper output)
{
    private static readonly int Cutoff = Seconds("1998-01-01");

    [Fact]
    public void R71_on_CDNOW_the_snapshots_are_the_reference_ones_row_by_row()
    {
        if (ReferenceData.Find("cdnow-master.txt.gz", output) is not { } file
            || ReferenceData.Find("churn-cdnow-splits.csv.gz", output) is not { } splits)
            return;
        var snapshots = Snapshots.Stack(TransactionFile.Read(file, "cdnow"), [Cutoff], 180);
        var rows = Enumerable.Range(0, snapshots.Count).ToDictionary(i => snapshots.Customers[i]);
        using var reader = new StreamReader(new GZipStream(File.OpenRead(splits), CompressionMode.Decompress));
        reader.ReadLine();
        int seen = 0;
        var wrong = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            // customer,cutoff,churn,count,spend_future,n,tx_days,T_days,spend,…
            string[] fields = line.Split(',');
            if (fields[1] != "1998-01-01")
                continue;
            int row = rows[long.Parse(fields[0], CultureInfo.InvariantCulture)];
            float[] reference = [.. fields[5..9].Select(field => float.Parse(field, CultureInfo.InvariantCulture))];
            bool same = snapshots.Labels[row] == (fields[2] == "1")
                && snapshots.Value(row, ChurnFeature.PurchaseDays) == reference[0]
                && snapshots.Value(row, ChurnFeature.RepeatSpan) == reference[1]
                && snapshots.Value(row, ChurnFeature.Tenure) == reference[2]
                && Math.Abs(snapshots.Value(row, ChurnFeature.Spend) - reference[3]) < 0.01;
            if (!same)
                wrong.Add(fields[0]);
            seen++;
        }
        wrong.ShouldBeEmpty();
        seen.ShouldBe(snapshots.Count);
    }

    [Fact]
    public void R71_on_CDNOW_trees_reach_the_reference_and_beat_both_baselines()
    {
        if (ReferenceData.Find("cdnow-master.txt.gz", output) is not { } file)
            return;
        int[] cutoffs = [Seconds("1997-05-06"), Seconds("1997-07-05")];
        var all = Snapshots.Stack(TransactionFile.Read(file, "cdnow"), [.. cutoffs, Cutoff], 180);
        var (train, test) = (all.Of(cutoffs), all.Of([Cutoff]));
        (train.Count, test.Count, test.Churned).ShouldBe((47_140, 23_570, 18_207));

        // No cross-validation here, to keep the test short: the rounds are those it finds.
        var data = new BinnedColumns(train.Rows, ChurnFeatures.Count);
        var trees = new BoostedTrees(data, train.Labels, [.. Enumerable.Range(0, train.Count)], new());
        while (trees.Rounds < 168)
            trees.Boost();
        var model = new ChurnModel("cdnow", 180, 0.5f, trees.ToForest(), Calibration.None, PopulationFit.Fit(train, 180));
        var own = ChurnComparison.Judge("trees", test, ChurnComparison.Predict(model, test));
        var rfm = ChurnComparison.Judge("RFM", test, Baseline.Rfm(train).Predict(test));
        var recency = ChurnComparison.Judge("recency", test, Baseline.Recency(train).Predict(test));
        output.WriteLine($"AUC {own.All.Auc:0.0000} (RFM {rfm.All.Auc:0.0000}, recency {recency.All.Auc:0.0000}), "
            + $"log loss {own.All.LogLoss:0.0000}, active 180 days {own.Active!.Auc:0.0000}");
        recency.All.Auc.ShouldBe(0.795, 0.0006);
        rfm.All.Auc.ShouldBe(0.804, 0.0006);
        rfm.All.LogLoss.ShouldBe(0.422, 0.0006);
        own.All.Auc.ShouldBeGreaterThan(0.805);
        own.All.LogLoss.ShouldBeLessThan(0.418);
        own.All.Auc.ShouldBeGreaterThan(rfm.All.Auc);
    }

    private static int Seconds(string day) => (int)DateTimeOffset.Parse(
        day, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeSeconds();
}
