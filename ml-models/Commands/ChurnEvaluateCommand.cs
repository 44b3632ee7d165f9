using System.Text.Json;
using Personalization.Churn;
using Spectre.Console;

namespace Personalization.Models;

/// <summary>"evaluate churn": the methods side by side on later days; nothing is registered.</summary>
internal sealed class ChurnEvaluateCommand(IAnsiConsole console)
{
    public int Run(
        List<TrainingCustomer> customers, IReadOnlyList<int> cutoffs, int testCutoff, int horizonDays,
        BoostingSettings settings, string? json)
    {
        if (cutoffs.Count == 0 || cutoffs.Max() + (long)horizonDays * ChurnHistory.Day > testCutoff)
            throw new InvalidOperationException(
                "The window after the last training cutoff reaches past the test cutoff: labels would be known that were not.");
        var snapshots = Snapshots.Stack(customers, [.. cutoffs, testCutoff], horizonDays);
        var (train, test) = (snapshots.Of([.. cutoffs]), snapshots.Of([testCutoff]));
        if (ChurnTraining.Obstacle(train) is { } obstacle)
            throw new InvalidOperationException(obstacle);
        if (test.Churned == 0 || test.Churned == test.Count)
            throw new InvalidOperationException("At the test cutoff all customers end alike: there is nothing to tell apart.");
        var comparison = ModelTables.Progress(console, "built-in trees",
            progress => ChurnComparison.Run(train, test, horizonDays, "evaluation", settings, progress));
        console.MarkupLineInterpolated(
            $"{train.Count:N0} rows to learn from, {test.Count:N0} to judge by; of these {test.Churned:N0} churned.");
        ModelTables.Methods(console, comparison.Methods);
        var model = comparison.Trained.Model;
        console.MarkupLineInterpolated($"{comparison.Trained.Trees} trees; warning line {model.Line:0.000}.");
        console.MarkupLineInterpolated(
            $"Spend within the horizon: {comparison.ExpectedValue:N0} expected, {comparison.ActualValue:N0} came.");
        if (json is not null)
            File.WriteAllText(json, JsonSerializer.Serialize(new
            {
                horizonDays, comparison.TrainRows, comparison.Methods, comparison.Trained.Trees, model.Line,
                model.Calibration, model.Population, comparison.ExpectedValue, comparison.ActualValue,
            }, ModelCard.Json));
        return 0;
    }
}
