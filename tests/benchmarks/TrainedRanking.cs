using Personalization.Models.Histories;
using Personalization.Models.Recommendations;
using Personalization.Storage;
using Personalization.Storage.Models;

namespace Personalization.Benchmarks;

/// <summary>A ranking learned from the shop's own journal and put in use: as many trees as a real one, from fewer questions.</summary>
static class TrainedRanking
{
    static readonly RankingTrainingSettings Quick = new()
    {
        TreeLists = 10_000,
        Vectors = new() { Epochs = 2 },
        Trees = new() { Patience = 300 },
    };

    /// <returns>A word on what was made.</returns>
    public static async Task<string> PutInUseAsync(string data)
    {
        var now = DateTimeOffset.UtcNow;
        var registry = new RankingRegistry(data);
        var version = registry.NewVersion(now);
        ClickLog log;
        await using (var store = await Stores.OpenReadOnlyAsync(new StoreOptions { DataDirectory = data }, TimeProvider.System))
            log = await RecordedActs.ReadAsync(store, (int)now.ToUnixTimeSeconds());
        var trained = new RankingTraining(log, log.Products!, Quick).Run(version)
            ?? throw new InvalidOperationException("The shop's journal is too short to learn from.");
        registry.Register(
            trained.Full,
            new RankingCard(version, now, "benchmarks", now, now, log.Count, trained.Full.Trees!.Count, trained.Seconds, [])
        );
        registry.Promote(version, "benchmarks", "to serve with a trained model", now);
        return $"ranking of {trained.Full.Trees.Count} trees from {log.Count:N0} acts, in {trained.Seconds:N0} s";
    }
}
