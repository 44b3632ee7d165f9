using Personalization.Catalogue;
using Personalization.Health;
using Personalization.Journal;
using Personalization.Shop;

namespace Personalization.Projections;

/// <summary>
/// Follows the journal into this process's item index, behind the acknowledgements. Keeps its own position; a failure is
/// logged, waited for and tried again from there.
/// </summary>
public sealed class IndexService(
    IJournal store,
    IndexProjection index,
    IndexImage image,
    CatalogueService catalogue,
    ShopClock time,
    StoreWatch watch,
    ILogger<IndexService> log
) : BackgroundService
{
    readonly TaskCompletionSource _caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the index has counted everything that stood in the journal at the start.</summary>
    public Task CaughtUp => _caughtUp.Task;

    public long Position => index.Position;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        await Task.Yield();
        await ProjectionLoop.RunAsync("item index", ProjectAsync, time, watch, log, stop);
    }

    async Task ProjectAsync(CancellationToken stop)
    {
        var last = await store.LastPositionAsync(stop);
        while (true)
        {
            var entries = await store.ReadJournalAsync(index.Position, ProjectionLoop.Batch, withPersonal: false, stop);
            // Another process may have numbered a product that these speak of.
            if (entries.Count > 0 && catalogue.IsShared)
                await catalogue.CatchUpAsync(stop);
            index.Apply(entries);
            if (index.Position >= last)
                _caughtUp.TrySetResult();
            if (entries.Count == ProjectionLoop.Batch)
                continue;
            await image.SaveIfDueAsync(stop);
            await store.WaitForEntriesAsync(index.Position, ProjectionLoop.Idle, stop);
            await Task.Delay(ProjectionLoop.Gather, stop);
        }
    }
}
