using Personalization.Projections;

namespace Personalization.Hosting;

/// <summary>
/// Saves the item index at shutdown. The first of the hosted services, so the last to stop.
/// </summary>
public sealed class ShutdownService(IndexImage image, IndexService index) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await index.StopAsync(cancellationToken);
        await image.SaveAsync(cancellationToken);
    }
}
