using System.Diagnostics;
using Personalization.Health;
using Personalization.Journal;

namespace Personalization.Catalogue;

/// <summary>Takes over what other processes change in the catalogue, and tells them when it has.</summary>
public sealed class CatalogueRefreshService(CatalogueService catalogue, StoreWatch watch) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromMilliseconds(200),
        Silence = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every);
        var (told, at) = (-1L, Stopwatch.GetTimestamp());
        try
        {
            do
            {
                try
                {
                    await catalogue.CatchUpAsync(stop);
                    if (catalogue.Applied == told && Stopwatch.GetElapsedTime(at) < Silence)
                        continue;
                    await catalogue.ReportAsync(serves: true, stop);
                    (told, at) = (catalogue.Applied, Stopwatch.GetTimestamp());
                }
                catch (StoreUnavailableException unavailable)
                {
                    watch.Report(unavailable);
                }
            } while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await catalogue.ReportAsync(serves: false, cancellationToken);
        }
        catch (StoreUnavailableException unavailable)
        {
            watch.Report(unavailable);
        }
    }
}
