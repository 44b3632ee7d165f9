using System.Threading.Channels;

namespace Personalization.Storage.Sqlite;

/// <summary>Threads that wait for a channel. Waiting for the channel's task would spin before it blocks, on processors that have work to do.</summary>
static class BlockingReads
{
    /// <summary>Blocks until there is something to read; false when there never will be.</summary>
    /// <param name="reader">Of a channel that allows synchronous continuations.</param>
    /// <param name="arrived">The waiting thread's own signal.</param>
    public static bool WaitToRead<T>(this ChannelReader<T> reader, ManualResetEventSlim arrived)
    {
        var waiting = reader.WaitToReadAsync();
        if (!waiting.IsCompleted)
        {
            waiting.GetAwaiter().UnsafeOnCompleted(arrived.Set);
            arrived.Wait();
            arrived.Reset();
        }
        return waiting.Result;
    }
}
