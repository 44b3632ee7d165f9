using Personalization.Churn;

namespace Personalization.Models;

/// <summary>
/// From snapshots to the built-in trees: rounds by cross-validation over customers, calibration and warning line on what the
/// folds said of customers they had not seen, then trees on all rows.
/// </summary>
public static class ChurnTraining
{
    /// <summary>Fewer rows than this teach nothing that a rule does not know.</summary>
    public const int MinRows = 200;

    /// <summary>The final trees learn from more rows than the folds did, and bear a little more of them.</summary>
    private const double MoreRounds = 1.1;

    /// <summary>Null when the rows suffice; else what is missing, in plain words.</summary>
    public static string? Obstacle(Snapshots train)
    {
        int churned = train.Churned,
            stayed = train.Count - churned;
        if (train.Count < MinRows)
            return $"Only {train.Count} customer snapshots are there to learn from; at least {MinRows} are needed.";
        return Math.Min(churned, stayed) < 20
            ? $"{churned} snapshots end in churn and {stayed} do not; at least 20 of each are needed to tell them apart."
            : null;
    }

    public static TrainedChurn Fit(
        Snapshots train,
        int horizonDays,
        string version,
        BoostingSettings settings,
        Action<double>? progress = null
    ) => Fit(new(train, train, horizonDays, version, settings), progress);

    public static TrainedChurn Fit(ChurnTask task, Action<double>? progress = null)
    {
        var (train, settings) = (task.Train, task.Settings);
        if (Obstacle(train) is { } obstacle)
            throw new ArgumentException(obstacle, nameof(task));
        var started = Environment.CpuUsage.TotalTime;
        var data = new BinnedColumns(train.Rows, ChurnFeatures.Count);
        double[] targets = [.. train.Labels.Select(churned => churned ? 1.0 : 0)];
        var folds = CrossValidation.Run(data, targets, train.Customers, settings, progress: share =>
            progress?.Invoke(0.8 * share)
        );
        int rounds = Math.Max(1, (int)Math.Round(folds.Rounds * MoreRounds));
        var trees = new BoostedTrees(data, targets, [.. Enumerable.Range(0, train.Count)], settings);
        while (trees.Rounds < rounds)
        {
            trees.Boost();
            progress?.Invoke(0.8 + 0.2 * trees.Rounds / rounds);
        }
        return TrainedChurn.Of(ChurnMethods.Trees, task, trees.ToForest(), null, folds.Scores, started);
    }
}
