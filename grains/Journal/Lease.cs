namespace Personalization.Journal;

/// <summary>
/// The right to do what must be done once in a shop, however many processes serve it. It ends when it is disposed of, when
/// the process dies, or when the database no longer knows of it.
/// </summary>
public sealed class Lease(Func<ValueTask> giveUp, CancellationToken lost = default) : IAsyncDisposable
{
    /// <summary>Cancelled when another process may take over: stop at once.</summary>
    public CancellationToken Lost => lost;

    public ValueTask DisposeAsync() => giveUp();
}
