using Personalization.Storage.Turns;

namespace Personalization.OneProcess;

/// <summary>
/// A customer in memory, and the gate that makes its turns follow each other. A waiter costs memory only while it waits:
/// most turns find the gate open.
/// </summary>
sealed class Activation(long number) : JournaledCustomer(number)
{
    Queue<TaskCompletionSource>? waiting;
    bool busy;

    /// <summary>Bytes counted for this customer in the host's total.</summary>
    public int Counted;

    /// <summary>When it was last used, in the host's ticks.</summary>
    public int LastUse;

    /// <summary>It has left memory; whoever waited must ask for it anew.</summary>
    public bool Retired;

    /// <summary>Completes when the gate is this caller's, in order of asking.</summary>
    public ValueTask EnterAsync()
    {
        lock (this)
        {
            if (!busy)
            {
                busy = true;
                return ValueTask.CompletedTask;
            }
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (waiting ??= new Queue<TaskCompletionSource>()).Enqueue(turn);
            return new ValueTask(turn.Task);
        }
    }

    public bool TryEnter()
    {
        lock (this)
        {
            if (busy)
                return false;
            return busy = true;
        }
    }

    public void Leave()
    {
        lock (this)
        {
            if (waiting is { Count: > 0 })
            {
                waiting.Dequeue().SetResult();
                return;
            }
            busy = false;
            waiting = null;
        }
    }
}
