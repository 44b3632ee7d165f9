using System.CommandLine;
using Personalization.Models.Evaluation;
using Personalization.Models.Population;
using Personalization.Models.Recommendations;
using Personalization.Models.Training;
using Personalization.Models.Trees;
using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>"evaluate": methods judged on later days than they learned from; nothing is registered.</summary>
static class EvaluateVerb
{
    public static Command Of(CommandContext context) =>
        new("evaluate", "Compare methods on later days than they learned from.")
        {
            Churn(context),
            Value(context),
            Recommendations(context),
        };

    static Command Churn(CommandContext context)
    {
        var cutoffs = new Option<DateOnly[]?>("--cutoffs")
        {
            Description = "Days to train at, separated by commas: yyyy-mm-dd,yyyy-mm-dd.",
            CustomParser = SharedOptions.Days,
        };
        var test = new Option<DateOnly?>("--test-cutoff")
        {
            Description = "The later day to judge at, yyyy-mm-dd.",
            CustomParser = argument => SharedOptions.Days(argument) is [var day] ? day : null,
        };
        var rolling = new Option<bool>("--rolling")
        {
            Description =
                "Instead of at one day, judge at the first of every month, each time by what could have been learned by then.",
        };
        var report = new Option<string>("--report")
        {
            Description = "Where the report goes, one HTML file.",
            DefaultValueFactory = _ => "churn-evaluation.html",
        };
        var churn = new Command(
            "churn",
            "Recency, RFM logistic, BG/NBD, built-in trees (ML.NET: LightGBM or FastTree) and their blend."
        )
            .With(SharedOptions.DataFile, SharedOptions.Format, SharedOptions.Map, cutoffs, test, rolling)
            .With(SharedOptions.Horizon, SharedOptions.Seed, SharedOptions.Json, report);
        churn.Validators.Add(result =>
        {
            bool both = result.GetResult(cutoffs) is not null && result.GetResult(test) is not null;
            if (both == result.GetValue(rolling) || (!both && (result.GetResult(cutoffs) ?? result.GetResult(test)) is not null))
                result.AddError("Say at which days: either --cutoffs and --test-cutoff, or --rolling.");
        });
        churn.SetAction(parsed =>
        {
            var request = new ChurnEvaluateRequest(
                CommandContext.FromFile(parsed.GetRequiredValue(SharedOptions.DataFile), parsed),
                parsed.GetValue(SharedOptions.Horizon),
                new BoostingSettings { Seed = parsed.GetValue(SharedOptions.Seed) },
                parsed.GetValue(SharedOptions.Json),
                parsed.GetRequiredValue(report)
            );
            return parsed.GetValue(rolling)
                ? new ChurnRollingCommand(context.Console).Run(request)
                : new ChurnEvaluateCommand(context.Console).Run(
                    request,
                    [.. parsed.GetValue(cutoffs)!.Select(SharedOptions.Seconds)],
                    SharedOptions.Seconds(parsed.GetValue(test)!.Value)
                );
        });
        return churn;
    }

    static Command Value(CommandContext context)
    {
        var cutoff = new Option<DateOnly>("--cutoff")
        {
            Description = "What came before that day is known, what came after it is predicted; yyyy-mm-dd.",
            Required = true,
            CustomParser = argument => SharedOptions.Days(argument) is [var day] ? day : default,
        };
        var modified = new Option<bool>("--modified") { Description = "MBG/NBD instead of BG/NBD." };
        var value = new Command("value", "Purchases and spend to come: BG/NBD and gamma-gamma against what came.")
            .With(SharedOptions.DataFile, SharedOptions.Format, SharedOptions.Map)
            .With(cutoff, SharedOptions.Horizon, modified);
        value.SetAction(parsed =>
        {
            int at = SharedOptions.Seconds(parsed.GetRequiredValue(cutoff)),
                horizon = parsed.GetValue(SharedOptions.Horizon);
            var known = ValueComparison.Known(
                CommandContext.FromFile(parsed.GetRequiredValue(SharedOptions.DataFile), parsed),
                at
            );
            var rows = Snapshots.Stack(known, [at], horizon);
            var fitted = FittedValue.Of(rows, "evaluation", parsed.GetValue(modified));
            Print(context.Console, fitted.Expected(rows, horizon), ValueComparison.Of(fitted.Model, known, at, horizon));
        });
        return value;
    }

    static void Print(IAnsiConsole console, (double Value, double Low, double High) interval, ValueComparison value)
    {
        var (expected, low, high) = interval;
        console.MarkupLineInterpolated($"{value.Customers:N0} customers.");
        console.MarkupLineInterpolated(
            $"Purchase days: {expected:N0} expected (parameters leave {low:N0} to {high:N0} open), {value.Actual:N0} came."
        );
        console.MarkupLineInterpolated($"A customer's purchase days are missed by {value.MeanAbsoluteError:0.000} on average.");
        console.MarkupLineInterpolated($"Spend: {value.ExpectedSpend:N0} expected, {value.ActualSpend:N0} came.");
    }

    static Command Recommendations(CommandContext context)
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
        var command = new Command("recommendations", "The recommender, stage by stage.").With(
            train,
            test,
            task,
            share,
            SharedOptions.Seed,
            SharedOptions.Json
        );
        command.Validators.Add(result =>
        {
            if (result.GetValue(task) == "next-item" && result.GetValue(test) is null)
                result.AddError("--test is needed.");
        });
        command.SetAction(parsed =>
        {
            var settings = new RankingTrainingSettings
            {
                Validation = parsed.GetValue(share),
                Seed = parsed.GetValue(SharedOptions.Seed),
            };
            string? json = parsed.GetValue(SharedOptions.Json);
            return parsed.GetValue(task) == "next-purchase"
                ? new NextPurchaseCommand(context.Console).Run(parsed.GetRequiredValue(train), settings, json)
                : new RecommendationEvaluateCommand(context.Console).Run(
                    parsed.GetRequiredValue(train),
                    parsed.GetValue(test)!,
                    settings,
                    json
                );
        });
        return command;
    }
}
