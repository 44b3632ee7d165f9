using Personalization.Journal;

namespace Personalization.Leadership;

/// <summary>
/// Runs the leader's tasks: starts them when this silo becomes the leader, stops them when another may take over, and
/// gives the lead back at the end, or when one of them fails.
/// </summary>
public sealed partial class LeaderService(IStore store, IEnumerable<ILeaderTask> tasks, ILogger<LeaderService> log)
    : BackgroundService
{
    readonly List<ILeaderTask> _tasks = [.. tasks];

    /// <summary>Whether this process is the one that leads.</summary>
    public bool IsLeader { get; private set; }

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
        Log.Leading(log);
        IsLeader = true;
        var started = new Stack<ILeaderTask>();
        try
        {
            foreach (var task in _tasks)
            {
                await task.StartAsync(until);
                started.Push(task);
            }
            var running = started.OfType<BackgroundService>().Select(task => task.ExecuteTask!);
            var ended = await Task.WhenAny([Task.Delay(Timeout.Infinite, until), .. running]);
            if (until.IsCancellationRequested)
                return;
            await ended;
            throw new InvalidOperationException("A task of the leader ended by itself.");
        }
        finally
        {
            IsLeader = false;
            foreach (var task in started)
                await StopAsync(task);
        }
    }

    async Task StopAsync(ILeaderTask task)
    {
        try
        {
            await task.StopAsync(CancellationToken.None);
        }
        catch (Exception problem)
        {
            Log.Failed(log, problem);
        }
    }

    static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Information,
            Message = "This silo is the leader: it wakes customers, sends messages and keeps the read models."
        )]
        public static partial void Leading(ILogger log);

        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "The database no longer knows this silo as the leader; another may take over."
        )]
        public static partial void Lost(ILogger log);

        [LoggerMessage(Level = LogLevel.Error, Message = "A task of the leader failed; it gives the lead back and tries again.")]
        public static partial void Failed(ILogger log, Exception problem);
    }
}
