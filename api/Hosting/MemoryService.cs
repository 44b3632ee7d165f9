using Personalization.Following;
using Personalization.OneProcess;
using Personalization.Storage;

namespace Personalization.Hosting;

/// <summary>The scratch copy that a server at another time lives in; null directory for a server in the present.</summary>
public sealed record ScratchCopy(string? Directory)
{
    public void Drop()
    {
        if (Directory is not null) AsOf.Drop(Directory);
    }
}

/// <summary>Keeps customers within their memory bound, and at the end puts away what makes the next start quick.</summary>
public sealed class MemoryService(OneProcessCustomers customers, IndexImage image, FollowerService followers, IStore store, ScratchCopy scratch) : BackgroundService
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
        scratch.Drop();
    }
}
