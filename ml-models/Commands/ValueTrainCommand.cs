using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Histories;
using Personalization.Models.Population;
using Personalization.Models.Training;
using Personalization.Storage.Models;
using Spectre.Console;

namespace Personalization.Models.Commands;

/// <summary>
/// "train value": BG/NBD and gamma-gamma fitted to all customers' purchases up to now; an earlier fit is judged by what came since,
/// and against the model in use.
/// </summary>
sealed class ValueTrainCommand(IAnsiConsole console, TimeProvider clock)
{
    public int Run(
        IReadOnlyList<TrainingCustomer> customers,
        string data,
        DateTimeOffset now,
        int horizonDays,
        string by,
        bool modified,
        bool anyway
    )
    {
        int cutoff = checked((int)now.ToUnixTimeSeconds()),
            earlier = cutoff - horizonDays * ChurnHistory.Day;
        var registry = new ValueRegistry(data);
        var trainedAt = clock.GetUtcNow();
        string version = registry.NewVersion(trainedAt);
        var rows = Snapshots.Stack(customers, [cutoff], horizonDays);
        var fitted = FittedValue.Of(rows, version, modified);
        var judged = Judge(customers, earlier, horizonDays, modified);
        var champion = registry.TryCurrent(out string? problem);
        var expected = fitted.Expected(rows, horizonDays);
        registry.Register(
            fitted.Model,
            new ValueCard(
                version,
                trainedAt,
                by,
                now,
                rows.Count,
                fitted.Buying.Parameters,
                Finite(fitted.Buying.StandardErrors),
                fitted.Spending.Parameters,
                Finite(fitted.Spending.StandardErrors),
                horizonDays,
                [expected.Value, expected.Low, expected.High],
                judged is null
                    ? null
                    : [judged.Expected, judged.Actual, judged.MeanAbsoluteError, judged.ExpectedSpend, judged.ActualSpend]
            )
        );
        console.MarkupLineInterpolated(
            $"Value model [bold]{version}[/]: {rows.Count:N0} buyers; within {horizonDays} days {expected.Value:N0} purchase days are expected ({expected.Low:N0} to {expected.High:N0})."
        );
        if (judged is not null)
            console.MarkupLineInterpolated(
                $"A fit {horizonDays} days ago expected {judged.Expected:N0}; {judged.Actual:N0} came. Each buyer was missed by {judged.MeanAbsoluteError:0.000} on average."
            );
        if (problem is not null)
            console.MarkupLineInterpolated($"[yellow]The model in use cannot be read: {problem}[/]");
        // One that has learned from what it would be judged by cannot be compared.
        bool fair =
            champion is not null
            && registry.Card<ValueCard>(champion.Version) is { } known
            && known.DataTo.ToUnixTimeSeconds() <= earlier;
        bool worse =
            fair
            && judged is not null
            && judged.IsWorseThan(ValueComparison.Of(champion!, ValueComparison.Known(customers, earlier), earlier, horizonDays));
        string reason =
            worse ? "it misses more than the model in use beyond noise"
            : champion is null ? "none was in use before"
            : fair ? "it is not worse than the model in use"
            : "it knows later days than the model in use";
        if (worse && anyway)
            reason = $"{by} asked for it although {reason}";
        bool promote = !worse || anyway;
        if (promote)
            registry.Promote(version, by, reason, trainedAt);
        console.MarkupLineInterpolated($"{(promote ? "Put in use" : "Not put in use")}, because {reason}.");
        return promote ? 0 : ModelCommands.NotPutInUse;
    }

    static ValueComparison? Judge(IReadOnlyList<TrainingCustomer> customers, int cutoff, int horizonDays, bool modified)
    {
        var known = ValueComparison.Known(customers, cutoff);
        try
        {
            var model = FittedValue.Of(Snapshots.Stack(known, [cutoff], horizonDays), "earlier", modified).Model;
            return ValueComparison.Of(model, known, cutoff, horizonDays);
        }
        catch (InvalidOperationException)
        {
            // Then there were too few to tell; now there are enough.
            return null;
        }
    }

    // A card knows no NaN.
    static double?[] Finite(double[] values) => [.. values.Select(value => double.IsFinite(value) ? value : (double?)null)];
}
