using Personalization.Customers;
using Personalization.Projections;

namespace Personalization.Hosting;

/// <summary>
/// Saves the item index at shutdown. The first of the hosted services, so the last to stop.
/// </summary>
public sealed partial class ShutdownService(
    IndexImage image,
    IndexService index,
    CustomerHost customers,
    ILogger<ShutdownService> log
) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await index.StopAsync(cancellationToken);
        await image.SaveAsync(cancellationToken);
        Stopped(log, customers.SavedAtStop);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopped: {Count} customers saved their snapshots.")]
    static partial void Stopped(ILogger log, int count);
}
