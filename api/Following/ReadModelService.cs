using System.Diagnostics;
using Personalization.Duties;
using Personalization.Storage;

namespace Personalization.Following;

/// <summary>
/// Follows the journal into the tables for lists and statistics, which a shop has once: one of its processes at a time does
/// it, the others look where the tables stand.
/// </summary>
public sealed class ReadModelService(IStore store, ReadModelFollower follower, TimeProvider time, ILogger<ReadModelService> log)
    : BackgroundService,
        IDuty
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    long position;
    volatile bool following;

    /// <summary>The newest position of the tables that this process knows of.</summary>
    public long Position => Interlocked.Read(ref position);

    /// <summary>Waits until the tables have reached a position; false when they have not within the time.</summary>
    public async Task<bool> WaitAsync(long wanted, TimeSpan atMost, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        while (Position < wanted)
        {
            if (!following)
                Reached(await store.ReadModels.PositionAsync(cancel));
            if (Position >= wanted)
                break;
            if (Stopwatch.GetElapsedTime(started) > atMost)
                return false;
            await Task.Delay(following ? TimeSpan.FromMilliseconds(5) : Look, cancel);
        }
        return true;
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        await Task.Yield();
        await FollowLoop.RunAsync("read models", FollowAsync, time, log, stop);
        following = false;
    }

    async Task FollowAsync(CancellationToken stop)
    {
        Reached(await store.ReadModels.PositionAsync(stop));
        following = true;
        while (true)
        {
            var from = Position;
            var entries = await store.ReadJournalAsync(from, FollowLoop.Batch, withPersonal: false, stop);
            if (entries.Count > 0)
            {
                await follower.FollowAsync(entries, from, stop);
                Reached(entries[^1].Position);
            }
            if (entries.Count == FollowLoop.Batch)
                continue;
            await store.WaitForEntriesAsync(Position, FollowLoop.Idle, stop);
            await Task.Delay(FollowLoop.Gather, stop);
        }
    }

    void Reached(long to) => Interlocked.Exchange(ref position, to);
}
