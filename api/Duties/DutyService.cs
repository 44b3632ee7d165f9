using Personalization.Storage;

namespace Personalization.Duties;

/// <summary>
/// Does the shop's duties while this process leads: starts them when it may, stops them when another may take over, and
/// hands over at the end.
/// </summary>
public sealed partial class DutyService(IStore store, IEnumerable<IDuty> duties, ILogger<DutyService> log) : BackgroundService
{
    readonly List<IDuty> duties = [.. duties];

    /// <summary>Whether this process is the one that leads.</summary>
    public bool Leads { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        await Task.Yield();
        while (!stop.IsCancellationRequested)
            try
            {
                await using var lease = await store.LeadAsync(stop);
                using var until = CancellationTokenSource.CreateLinkedTokenSource(stop, lease.Lost);
                await LeadAsync(until.Token);
                if (lease.Lost.IsCancellationRequested)
                    Log.Lost(log);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception problem)
            {
                Log.Failed(log, problem);
                await Task.Delay(TimeSpan.FromSeconds(1), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
    }

    async Task LeadAsync(CancellationToken until)
    {
        Log.Leads(log);
        Leads = true;
        var started = new Stack<IDuty>();
        try
        {
            foreach (var duty in duties)
            {
                await duty.StartAsync(until);
                started.Push(duty);
            }
            await Task.Delay(Timeout.Infinite, until).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            Leads = false;
            foreach (var duty in started)
                await duty.StopAsync(CancellationToken.None);
        }
    }

    static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Information,
            Message = "This server does the shop's duties: it wakes customers, sends messages and keeps the lists."
        )]
        public static partial void Leads(ILogger log);

        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "The database no longer knows that this server does the shop's duties; another may take them over."
        )]
        public static partial void Lost(ILogger log);

        [LoggerMessage(Level = LogLevel.Error, Message = "A duty of the shop could not be started or stopped; trying again.")]
        public static partial void Failed(ILogger log, Exception problem);
    }
}
