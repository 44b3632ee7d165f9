namespace Personalization.Projections;

/// <summary>How the journal is followed.</summary>
static partial class ProjectionLoop
{
    public const int Batch = 4000;

    /// <summary>Entries that come within this time are followed together: fresh enough for a person, cheaper for the machine.</summary>
    public static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    /// <summary>How often what was set aside is looked at.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>Follows until stopped, and again after a failure.</summary>
    public static async Task RunAsync(
        string name,
        Func<CancellationToken, Task> project,
        TimeProvider time,
        ILogger log,
        CancellationToken stop
    )
    {
        while (!stop.IsCancellationRequested)
            try
            {
                await project(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception problem)
            {
                Failed(log, name, problem);
                await Task.Delay(TimeSpan.FromSeconds(1), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Projecting the journal into the {Projection} failed; trying again.")]
    static partial void Failed(ILogger log, string projection, Exception problem);
}
