using Personalization.Health;
using Personalization.Journal;
using Personalization.Leadership;

namespace Personalization.Feeds;

/// <summary>Fetches the shop's feeds when they are due.</summary>
public sealed class FeedService(ProductFeeds feeds, StoreWatch watch) : BackgroundService, ILeaderTask
{
    static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Look);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                try
                {
                    await feeds.RunOnceAsync(stop);
                }
                catch (StoreUnavailableException unavailable)
                {
                    watch.Report(unavailable);
                }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }
}
