namespace Personalization.OneProcess;

/// <summary>Keeps customers within their memory bound, and at the end lets them all go with their snapshots.</summary>
public sealed class MemoryService(OneProcessCustomers customers) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                await customers.TrimAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await customers.DeactivateAllAsync(cancellationToken);
    }
}
