using System.CommandLine;
using Spectre.Console;

namespace Personalization.Models;

/// <summary>Reads what customers did from what a server recorded up to a time (unix seconds).</summary>
public delegate ClickLog ActReader(string data, string? database, int until);

/// <summary>The part of the command line that is about recommendations.</summary>
internal sealed class RecommendationCommands(IAnsiConsole console, TimeProvider clock, ActReader? recorded)
{
    private readonly Option<string> _data = SharedOptions.Data();
    private readonly Option<string> _by = SharedOptions.By();
    private readonly Option<string> _reason = SharedOptions.Reason();
    private readonly Option<int> _seed = SharedOptions.Seed();

    public Command Train(Option<string?> database, Option<DateTimeOffset?> now)
    {
        var command = Of("How to rank what may be recommended.", _data, database, now, _by, _seed);
        command.SetAction(parsed =>
        {
            string data = parsed.GetRequiredValue(_data);
            long until = (parsed.GetValue(now) ?? clock.GetUtcNow()).ToUnixTimeSeconds();
            var log = recorded is null
                ? throw new InvalidOperationException("Recorded history cannot be read by this program.")
                : recorded(data, parsed.GetValue(database), (int)until);
            return new RecommendationTrainCommand(console, clock).Run(log, data, parsed.GetValue(_by)!, parsed.GetValue(_seed));
        });
        return command;
    }

    public Command Evaluate()
    {
        var train = new Option<string>("--train")
        {
            Description = "Clicks (session, item, time), plain or .gz.",
            Required = true,
        };
        var test = new Option<string?>("--test")
        {
            Description =
                "Later clicks of the same form, or prefixes (items of a visit, the next one last). Not with next-purchase.",
        };
        var task = new Option<string>("--task")
        {
            Description =
                "next-item: the next click of every prefix of --test. next-purchase: --train is a shop's whole history, "
                + "Taobao's UserBehavior or UCI's Online Retail; its last fifth tells what customers bought next.",
            DefaultValueFactory = _ => "next-item",
        };
        task.AcceptOnlyFromAmong("next-item", "next-purchase");
        var share = new Option<double>("--validation-share")
        {
            Description =
                "Share of the training visits, at the end, on which is tuned: at most half of them tell when the trees have grown "
                + "enough. The test file is only asked.",
            DefaultValueFactory = _ => 0.08,
        };
        share.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (> 0.0005 and <= 0.5))
                result.AddError("--validation-share must lie between 0.001 and 0.5.");
        });
        var json = new Option<string?>("--json") { Description = "Write all figures to this file too." };
        var command = Of("The recommender, stage by stage.", train, test, task, share, _seed, json);
        command.Validators.Add(result =>
        {
            if (result.GetValue(task) == "next-item" && result.GetValue(test) is null)
                result.AddError("--test is needed.");
        });
        command.SetAction(parsed =>
        {
            var settings = new RankingTrainingSettings { Validation = parsed.GetValue(share), Seed = parsed.GetValue(_seed) };
            return parsed.GetValue(task) == "next-purchase"
                ? new NextPurchaseCommand(console).Run(parsed.GetRequiredValue(train), settings, parsed.GetValue(json))
                : new RecommendationEvaluateCommand(console).Run(
                    parsed.GetRequiredValue(train),
                    parsed.GetValue(test)!,
                    settings,
                    parsed.GetValue(json)
                );
        });
        return command;
    }

    public Command Promote()
    {
        var version = new Argument<string>("version") { Description = "As shown by list." };
        var command = Of("A ranking model.", _data, _by, _reason);
        command.Add(version);
        command.SetAction(parsed =>
            Report(
                new RankingRegistry(parsed.GetRequiredValue(_data)).Promote(
                    parsed.GetRequiredValue(version),
                    parsed.GetValue(_by)!,
                    parsed.GetValue(_reason)!,
                    clock.GetUtcNow()
                )
            )
        );
        return command;
    }

    public Command Rollback()
    {
        var command = Of("The ranking model.", _data, _by, _reason);
        command.SetAction(parsed =>
            Report(
                new RankingRegistry(parsed.GetRequiredValue(_data)).Rollback(
                    parsed.GetValue(_by)!,
                    parsed.GetValue(_reason)!,
                    clock.GetUtcNow()
                )
            )
        );
        return command;
    }

    public Command List()
    {
        var command = Of("Ranking models.", _data);
        command.SetAction(parsed =>
        {
            var registry = new RankingRegistry(parsed.GetRequiredValue(_data));
            string? current = registry.CurrentVersion();
            foreach (string version in registry.Versions())
            {
                var card = registry.Card(version);
                var own = card?.Metrics.FirstOrDefault(figures => figures.Name == "trained");
                console.WriteLine(
                    FormattableString.Invariant(
                        $"{version}{(version == current ? " (in use)" : "")}  by {card?.By}  acts {card?.Acts}  trees {card?.Trees}  MRR@20 {own?.Mrr20:0.000}"
                    )
                );
            }
            foreach (var entry in registry.Promotions())
                console.WriteLine(
                    $"{entry.At.UtcDateTime:yyyy-MM-dd HH:mm} {entry.By}: {entry.Action} {entry.Version} ({entry.Reason})"
                );
            return 0;
        });
        return command;
    }

    private static Command Of(string description, params ReadOnlySpan<Option> options)
    {
        var command = new Command("recommendations", description);
        foreach (var option in options)
            command.Add(option);
        return command;
    }

    private int Report(Promotion entry)
    {
        console.WriteLine($"In use now: {entry.Version}{(entry.Previous is null ? "" : $" (before: {entry.Previous})")}.");
        return 0;
    }
}
