using System.Diagnostics;
using Personalization.Storage;

namespace Personalization.Following;

/// <summary>
/// Runs the followers of the journal behind the acknowledgements: the item index, and the tables for lists and statistics.
/// Each keeps its own position; a failure is logged, waited for and tried again from there.
/// </summary>
public sealed partial class FollowerService(
    IStore store, IndexFollower index, IndexImage image, ReadModelFollower readModels, TimeProvider time, ILogger<FollowerService> log)
    : BackgroundService
{
    const int Batch = 4000;

    /// <summary>Entries that come within this time are followed together: fresh enough for a person, cheaper for the machine.</summary>
    static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);

    readonly TaskCompletionSource caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    long readModelPosition;

    /// <summary>Completes when the index has counted everything that stood in the journal at the start.</summary>
    public Task CaughtUp => caughtUp.Task;

    public long IndexPosition => index.Position;
    public long ReadModelPosition => Interlocked.Read(ref readModelPosition);

    /// <summary>Waits until the tables have reached a position; false when they have not within the time.</summary>
    public async Task<bool> WaitForReadModelsAsync(long position, TimeSpan atMost, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        while (ReadModelPosition < position)
        {
            if (Stopwatch.GetElapsedTime(started) > atMost) return false;
            await Task.Delay(TimeSpan.FromMilliseconds(5), cancel);
        }
        return true;
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        await Task.Yield();
        await Task.WhenAll(
            RunAsync("item index", FollowIndexAsync, stop),
            RunAsync("read models", FollowReadModelsAsync, stop));
    }

    async Task RunAsync(string name, Func<CancellationToken, Task> follow, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
            try
            {
                await follow(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception problem)
            {
                Log.Failed(log, name, problem);
                await Task.Delay(TimeSpan.FromSeconds(1), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
    }

    async Task FollowIndexAsync(CancellationToken stop)
    {
        var last = await store.LastPositionAsync(stop);
        while (true)
        {
            var entries = await store.ReadJournalAsync(index.Position, Batch, withPersonal: false, stop);
            index.Follow(entries);
            if (index.Position >= last) caughtUp.TrySetResult();
            if (entries.Count == Batch) continue;
            await image.SaveIfDueAsync(stop);
            await store.WaitForEntriesAsync(index.Position, Idle, stop);
            await Task.Delay(Gather, stop);
        }
    }

    async Task FollowReadModelsAsync(CancellationToken stop)
    {
        Interlocked.Exchange(ref readModelPosition, await store.ReadModels.PositionAsync(stop));
        while (true)
        {
            var from = ReadModelPosition;
            var entries = await store.ReadJournalAsync(from, Batch, withPersonal: false, stop);
            if (entries.Count > 0)
            {
                await readModels.FollowAsync(entries, from, stop);
                Interlocked.Exchange(ref readModelPosition, entries[^1].Position);
            }
            if (entries.Count == Batch) continue;
            await store.WaitForEntriesAsync(ReadModelPosition, Idle, stop);
            await Task.Delay(Gather, stop);
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Following the journal into the {Follower} failed; trying again.")]
        public static partial void Failed(ILogger log, string follower, Exception problem);
    }
}
