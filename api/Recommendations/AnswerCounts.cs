using Personalization.Journal;

namespace Personalization.Recommendations;

/// <summary>
/// Counts the answers of this process and adds them to the store every second: no answer waits for it, and what a crash takes is a
/// second of counting.
/// </summary>
public sealed partial class AnswerCounts(IStore store, ILogger<AnswerCounts> log) : BackgroundService
{
    const long Day = 86_400_000;
    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    Dictionary<(int Day, Placement Placement, uint Source), (long Answers, long Items)> _counted = [];

    public void Count(Placement placement, uint source, long at, int items) =>
        Add(((int)(at / Day), placement, source), 1, items);

    void Add((int Day, Placement Placement, uint Source) key, long answers, long items)
    {
        lock (this)
        {
            var before = _counted.GetValueOrDefault(key);
            _counted[key] = (before.Answers + answers, before.Items + items);
        }
    }

    /// <summary>Adds what was counted since to the store; what cannot be written is kept for the next time.</summary>
    public async Task FlushAsync(CancellationToken cancel = default)
    {
        var counted = Take();
        if (counted.Count == 0)
            return;
        try
        {
            await store.AddAnswersAsync(
                [
                    .. counted.Select(c => new AnswerDay(
                        c.Key.Day,
                        (byte)c.Key.Placement,
                        c.Key.Source,
                        c.Value.Answers,
                        c.Value.Items
                    )),
                ],
                cancel
            );
        }
        catch
        {
            foreach (var (key, (answers, items)) in counted)
                Add(key, answers, items);
            throw;
        }
    }

    Dictionary<(int Day, Placement Placement, uint Source), (long Answers, long Items)> Take()
    {
        lock (this)
        {
            if (_counted.Count == 0)
                return [];
            var counted = _counted;
            _counted = [];
            return counted;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every);
        var isSaid = false;
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                try
                {
                    await FlushAsync(stop);
                    isSaid = false;
                }
                catch (StoreUnavailableException unavailable)
                {
                    if (!isSaid)
                        Log.NotKept(log, unavailable.Message);
                    isSaid = true;
                }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await FlushAsync(cancellationToken);
        }
        catch (StoreUnavailableException unavailable)
        {
            Log.NotKept(log, unavailable.Message);
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "How many answers were given cannot be written now: {Reason}")]
        public static partial void NotKept(ILogger log, string reason);
    }
}
