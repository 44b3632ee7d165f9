using System.Globalization;
using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Histories;
using Personalization.Models.Reports;
using Personalization.Models.Training;
using Personalization.Models.Trees;
using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>
/// "evaluate churn --rolling": the methods judged at the first of every month, each time by what could have been learned by then.
/// No month that can be judged is left out.
/// </summary>
sealed class ChurnRollingCommand(IAnsiConsole console)
{
    // One look: what was judged, and of each method how much better than the regression it ranked the same customers.
    sealed record Look(
        int Cutoff,
        int[] Cutoffs,
        Snapshots Train,
        Snapshots Test,
        ChurnComparison Comparison,
        IReadOnlyDictionary<string, Interval> Differences
    );

    public int Run(ChurnEvaluateRequest request)
    {
        var (customers, horizonDays, settings, json, report) = request;
        var looks = Looks(customers, horizonDays, settings).ToList();
        if (looks.Count == 0)
            throw new InvalidOperationException(
                $"At no first of a month there is enough to learn from before, and {horizonDays} days to judge by after."
            );
        string[] head =
        [
            "judged at",
            "learned from",
            "customers",
            "churned",
            "taken",
            "AUC of RFM logistic",
            "trees less it",
            "taken less it",
        ];
        List<string[]> rows = [.. looks.Select(Row)];
        var table = new Table();
        foreach (string column in head)
            table.AddColumn(column);
        foreach (var row in rows)
            table.AddRow([.. row.Select(cell => cell.EscapeMarkup())]);
        console.Write(table);
        string[] sums =
        [
            Sum(looks, ChurnMethods.Trees, _ => ChurnMethods.Trees),
            Sum(looks, "the method taken", look => look.Comparison.Best.Method),
        ];
        foreach (string sum in sums)
            console.MarkupLineInterpolated($"{sum}");
        new HtmlPage("Churn: month by month")
            .Facts(("horizon", $"{horizonDays} days"), ("compared with", ChurnMethods.Rfm))
            .Table(head, rows)
            .Note(string.Join(" ", sums))
            .Save(report);
        console.MarkupLineInterpolated($"Report: {report}");
        ModelTables.Save(json, new { HorizonDays = horizonDays, Looks = looks.Select(Figures) });
        return 0;
    }

    IEnumerable<Look> Looks(List<TrainingCustomer> customers, int horizonDays, BoostingSettings settings)
    {
        if (ChurnEvaluateCommand.Range(customers) is not var (first, last))
            yield break;
        long end = (last / ChurnHistory.Day + 1L) * ChurnHistory.Day;
        var month = DateTimeOffset.FromUnixTimeSeconds(first).UtcDateTime;
        for (var test = new DateTimeOffset(month.Year, month.Month, 1, 0, 0, 0, TimeSpan.Zero); ; test = test.AddMonths(1))
        {
            long closed = test.AddDays(horizonDays).ToUnixTimeSeconds();
            if (closed > end)
                yield break;
            if (
                CutoffPlan.Choose(first, (int)closed, horizonDays) is { Test: { } cutoff } plan
                && Judge(customers, cutoff, [.. plan.Train], horizonDays, settings) is { } look
            )
                yield return look;
        }
    }

    Look? Judge(List<TrainingCustomer> customers, int cutoff, int[] cutoffs, int horizonDays, BoostingSettings settings)
    {
        var snapshots = Snapshots.Stack(customers, [.. cutoffs, cutoff], horizonDays);
        var (train, test) = (snapshots.Of(cutoffs), snapshots.Of([cutoff]));
        if (ChurnTrees.Obstacle(train) is not null || test.Churned == 0 || test.Churned == test.Count)
            return null;
        var comparison = ModelTables.Progress(console, $"{ChurnEvaluateCommand.Day(cutoff)}", progress =>
            ChurnComparison.Run(train, test, horizonDays, "evaluation", settings, (_, share) => progress(share), timed: false)
        );
        return new(
            cutoff,
            cutoffs,
            train,
            test,
            comparison,
            comparison
                .Methods.Where(method => method.Method != ChurnMethods.Rfm)
                .ToDictionary(
                    method => method.Method,
                    method => comparison.AucDifference(method.Method, ChurnMethods.Rfm, test.Labels)
                )
        );
    }

    static string[] Row(Look look) =>
        [
            ChurnEvaluateCommand.Day(look.Cutoff),
            $"{look.Cutoffs.Length} × {look.Train.Count / look.Cutoffs.Length}",
            $"{look.Test.Count}",
            string.Create(CultureInfo.InvariantCulture, $"{look.Test.Labels.Average(churned => churned ? 1.0 : 0):0.0%}"),
            look.Comparison.Best.Method,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{look.Comparison.Methods.Single(method => method.Method == ChurnMethods.Rfm).All.Auc:0.0000}"
            ),
            look.Differences[ChurnMethods.Trees].ToString(),
            Taken(look)?.ToString() ?? "",
        ];

    static Interval? Taken(Look look) =>
        look.Differences.TryGetValue(look.Comparison.Best.Method, out var difference) ? difference : null;

    static string Sum(List<Look> looks, string name, Func<Look, string> method)
    {
        List<Interval> differences = [.. looks.Select(look => look.Differences.GetValueOrDefault(method(look)))];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"AUC of {name} less that of {ChurnMethods.Rfm}: {differences.Average(one => one.Value):+0.0000;-0.0000} on average of "
                + $"{looks.Count}, above 0 beyond noise in {differences.Count(one => one.Low > 0)}, below in {differences.Count(one => one.High < 0)}."
        );
    }

    static object Figures(Look look) =>
        new
        {
            Cutoff = ChurnEvaluateCommand.Day(look.Cutoff),
            TrainCutoffs = look.Cutoffs.Select(ChurnEvaluateCommand.Day),
            TrainRows = look.Train.Count,
            Rows = look.Test.Count,
            look.Test.Churned,
            Methods = look.Comparison.Methods.Select(ChurnEvaluateCommand.Figures),
            AucLessRfm = look.Differences.Select(one => new
            {
                Name = one.Key,
                one.Value.Value,
                one.Value.Low,
                one.Value.High,
            }),
            Best = look.Comparison.Best.Method,
        };
}
