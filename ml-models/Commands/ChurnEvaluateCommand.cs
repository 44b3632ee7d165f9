using System.Globalization;
using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Histories;
using Personalization.Models.Reports;
using Personalization.Models.Training;
using Personalization.Models.Trees;
using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>What "evaluate churn" was asked for.</summary>
/// <param name="Json">File for all figures; null: none.</param>
/// <param name="Report">File of the report.</param>
sealed record ChurnEvaluateRequest(
    List<TrainingCustomer> Customers,
    int HorizonDays,
    BoostingSettings Settings,
    string? Json,
    string Report
);

/// <summary>"evaluate churn": the methods side by side on later days; nothing is registered.</summary>
sealed class ChurnEvaluateCommand(IAnsiConsole console)
{
    public int Run(ChurnEvaluateRequest request, IReadOnlyCollection<int> trainCutoffs, int testCutoff)
    {
        var (customers, horizonDays, settings, json, report) = request;
        int[] cutoffs = [.. trainCutoffs.Distinct().Order()];
        if (cutoffs.Length == 0 || cutoffs[^1] + (long)horizonDays * ChurnHistory.Day > testCutoff)
            throw new InvalidOperationException(
                "The window after the last training cutoff reaches past the test cutoff: labels would be known that were not."
            );
        var snapshots = Snapshots.Stack(customers, [.. cutoffs, testCutoff], horizonDays);
        var (train, test) = (snapshots.Of(cutoffs), snapshots.Of([testCutoff]));
        if (train.Count == 0 || test.Count == 0)
            throw new InvalidOperationException(
                Range(customers) is var (first, last)
                    ? $"There were no buyers by {(train.Count == 0 ? Day(cutoffs[^1]) : Day(testCutoff))}: the purchases are of {Day(first)} to {Day(last)}."
                    : "The file tells of no purchase."
            );
        foreach (var (rows, when) in ((Snapshots, string)[])[(train, "the training cutoffs"), (test, "the test cutoff")])
            if (rows.Churned == 0 || rows.Churned == rows.Count)
                throw new InvalidOperationException(
                    $"Of {rows.Count} customers at {when} {rows.Churned} churned: there is nothing to tell apart."
                );
        var comparison = ModelTables.Steps(console, progress =>
            ChurnComparison.Run(train, test, horizonDays, "evaluation", settings, progress)
        );
        Print(customers, train, test, testCutoff, horizonDays, comparison);
        Report(report, train, test, cutoffs, horizonDays, comparison);
        ModelTables.Save(
            json,
            new
            {
                Splits = (object[])[.. cutoffs.Select(cutoff => Split("train", cutoff)), Split("test", testCutoff)],
                Methods = comparison.Methods.Select(Figures),
                Best = comparison.Best.Method,
            }
        );
        return 0;

        object Split(string name, int cutoff)
        {
            var rows = snapshots.Of([cutoff]);
            return new
            {
                name,
                Cutoff = Day(cutoff),
                Rows = rows.Count,
                rows.Churned,
            };
        }
    }

    void Print(
        List<TrainingCustomer> customers,
        Snapshots train,
        Snapshots test,
        int testCutoff,
        int horizonDays,
        ChurnComparison comparison
    )
    {
        console.MarkupLineInterpolated(
            $"{train.Count:N0} rows to learn from, {test.Count:N0} to judge by; of these {test.Churned:N0} churned."
        );
        int last = Range(customers)!.Value.Last;
        if (last < testCutoff + (horizonDays - 1L) * ChurnHistory.Day)
            console.MarkupLineInterpolated(
                $"[yellow]The last purchase is of {Day(last)}, before the test window ends: who bought later counts as churned.[/]"
            );
        ModelTables.Methods(console, comparison.Methods);
        if (ChurnTrees.Obstacle(train) is { } obstacle)
            console.MarkupLineInterpolated($"[yellow]{obstacle}[/] No trees were grown.");
        else
            console.MarkupLineInterpolated($"{ChurnTrees.Trainer}");
        var (name, model) = (comparison.Best.Method, comparison.Best.Model);
        console.MarkupLineInterpolated(
            $"Best on the training rows: {name} ({comparison.Best.Trees} trees, {model.Calibration.Method} calibration, warning threshold {model.Threshold:0.000})."
        );
        foreach (string other in comparison.Methods.Select(method => method.Method).Where(other => other != name))
            console.MarkupLineInterpolated(
                $"AUC of {name} less that of {other}, paired: {comparison.AucDifference(name, other, test.Labels).ToString()}."
            );
        var (expected, actual) = ChurnComparison.Value(model, test);
        console.MarkupLineInterpolated($"Spend within the horizon: {expected:N0} expected, {actual:N0} came.");
    }

    void Report(string path, Snapshots train, Snapshots test, int[] cutoffs, int horizonDays, ChurnComparison comparison)
    {
        var page = new HtmlPage("Churn: methods compared").Facts(
            ("learned at", string.Join(", ", cutoffs.Select(Day))),
            ("judged at", Day(test.Cutoffs[0])),
            ("horizon", $"{horizonDays} days"),
            ("rows to learn from", string.Create(CultureInfo.InvariantCulture, $"{train.Count:N0}, {train.Churned:N0} churned")),
            ("customers judged", string.Create(CultureInfo.InvariantCulture, $"{test.Count:N0}, {test.Churned:N0} churned")),
            ("best on the training rows", comparison.Best.Method)
        );
        page.Methods([.. comparison.Methods.Zip(comparison.Risks, (result, risks) => new Judgement(result, risks))], test.Labels);
        page.Importance(comparison.Best.Model, test).Save(path);
        console.MarkupLineInterpolated($"Report: {path}");
    }

    internal static (int First, int Last)? Range(List<TrainingCustomer> customers)
    {
        var buyers = customers.Where(customer => customer.Purchases.Length > 0).ToList();
        return buyers.Count == 0
            ? null
            : (buyers.Min(buyer => buyer.Purchases[0].Time), buyers.Max(buyer => buyer.Purchases[^1].Time));
    }

    internal static object Figures(MethodResult method) =>
        new
        {
            Name = method.Method,
            method.All.Auc,
            AucLow = Finite(method.Auc?.Low),
            AucHigh = Finite(method.Auc?.High),
            AucActive180 = method.Active?.Auc,
            method.All.AveragePrecision,
            method.All.LogLoss,
            method.All.Brier,
            Ece = method.All.CalibrationError,
            Lift10 = Finite(method.All.Lift10),
            method.FitSeconds,
            NsPerRow = method.NanosecondsPerRow > 0 ? method.NanosecondsPerRow : (double?)null,
        };

    // JSON knows no NaN: what could not be worked out is null.
    static double? Finite(double? value) => value is { } known && double.IsFinite(known) ? known : null;

    internal static string Day(int seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
