using Personalization.Churn;

namespace Personalization.Models;

/// <summary>A way to foretell churn.</summary>
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
        Trees = "built-in trees",
        Blended = "blend";

    /// <summary>Simplest first. The blend is made of them, and comes last.</summary>
    public static IReadOnlyList<ChurnMethod> BuiltIn { get; } =
    [
        new(Recency, BothOutcomes, (task, _) => Baseline.Fit(Recency, task, [ChurnFeature.Recency])),
        new(Rfm, BothOutcomes, (task, _) =>
            Baseline.Fit(Rfm, task, [ChurnFeature.Recency, ChurnFeature.PurchaseDays, ChurnFeature.NetSpend])
        ),
        new(Rhythm, _ => null, (task, _) => RhythmMethod.Fit(Rhythm, task)),
        new(Trees, ChurnTraining.Obstacle, ChurnTraining.Fit),
    ];

    /// <summary>Trains those that the rows suffice for, and their blend.</summary>
    /// <param name="task">What to learn from.</param>
    /// <param name="more">Methods from elsewhere, beside the built-in ones.</param>
    /// <param name="progress">Called with what is being trained and its share.</param>
    public static IReadOnlyList<TrainedChurn> Train(
        ChurnTask task,
        IReadOnlyList<ChurnMethod>? more = null,
        Action<string, double>? progress = null
    )
    {
        var trained = new List<TrainedChurn>();
        foreach (var method in BuiltIn)
            if (method.Obstacle(task.Train) is null)
                trained.Add(method.Fit(task, share => progress?.Invoke(method.Name, share)));
        var blend = Blend.Of(trained, task);
        foreach (var method in more ?? [])
            if (method.Obstacle(task.Train) is null)
                trained.Add(method.Fit(task, share => progress?.Invoke(method.Name, share)));
        if (blend is not null)
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
        var least = trained.MinBy(method => method.CrossValidatedLogLoss)!;
        return trained
            .OrderByDescending(method => method.Method == Blended)
            .First(method =>
            {
                var (difference, error) = PairedLoss.Of(method.HeldOut, least.HeldOut, train.Labels, train.Customers);
                return difference <= error;
            });
    }

    /// <summary>Which of some methods cannot learn from the rows, and why: a line each.</summary>
    public static IEnumerable<string> Obstacles(IEnumerable<ChurnMethod> methods, Snapshots train) =>
        from method in methods
        let obstacle = method.Obstacle(train)
        where obstacle is not null
        select $"{method.Name} was not tried. {obstacle}";

    private static string? BothOutcomes(Snapshots train) =>
        train.Churned == 0 || train.Churned == train.Count
            ? $"Of {train.Count} customer snapshots {train.Churned} end in churn: there is nothing to tell apart."
            : null;
}
