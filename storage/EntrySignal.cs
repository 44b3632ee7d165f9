namespace Personalization.Storage;

/// <summary>Wakes those who wait for the journal to grow. Knows the newest position committed by this process.</summary>
sealed class EntrySignal(TimeProvider time, long position)
{
    readonly Lock gate = new();
    TaskCompletionSource? waiting;

    public long Position { get; private set; } = position;

    public void Advance(long to)
    {
        TaskCompletionSource? released;
        lock (gate)
        {
            if (to <= Position)
                return;
            Position = to;
            released = waiting;
            waiting = null;
        }
        released?.SetResult();
    }

    /// <summary>Completes when <see cref="Position"/> is beyond the one given, or after a time.</summary>
    public async Task WaitAsync(long beyond, TimeSpan atMost, CancellationToken cancel)
    {
        Task released;
        lock (gate)
        {
            if (Position > beyond)
                return;
            waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            released = waiting.Task;
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
