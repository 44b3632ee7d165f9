using Personalization.Journal;
using Personalization.Projections;

namespace Personalization.Hosting;

/// <summary>
/// Saves the item index at shutdown, and closes the store. The first of the hosted services, so the last
/// to stop: whoever writes to the store has stopped before.
/// </summary>
public sealed class ShutdownService(IndexImage image, IndexService index, IStore store, ScratchCopy scratch) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await index.StopAsync(cancellationToken);
        await image.SaveAsync(cancellationToken);
        await store.DisposeAsync();
        scratch.Drop();
    }
}
