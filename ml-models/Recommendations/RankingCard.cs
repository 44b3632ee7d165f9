namespace Personalization.Models.Recommendations;

/// <summary>What is written beside a ranking model: where it comes from and how good it was.</summary>
/// <param name="Version">Its name.</param>
/// <param name="TrainedAt">When it was made.</param>
/// <param name="By">Who made it.</param>
/// <param name="DataFrom">Time of the first act.</param>
/// <param name="DataTo">Time of the last act.</param>
/// <param name="Acts">How many.</param>
/// <param name="Trees">Of the model.</param>
/// <param name="FitSeconds">How long it took.</param>
/// <param name="Metrics">On visits after those that all of them learned from: untrained blend, this model, and the one in use
/// then ("champion"). Empty when there were too few.</param>
public sealed record RankingCard(
    string Version,
    DateTimeOffset TrainedAt,
    string By,
    DateTimeOffset DataFrom,
    DateTimeOffset DataTo,
    int Acts,
    int Trees,
    double FitSeconds,
    IReadOnlyList<StageFigures> Metrics
);
