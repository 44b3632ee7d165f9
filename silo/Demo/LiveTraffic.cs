using Personalization.Import;
using Personalization.Shop;

namespace Personalization.Demo;

/// <summary>Keeps the simulated customers coming: what they do now is recorded like any storefront's events.</summary>
sealed partial class LiveTraffic(LiveShop shop, JournalImport import, ShopClock time, ILogger log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var batch = shop.NextBatch(time.GetUtcNow());
                if (batch.Count > 0)
                    await RecordAsync(batch, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    async Task RecordAsync(IReadOnlyList<ImportedFact> batch, CancellationToken stop)
    {
        try
        {
            await import.WriteAsync(batch, imported: false, stop);
        }
        catch (Journal.StoreUnavailableException problem)
        {
            Log.Failed(log, problem.Message);
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Live traffic could not be recorded: {Why}")]
        public static partial void Failed(ILogger log, string why);
    }
}
