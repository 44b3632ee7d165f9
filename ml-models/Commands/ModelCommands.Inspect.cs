using System.CommandLine;

namespace Personalization.Models;

// Commands that look at models and at what they learn from, and change nothing.
public sealed partial class ModelCommands
{
    private Command Compare()
    {
        var first = new Argument<string>("A") { Description = "A version, as shown by list." };
        var second = new Argument<string>("B") { Description = "Another." };
        var churn = new Command("churn", "Two churn models on the newest window that has ended.")
        {
            first,
            second,
            _data,
            _database,
            _file,
            _format,
            _map,
            _now,
        };
        churn.SetAction(parsed =>
            new ChurnCompareCommand(console).Run(
                Source(parsed),
                new(parsed.GetRequiredValue(_data)),
                parsed.GetRequiredValue(first),
                parsed.GetRequiredValue(second),
                parsed.GetValue(_now) ?? clock.GetUtcNow()
            )
        );
        return churn;
    }

    private Command Drift()
    {
        var churn = new Command("churn", "Exit code 2 when a feature is another one than it was.")
        {
            _data,
            _database,
            _file,
            _format,
            _map,
            _now,
        };
        churn.SetAction(parsed =>
            new ChurnDriftCommand(console).Run(
                Source(parsed),
                new(parsed.GetRequiredValue(_data)),
                parsed.GetValue(_now) ?? clock.GetUtcNow()
            )
        );
        return churn;
    }

    private Command ExportFeatures()
    {
        var cutoffs = new Option<DateOnly[]>("--cutoffs")
        {
            Description = "Days to look at customers, separated by commas: yyyy-mm-dd,yyyy-mm-dd.",
            Required = true,
            CustomParser = Days,
        };
        var output = new Option<string>("--out")
        {
            Description = "CSV of the rows; the dictionary is written beside it.",
            DefaultValueFactory = _ => "churn-features.csv",
        };
        var churn = new Command("churn", "Every customer at every cutoff, and what came after.")
        {
            _data,
            _database,
            _file,
            _format,
            _map,
            cutoffs,
            _horizon,
            output,
        };
        churn.SetAction(parsed =>
            new ChurnExportCommand(console).Run(
                Source(parsed),
                [.. parsed.GetRequiredValue(cutoffs).Select(Seconds)],
                parsed.GetValue(_horizon),
                parsed.GetRequiredValue(output)
            )
        );
        return churn;
    }
}
