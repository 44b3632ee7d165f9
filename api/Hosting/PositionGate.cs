using Personalization.Following;
using Personalization.Problems;
using Personalization.Storage;

namespace Personalization.Hosting;

/// <summary>Lets a reader of lists wait until they show what was acknowledged at a position (<c>after=</c>).</summary>
public sealed class PositionGate(ReadModelService lists, IStore store)
{
    static readonly TimeSpan AtMost = TimeSpan.FromSeconds(10);

    /// <summary>Null when the lists are there; the problem to answer with when they are not within ten seconds.</summary>
    public async ValueTask<Problem?> WaitAsync(long? position, CancellationToken cancel)
    {
        if (position is not { } wanted || lists.Position >= wanted)
            return null;
        // Nothing will ever come of waiting for what has not been written.
        if (wanted > await store.LastPositionAsync(cancel))
            return Problem.BadField(
                "after",
                "The journal has not reached this position.",
                "Send the position that a tracking call answered with."
            );
        return await lists.WaitAsync(wanted, AtMost, cancel)
            ? null
            : Problem.Unavailable($"The lists are at position {lists.Position} and have not reached the one asked for.", 2);
    }
}
