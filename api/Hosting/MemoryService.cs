using Personalization.Following;
using Personalization.OneProcess;
using Personalization.Storage;

namespace Personalization.Hosting;

/// <summary>Keeps customers within their memory bound, and at the end puts away what makes the next start quick.</summary>
public sealed class MemoryService(OneProcessCustomers customers, IndexImage image, FollowerService followers, IStore store) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every);
        try
        {
            while (await timer.WaitForNextTickAsync(stop)) await customers.TrimAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>Runs after the server has stopped taking requests: hosted services stop in the reverse order of their start.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await customers.DeactivateAllAsync(cancellationToken);
        await followers.StopAsync(cancellationToken);
        await image.SaveAsync(cancellationToken);
        await store.DisposeAsync();
    }
}
