using Personalization.Storage;

namespace Personalization.OneProcess;

/// <summary>The memory bound: customers unused longest leave first, with a snapshot where it saves replaying much.</summary>
public sealed partial class OneProcessCustomers
{
    const int SnapshotBatch = 500;

    /// <summary>Lets customers go until memory is within its bound. Called now and then; each call is one tick of age.</summary>
    public async ValueTask<int> TrimAsync(CancellationToken cancel = default)
    {
        Interlocked.Increment(ref ticks);
        var bound = options.MemoryMegabytes * 1_048_576L;
        if (Interlocked.Read(ref bytes) <= bound)
            return 0;
        var letGo = await LetGoAsync(OldestFirst(), () => Interlocked.Read(ref bytes) > bound * 9 / 10, cancel);
        Log.LetGo(log, letGo, Interlocked.Read(ref bytes) / 1_048_576);
        return letGo;
    }

    /// <summary>Lets all customers go, with their snapshots: the end of the process.</summary>
    public ValueTask<int> DeactivateAllAsync(CancellationToken cancel = default) =>
        LetGoAsync(activations.Values, () => true, cancel);

    IEnumerable<Activation> OldestFirst() => activations.Values.OrderBy(activation => activation.LastUse).ToList();

    async ValueTask<int> LetGoAsync(IEnumerable<Activation> candidates, Func<bool> goOn, CancellationToken cancel)
    {
        var snapshots = new List<Snapshot>();
        var letGo = 0;
        foreach (var activation in candidates)
        {
            if (!goOn())
                break;
            if (!activation.TryEnter())
                continue;
            if (activation.Snapshot(options.SnapshotEvery) is { } snapshot)
                snapshots.Add(snapshot);
            activation.Retired = true;
            activations.TryRemove(activation.Number, out _);
            Interlocked.Add(ref bytes, -activation.Counted);
            activation.Leave();
            letGo++;
            if (snapshots.Count < SnapshotBatch)
                continue;
            await store.SaveSnapshotsAsync(snapshots, cancel);
            snapshots = [];
        }
        if (snapshots.Count > 0)
            await store.SaveSnapshotsAsync(snapshots, cancel);
        return letGo;
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "Let go of {Count} customers; {Megabytes} MB remain in memory.")]
        public static partial void LetGo(ILogger log, int count, long megabytes);
    }
}
