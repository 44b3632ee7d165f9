using Personalization.Health;
using Personalization.Journal;
using Personalization.Leadership;
using Personalization.ReadModels;
using Personalization.Shop;

namespace Personalization.Projections;

/// <summary>Projects the journal into the read models, which a shop has once: the leader does it.</summary>
public sealed class ReadModelService(
    IStore store,
    ReadModelProjection projection,
    ReadModelPosition position,
    ShopClock clock,
    StoreWatch watch,
    ILogger<ReadModelService> log
) : BackgroundService, ILeaderTask
{
    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        await Task.Yield();
        await ProjectionLoop.RunAsync("read models", ProjectAsync, clock, watch, log, stop);
        position.IsWrittenHere = false;
    }

    async Task ProjectAsync(CancellationToken stop)
    {
        position.Advance(await store.ReadModels.PositionAsync(stop));
        position.IsWrittenHere = true;
        while (true)
        {
            var from = position.Current;
            var entries = await store.ReadJournalAsync(from, ProjectionLoop.Batch, withPersonal: false, stop);
            if (entries.Count > 0)
            {
                await projection.ApplyAsync(entries, from, stop);
                position.Advance(entries[^1].Position);
            }
            if (entries.Count == ProjectionLoop.Batch)
                continue;
            await store.WaitForEntriesAsync(position.Current, ProjectionLoop.Idle, stop);
            await Task.Delay(ProjectionLoop.Gather, stop);
        }
    }
}
