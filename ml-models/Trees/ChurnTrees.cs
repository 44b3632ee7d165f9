using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Training;

namespace Personalization.Models.Trees;

/// <summary>
/// From snapshots to trees: grown by ML.NET, read out, and from then on a flat forest. Their number is found by cross-validation
/// over customers, calibration and warning threshold by the folds' scores of customers they had not seen.
/// </summary>
public static class ChurnTrees
{
    /// <summary>Fewer rows than this teach nothing that a rule does not know.</summary>
    public const int MinRows = 200;

    /// <summary>The final trees learn from more rows than the folds did, and bear a little more of them.</summary>
    const double MoreRounds = 1.1;

    /// <summary>Which of ML.NET's trainers grows the trees on this machine, and if it is not LightGBM, why.</summary>
    public static string Trainer =>
        TreeTrainer.LightGbmLoads
            ? "Trees are grown by ML.NET's LightGBM."
            : "Trees are grown by ML.NET's FastTree: LightGBM's native library cannot be loaded "
                + "(it needs a processor of type x64 and, on Linux, the package libgomp1).";

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

    public static TrainedChurn Fit(ChurnTask task, Action<double>? progress = null) => Fit(task, TreeTrainer.Default, progress);

    internal static TrainedChurn Fit(ChurnTask task, TreeTrainer trainer, Action<double>? progress = null)
    {
        var (train, settings) = (task.Train, task.Settings);
        if (Obstacle(train) is { } obstacle)
            throw new ArgumentException(obstacle, nameof(task));
        var started = Environment.CpuUsage.TotalTime;
        var rounds = new List<int>();
        double[] heldOut = CrossValidation.HeldOut(train.Customers, settings.Seed, (kept, held) =>
        {
            var grown = trainer.Grow(train.Take(kept), settings, settings.Rounds, train.Take(held));
            var (round, scores) = BestRound(FlatForest.Of(grown), train, held);
            rounds.Add(round);
            progress?.Invoke(rounds.Count / (CrossValidation.Folds + 1.0));
            return scores;
        });
        var whole = trainer.Grow(train, settings, Math.Max(1, (int)Math.Round(rounds.Average() * MoreRounds)), null);
        using var zip = new MemoryStream();
        whole.Save(zip);
        return TrainedChurn.Of(ChurnMethods.Trees, task, FlatForest.Of(whole, train), null, heldOut, started) with
        {
            Zip = zip.ToArray(),
        };
    }

    // After which tree the log loss of the rows held out is lowest, and their scores there.
    static (int Round, double[] Scores) BestRound(Forest forest, Snapshots rows, int[] held)
    {
        double[] scores = [.. held.Select(_ => forest.Bias)],
            best = scores;
        var (minLoss, round) = (double.MaxValue, 0);
        for (int tree = 0; tree < forest.Trees; tree++)
        {
            double loss = 0;
            for (int i = 0; i < held.Length; i++)
            {
                scores[i] += forest.Leaf(tree, rows.Row(held[i]));
                loss += PairedLoss.Loss(Calibration.None.Probability(scores[i]), rows.Labels[held[i]]);
            }
            if (loss < minLoss)
                (minLoss, round, best) = (loss, tree + 1, [.. scores]);
        }
        return (round, best);
    }
}
