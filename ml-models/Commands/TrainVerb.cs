using System.CommandLine;
using Personalization.Models.Training;

namespace Personalization.Models.Commands;

/// <summary>"train": a model is learned, judged, registered and, unless it is worse, put in use.</summary>
static class TrainVerb
{
    public static Command Of(CommandContext context) =>
        new("train", "Learn a model from recorded history.") { Churn(context), Value(context), Recommendations(context) };

    static Command Churn(CommandContext context)
    {
        string names = string.Join(", ", ChurnMethods.All.Select(one => one.Name));
        var method = new Option<string?>("--method")
        {
            Description =
                $"Take this method instead of the best on the training rows: {names} (ML.NET's LightGBM or FastTree), {ChurnMethods.Blended}.",
        };
        var churn = new Command("churn", "Customers who will not buy within the horizon.")
            .With(SharedOptions.Source)
            .With(SharedOptions.Horizon, SharedOptions.By, SharedOptions.Seed, SharedOptions.Anyway, method);
        churn.SetAction(parsed =>
            new ChurnTrainCommand(context.Console, context.Clock).Run(
                context.Customers(parsed),
                new(
                    parsed.GetRequiredValue(SharedOptions.Data),
                    context.Now(parsed),
                    parsed.GetValue(SharedOptions.Horizon),
                    parsed.GetValue(SharedOptions.By)!,
                    new() { Seed = parsed.GetValue(SharedOptions.Seed) },
                    parsed.GetValue(SharedOptions.Anyway),
                    parsed.GetValue(method)
                )
            )
        );
        return churn;
    }

    static Command Value(CommandContext context)
    {
        var modified = new Option<bool>("--modified") { Description = "MBG/NBD instead of BG/NBD." };
        var value = new Command("value", "Purchases and spend to come: BG/NBD and gamma-gamma, fitted to all customers.")
            .With(SharedOptions.Source)
            .With(SharedOptions.Horizon, SharedOptions.By, modified, SharedOptions.Anyway);
        value.SetAction(parsed =>
            new ValueTrainCommand(context.Console, context.Clock).Run(
                [.. context.Customers(parsed)],
                parsed.GetRequiredValue(SharedOptions.Data),
                context.Now(parsed),
                parsed.GetValue(SharedOptions.Horizon),
                parsed.GetValue(SharedOptions.By)!,
                parsed.GetValue(modified),
                parsed.GetValue(SharedOptions.Anyway)
            )
        );
        return value;
    }

    static Command Recommendations(CommandContext context)
    {
        var command = new Command("recommendations", "How to rank what may be recommended.").With(
            SharedOptions.Data,
            SharedOptions.Database,
            SharedOptions.AsOf,
            SharedOptions.By,
            SharedOptions.Seed
        );
        command.SetAction(parsed =>
        {
            if (context.Acts is not { } acts)
                throw new InvalidOperationException("Recorded history cannot be read by this program.");
            string data = parsed.GetRequiredValue(SharedOptions.Data);
            int until = (int)context.Now(parsed).ToUnixTimeSeconds();
            return new RecommendationTrainCommand(context.Console, context.Clock).Run(
                acts(data, parsed.GetValue(SharedOptions.Database), until),
                data,
                parsed.GetValue(SharedOptions.By)!,
                parsed.GetValue(SharedOptions.Seed)
            );
        });
        return command;
    }
}
