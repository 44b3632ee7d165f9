using Personalization.Catalogue;
using Personalization.Storage;

namespace Personalization.Following;

/// <summary>
/// Follows the journal into this process's item index, behind the acknowledgements. Keeps its own position; a failure is
/// logged, waited for and tried again from there.
/// </summary>
public sealed class IndexService(
    IStore store,
    IndexFollower index,
    IndexImage image,
    CatalogueService catalogue,
    TimeProvider time,
    ILogger<IndexService> log
) : BackgroundService
{
    readonly TaskCompletionSource caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the index has counted everything that stood in the journal at the start.</summary>
    public Task CaughtUp => caughtUp.Task;

    public long Position => index.Position;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        await Task.Yield();
        await FollowLoop.RunAsync("item index", FollowAsync, time, log, stop);
    }

    async Task FollowAsync(CancellationToken stop)
    {
        var last = await store.LastPositionAsync(stop);
        while (true)
        {
            var entries = await store.ReadJournalAsync(index.Position, FollowLoop.Batch, withPersonal: false, stop);
            // Another process may have numbered a product that these speak of.
            if (entries.Count > 0 && catalogue.IsShared)
                await catalogue.CatchUpAsync(stop);
            index.Follow(entries);
            if (index.Position >= last)
                caughtUp.TrySetResult();
            if (entries.Count == FollowLoop.Batch)
                continue;
            await image.SaveIfDueAsync(stop);
            await store.WaitForEntriesAsync(index.Position, FollowLoop.Idle, stop);
            await Task.Delay(FollowLoop.Gather, stop);
        }
    }
}
