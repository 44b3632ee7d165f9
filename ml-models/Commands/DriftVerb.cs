using System.CommandLine;
using System.Globalization;
using Personalization.Models.Evaluation;
using Personalization.Models.Histories;
using Personalization.Models.Reports;
using Personalization.Models.Training;
using Personalization.Storage.Models;
using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>"drift churn": today's features against those the model in use was trained with.</summary>
sealed class DriftVerb(IAnsiConsole console)
{
    public static Command Of(CommandContext context)
    {
        var churn = new Command("churn", "Exit code 2 when a feature is another one than it was.").With(SharedOptions.Source);
        churn.SetAction(parsed =>
            new DriftVerb(context.Console).Run(
                context.Customers(parsed),
                new(parsed.GetRequiredValue(SharedOptions.Data)),
                context.Now(parsed)
            )
        );
        return new("drift", "Whether features are what they were when the model in use was trained.") { churn };
    }

    const double Moved = 0.1,
        Another = 0.25;

    sealed record Finding(string Feature, double? Index)
    {
        public string Word =>
            Index switch
            {
                null => "no longer computed",
                < Moved => "as it was",
                < Another => "has moved",
                _ => "another one",
            };

        public bool Alarms => Index is null or >= Another;

        public string Figure => Index?.ToString("0.000", CultureInfo.InvariantCulture) ?? "";
    }

    int Run(IEnumerable<TrainingCustomer> customers, ModelRegistry registry, DateTimeOffset now)
    {
        string version = registry.CurrentVersion() ?? throw new InvalidOperationException("No churn model is in use.");
        if (registry.Card<ModelCard>(version)?.Profile is not { } profile)
            throw new InvalidOperationException($"The card of \"{version}\" tells nothing of its features; train again.");
        var rows = Snapshots.Stack(customers, [checked((int)now.ToUnixTimeSeconds())], horizonDays: 1);
        if (rows.Count == 0)
            throw new InvalidOperationException("There were no buyers by that time.");
        List<Finding> findings =
        [
            .. profile
                .Select(feature => new Finding(feature.Name, feature.Drift(rows)))
                .OrderByDescending(finding => finding.Index ?? double.MaxValue),
        ];
        int alarms = findings.Count(finding => finding.Alarms);
        string verdict =
            alarms == 0
                ? "Every feature is about what it was."
                : $"{alarms} of {findings.Count} features are no longer what the model learned: look for what broke, or train again.";
        var table = new Table().AddColumns("feature", "PSI", "");
        foreach (var finding in findings.Where(finding => finding.Index is null or >= Moved))
            table.AddRow(finding.Feature, finding.Figure, finding.Word);
        if (table.Rows.Count > 0)
            console.Write(table);
        console.MarkupLineInterpolated($"{rows.Count:N0} customers against model {version}. {verdict}");
        string report = registry.ReportNamed($"drift-{version}");
        new HtmlPage($"Drift since churn model {version}")
            .Note(verdict)
            .Facts(
                ("as of", now.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC"),
                ("customers", $"{rows.Count}")
            )
            .Table(
                ["feature", "population stability index", "verdict"],
                findings.Select(finding => (string[])[finding.Feature, finding.Figure, finding.Word])
            )
            .Save(report);
        console.MarkupLineInterpolated($"Report: {report}");
        return alarms == 0 ? 0 : 2;
    }
}
