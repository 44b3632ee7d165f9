using System.CommandLine;
using System.Globalization;
using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Histories;
using Personalization.Models.Reports;
using Personalization.Models.Training;
using Personalization.Storage.Models;
using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>"compare churn A B": two versions judged on the same customers, and whether they can be told apart.</summary>
sealed class CompareVerb(IAnsiConsole console)
{
    public static Command Of(CommandContext context)
    {
        var first = new Argument<string>("A") { Description = "A version, as shown by list." };
        var second = new Argument<string>("B") { Description = "Another." };
        var churn = new Command("churn", "Two churn models on the newest window that has ended.") { first, second };
        churn
            .With(SharedOptions.Source)
            .SetAction(parsed =>
                new CompareVerb(context.Console).Run(
                    context.Customers(parsed),
                    new(parsed.GetRequiredValue(SharedOptions.Data)),
                    parsed.GetRequiredValue(first),
                    parsed.GetRequiredValue(second),
                    context.Now(parsed)
                )
            );
        return new("compare", "Two versions on the same later days.") { churn };
    }

    int Run(IEnumerable<TrainingCustomer> customers, ModelRegistry registry, string first, string second, DateTimeOffset now)
    {
        var (a, b) = (registry.Load(first), registry.Load(second));
        if (a.HorizonDays != b.HorizonDays)
            throw new InvalidOperationException(
                $"They predict different things: no purchase in {a.HorizonDays} days, and in {b.HorizonDays}."
            );
        int cutoff = (int)(now.ToUnixTimeSeconds() / ChurnHistory.Day - a.HorizonDays) * ChurnHistory.Day;
        var rows = Snapshots.Stack(customers, [cutoff], a.HorizonDays);
        if (rows.Churned == 0 || rows.Churned == rows.Count)
            throw new InvalidOperationException(
                $"Of {rows.Count} customers {rows.Churned} churned: there is nothing to tell apart."
            );
        Judgement[] judgements = [Judge(first, a), Judge(second, b)];
        var contest = Contest.Of(judgements[0].Risks, judgements[1].Risks, rows.Labels);
        var day = DateTimeOffset.FromUnixTimeSeconds(cutoff);
        console.MarkupLineInterpolated(
            $"{rows.Count:N0} customers as of {day:yyyy-MM-dd}; {rows.Churned:N0} churned within {a.HorizonDays} days."
        );
        foreach (string version in (string[])[first, second])
            if (
                registry.Card<ModelCard>(version) is { } card
                && card.TrainCutoffs.Any(c => c.AddDays(card.HorizonDays) > DateOnly.FromDateTime(day.UtcDateTime))
            )
                console.MarkupLineInterpolated($"[yellow]{version} has learned from days after that cutoff: it is favoured.[/]");
        ModelTables.Methods(console, judgements.Select(judgement => judgement.Result));
        string verdict = Verdict(first, second, contest);
        console.MarkupLineInterpolated($"AUC of {first} less that of {second}: {contest.Auc.ToString()}.");
        console.MarkupLineInterpolated($"Log loss of {first} less that of {second}: {contest.LogLoss.ToString()}.");
        console.MarkupLineInterpolated($"{verdict}");
        string report = registry.ReportNamed($"compare-{first}-{second}");
        new HtmlPage($"Churn models {first} and {second}")
            .Note(verdict)
            .Facts(
                ("judged at", day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
                ("horizon", $"{a.HorizonDays} days"),
                ("AUC difference", contest.Auc.ToString()),
                ("log loss difference", contest.LogLoss.ToString())
            )
            .Methods(judgements, rows.Labels)
            .Importance(a, rows)
            .Importance(b, rows)
            .Save(report);
        console.MarkupLineInterpolated($"Report: {report}");
        return 0;

        Judgement Judge(string version, ChurnModel model)
        {
            double[] risks = ChurnComparison.Predict(model, rows);
            return new(ChurnComparison.Judge(version, rows, risks) with { Auc = Bootstrap.Auc(risks, rows.Labels) }, risks);
        }
    }

    static string Verdict(string first, string second, Contest contest)
    {
        bool worse = contest.Auc.High < 0 || contest.LogLoss.Low > 0,
            better = contest.Auc.Low > 0 || contest.LogLoss.High < 0;
        return (better, worse) switch
        {
            (true, false) => $"{first} is better than {second} beyond noise.",
            (false, true) => $"{first} is worse than {second} beyond noise.",
            (true, true) => $"{first} and {second} differ: one ranks better, the other's risks are nearer the truth.",
            _ => $"{first} and {second} cannot be told apart on these customers.",
        };
    }
}
