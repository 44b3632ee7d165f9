using System.CommandLine;
using Spectre.Console;

namespace Personalization.Models;

// Purchases and spend to come, by the population models.
public sealed partial class ModelCommands
{
    private Command EvaluateValue()
    {
        var file = new Option<string>("--data") { Description = "File of transactions, plain or .gz.", Required = true };
        var cutoff = new Option<DateOnly>("--cutoff")
        {
            Description = "What came before that day is known, what came after it is foretold; yyyy-mm-dd.",
            Required = true,
            CustomParser = argument => Days(argument) is [var day] ? day : default,
        };
        var modified = new Option<bool>("--modified") { Description = "MBG/NBD instead of BG/NBD." };
        var value = new Command("value", "Purchases and spend to come: BG/NBD and gamma-gamma against what came.")
        {
            file,
            _format,
            _map,
            cutoff,
            _horizon,
            modified,
        };
        value.SetAction(parsed =>
        {
            int at = Seconds(parsed.GetRequiredValue(cutoff)),
                horizon = parsed.GetValue(_horizon);
            var known = ValueComparison.Known(FromFile(parsed.GetRequiredValue(file), parsed), at);
            var rows = Snapshots.Stack(known, [at], horizon);
            var fitted = FittedValue.Of(rows, "evaluation", parsed.GetValue(modified));
            Tell(fitted.Expected(rows, horizon), ValueComparison.Of(fitted.Model, known, at, horizon));
        });
        return value;
    }

    private Command TrainValue()
    {
        var modified = new Option<bool>("--modified") { Description = "MBG/NBD instead of BG/NBD." };
        var value = new Command("value", "Purchases and spend to come: BG/NBD and gamma-gamma, fitted to all customers.")
        {
            _data,
            _database,
            _file,
            _format,
            _map,
            _now,
            _horizon,
            _by,
            modified,
            _anyway,
        };
        value.SetAction(parsed =>
            new ValueTrainCommand(console, clock).Run(
                [.. Source(parsed)],
                parsed.GetRequiredValue(_data),
                parsed.GetValue(_now) ?? clock.GetUtcNow(),
                parsed.GetValue(_horizon),
                parsed.GetValue(_by)!,
                parsed.GetValue(modified),
                parsed.GetValue(_anyway)
            )
        );
        return value;
    }

    private void Tell((double Value, double Low, double High) interval, ValueComparison value)
    {
        var (expected, low, high) = interval;
        console.MarkupLineInterpolated($"{value.Customers:N0} customers.");
        console.MarkupLineInterpolated(
            $"Purchase days: {expected:N0} expected (parameters leave {low:N0} to {high:N0} open), {value.Actual:N0} came."
        );
        console.MarkupLineInterpolated($"A customer's purchase days are missed by {value.MeanAbsoluteError:0.000} on average.");
        console.MarkupLineInterpolated($"Spend: {value.ExpectedSpend:N0} expected, {value.ActualSpend:N0} came.");
    }
}
