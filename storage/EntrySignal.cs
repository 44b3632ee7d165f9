namespace Personalization.Storage;

/// <summary>Wakes those who wait for the journal to grow. Knows the newest position committed by this process.</summary>
sealed class EntrySignal(TimeProvider time, long position)
{
    readonly Lock _gate = new();
    TaskCompletionSource? _waiting;

    public long Position { get; private set; } = position;

    public void Advance(long to)
    {
        TaskCompletionSource? released;
        lock (_gate)
        {
            if (to <= Position)
                return;
            Position = to;
            released = _waiting;
            _waiting = null;
        }
        released?.SetResult();
    }

    /// <summary>Completes when <see cref="Position"/> is beyond the one given, or after a time.</summary>
    public async Task WaitAsync(long beyond, TimeSpan atMost, CancellationToken cancel)
    {
        Task released;
        lock (_gate)
        {
            if (Position > beyond)
                return;
            _waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            released = _waiting.Task;
        }
        try
        {
            await released.WaitAsync(atMost, time, cancel);
        }
        catch (TimeoutException)
        {
            // Nothing came: that is an answer too.
        }
    }
}
