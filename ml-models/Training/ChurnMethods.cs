using Personalization.Churn;
using Personalization.Models.Evaluation;
using Personalization.Models.Trees;

namespace Personalization.Models.Training;

/// <summary>A way to predict churn.</summary>
/// <param name="Name">As shown.</param>
/// <param name="Obstacle">Why it cannot learn from rows; null where it can.</param>
/// <param name="Fit">Learns; calls back with the share done.</param>
public sealed record ChurnMethod(
    string Name,
    Func<Snapshots, string?> Obstacle,
    Func<ChurnTask, Action<double>?, TrainedChurn> Fit
);

/// <summary>The built-in methods, and which of those that were tried is to be put in use.</summary>
public static class ChurnMethods
{
    public const string Recency = "recency",
        Rfm = "RFM logistic",
        Rhythm = "BG/NBD",
        // Grown by ML.NET: LightGBM or FastTree; cards and figures have always called them so.
        Trees = "built-in trees",
        Blended = "blend";

    /// <summary>Simplest first. The blend is made of them, and comes last.</summary>
    public static IReadOnlyList<ChurnMethod> All { get; } =
    [
        new(Recency, BothOutcomes, (task, _) => Baseline.Fit(Recency, task, [ChurnFeature.Recency])),
        new(Rfm, BothOutcomes, (task, _) =>
            Baseline.Fit(Rfm, task, [ChurnFeature.Recency, ChurnFeature.PurchaseDays, ChurnFeature.NetSpend])
        ),
        new(Rhythm, _ => null, (task, _) => RhythmMethod.Fit(Rhythm, task)),
        new(Trees, ChurnTrees.Obstacle, ChurnTrees.Fit),
    ];

    /// <summary>Trains those that the rows suffice for, and their blend.</summary>
    /// <param name="task">What to learn from.</param>
    /// <param name="progress">Called with what is being trained and its share.</param>
    public static IReadOnlyList<TrainedChurn> Train(ChurnTask task, Action<string, double>? progress = null)
    {
        var trained = new List<TrainedChurn>();
        foreach (var method in All)
            if (method.Obstacle(task.Train) is null)
                trained.Add(method.Fit(task, share => progress?.Invoke(method.Name, share)));
        if (MethodBlend.Of(trained, task) is { } blend)
            trained.Add(blend);
        return trained;
    }

    /// <summary>
    /// The method to put in use, by cross-validated log loss on the training rows alone. Within noise (one standard error of the
    /// paired difference to the least) the blend goes first, for it leans on the shop's rhythm where rows are few and on trees
    /// where they are many; after it the simplest.
    /// </summary>
    public static TrainedChurn Best(IReadOnlyList<TrainedChurn> trained, Snapshots train)
    {
        var best = trained.MinBy(method => method.CrossValidatedLogLoss)!;
        return trained
            .OrderByDescending(method => method.Method == Blended)
            .First(method =>
            {
                var (difference, error) = PairedLoss.Of(method.HeldOut, best.HeldOut, train.Labels, train.Customers);
                return difference <= error;
            });
    }

    static string? BothOutcomes(Snapshots train) =>
        train.Churned == 0 || train.Churned == train.Count
            ? $"Of {train.Count} customer snapshots {train.Churned} end in churn: there is nothing to tell apart."
            : null;
}
