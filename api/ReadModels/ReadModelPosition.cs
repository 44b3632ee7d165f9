using System.Diagnostics;
using Personalization.Journal;
using Personalization.Problems;

namespace Personalization.ReadModels;

/// <summary>
/// How far the read models have come, and waiting for it (<c>minPosition=</c>). One silo writes them; the others look at the
/// database when a caller waits.
/// </summary>
public sealed class ReadModelPosition(IStore store)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    long _position;

    /// <summary>The newest position of the read models that this silo knows of.</summary>
    public long Current => Interlocked.Read(ref _position);

    /// <summary>This silo writes the read models.</summary>
    public bool IsWrittenHere { get; set; }

    public void Advance(long to) => Interlocked.Exchange(ref _position, to);

    /// <summary>Null when the read models are there; the problem to answer with when they are not within ten seconds.</summary>
    public async ValueTask<Problem?> WaitAsync(long? minPosition, CancellationToken cancel)
    {
        if (minPosition is not { } wanted || Current >= wanted)
            return null;
        // Nothing will ever come of waiting for what has not been written.
        if (wanted > await store.LastPositionAsync(cancel))
            return Problem.BadField(
                "minPosition",
                "The journal has not reached this position.",
                "Send the position that a tracking call answered with."
            );
        var started = Stopwatch.GetTimestamp();
        while (Current < wanted)
        {
            if (!IsWrittenHere)
                Advance(await store.ReadModels.PositionAsync(cancel));
            if (Current >= wanted)
                break;
            if (Stopwatch.GetElapsedTime(started) > Patience)
                return Problem.Unavailable(
                    $"The read models are at position {Current} and have not reached the one asked for.",
                    2
                );
            await Task.Delay(IsWrittenHere ? TimeSpan.FromMilliseconds(5) : Look, cancel);
        }
        return null;
    }
}
