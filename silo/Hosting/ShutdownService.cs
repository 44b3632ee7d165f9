using Personalization.Customers;
using Personalization.Journal;
using Personalization.Projections;

namespace Personalization.Hosting;

/// <summary>
/// Saves the item index at shutdown, and closes the store. The first of the hosted services, so the last
/// to stop: whoever writes to the store has stopped before.
/// </summary>
public sealed partial class ShutdownService(
    IndexImage image,
    IndexService index,
    IStore store,
    ScratchCopy scratch,
    CustomerHost customers,
    ILogger<ShutdownService> log
) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await index.StopAsync(cancellationToken);
        await image.SaveAsync(cancellationToken);
        await store.DisposeAsync();
        scratch.Drop();
        Stopped(log, customers.SavedAtStop);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopped: {Count} customers saved their snapshots.")]
    static partial void Stopped(ILogger log, int count);
}
