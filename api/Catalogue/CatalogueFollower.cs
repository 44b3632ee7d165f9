namespace Personalization.Catalogue;

/// <summary>Takes over within a second what other processes change in the catalogue.</summary>
public sealed partial class CatalogueFollower(CatalogueService catalogue, ILogger<CatalogueFollower> log) : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                try
                {
                    await catalogue.CatchUpAsync(stop);
                }
                catch (Storage.StoreUnavailableException unavailable)
                {
                    Log.Unavailable(log, unavailable.Message);
                }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Changes of the catalogue cannot be read now: {Reason}")]
        public static partial void Unavailable(ILogger log, string reason);
    }
}
