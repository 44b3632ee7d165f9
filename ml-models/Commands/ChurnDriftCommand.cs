using System.Globalization;
using Spectre.Console;

namespace Personalization.Models;

/// <summary>"drift churn": today's features against those the model in use was trained with.</summary>
internal sealed class ChurnDriftCommand(IAnsiConsole console)
{
    private const double Moved = 0.1,
        Another = 0.25;

    private sealed record Finding(string Feature, double? Index)
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

    public int Run(IEnumerable<TrainingCustomer> customers, ModelRegistry registry, DateTimeOffset now)
    {
        string version = registry.CurrentVersion() ?? throw new InvalidOperationException("No churn model is in use.");
        if (registry.Card(version)?.Profile is not { } profile)
            throw new InvalidOperationException($"The card of \"{version}\" tells nothing of its features; train again.");
        var rows = Snapshots.Stack(customers, [checked((int)now.ToUnixTimeSeconds())], horizonDays: 1);
        if (rows.Count == 0)
            throw new InvalidOperationException("Nobody had bought anything by that time.");
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
