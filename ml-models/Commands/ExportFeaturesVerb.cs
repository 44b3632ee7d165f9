using System.CommandLine;
using System.Globalization;
using Personalization.Churn;
using Personalization.Models.Histories;
using Personalization.Models.Training;
using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>"export-features churn": rows for other tools, computed by the code that serves, and what each column means.</summary>
sealed class ExportFeaturesVerb(IAnsiConsole console)
{
    public static Command Of(CommandContext context)
    {
        var cutoffs = new Option<DateOnly[]>("--cutoffs")
        {
            Description = "Days to look at customers, separated by commas: yyyy-mm-dd,yyyy-mm-dd.",
            Required = true,
            CustomParser = SharedOptions.Days,
        };
        var output = new Option<string>("--out")
        {
            Description = "CSV of the rows; the dictionary is written beside it.",
            DefaultValueFactory = _ => "churn-features.csv",
        };
        var churn = new Command("churn", "Every customer at every cutoff, and what came after.")
            .With(SharedOptions.Source.Where(option => option != SharedOptions.AsOf))
            .With(cutoffs, SharedOptions.Horizon, output);
        churn.SetAction(parsed =>
            new ExportFeaturesVerb(context.Console).Run(
                context.Customers(parsed),
                [.. parsed.GetRequiredValue(cutoffs).Select(SharedOptions.Seconds)],
                parsed.GetValue(SharedOptions.Horizon),
                parsed.GetRequiredValue(output)
            )
        );
        return new("export-features", "The rows a model learns from, as CSV with a data dictionary.") { churn };
    }

    static readonly (string Name, string Unit, string Meaning)[] Keys =
    [
        ("customer", "number", "tells customers apart"),
        ("cutoff", "day", "nothing of that day or later was looked at"),
        ("churned", "0 or 1", "no purchase in the horizon from the cutoff on"),
        ("future_spend", "currency", "net spend in that horizon"),
    ];

    int Run(IEnumerable<TrainingCustomer> customers, int[] cutoffs, int horizonDays, string output)
    {
        var rows = Snapshots.Stack(customers, [.. cutoffs.Distinct().Order()], horizonDays);
        string dictionary = Path.ChangeExtension(output, ".dictionary.csv");
        using (var file = new StreamWriter(output))
        {
            file.WriteLine(
                string.Join(',', Keys.Select(key => key.Name).Concat(ChurnFeatures.All.Select(feature => feature.Name)))
            );
            for (int i = 0; i < rows.Count; i++)
            {
                string day = DateTimeOffset
                    .FromUnixTimeSeconds(rows.Cutoffs[i])
                    .ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
                file.Write(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{rows.Customers[i]},{day},{(rows.Labels[i] ? 1 : 0)},{rows.FutureSpend[i]}"
                    )
                );
                // A value that cannot be known is an empty field.
                foreach (float value in rows.Row(i))
                    file.Write(float.IsNaN(value) ? "," : string.Create(CultureInfo.InvariantCulture, $",{value}"));
                file.WriteLine();
            }
        }
        using (var file = new StreamWriter(dictionary))
        {
            file.WriteLine("column,unit,meaning");
            foreach (var (name, unit, meaning) in Keys.Concat(ChurnFeatures.All.Select(f => (f.Name, f.Unit, f.Meaning))))
                file.WriteLine($"{name},{Quoted(unit)},{Quoted(meaning)}");
        }
        console.MarkupLineInterpolated(
            $"{rows.Count:N0} rows of {ChurnFeatures.Count} features in {output}; what they mean in {dictionary}."
        );
        return 0;
    }

    static string Quoted(string text) => text.Contains(',') ? $"\"{text}\"" : text;
}
