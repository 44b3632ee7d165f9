using System.Threading.Channels;
using Personalization.Journal;
using static Personalization.Storage.Postgres.PostgresDatabase;

namespace Personalization.Storage.Postgres;

/// <summary>
/// Reads histories of customers, those that are asked for at the same time in one query: when thousands of customers come
/// into memory at once, a way there and back for each would cost more than what is read.
/// </summary>
sealed class PostgresReads : IAsyncDisposable
{
    const int MaxWaiting = 16_384,
        MaxTogether = 256,
        Loops = 2;

    readonly record struct Asked(long Customer, int After, int UpTo, int Limit, TaskCompletionSource<List<JournalEntry>> Answer);

    readonly Channel<Asked> _queue = Channel.CreateBounded<Asked>(MaxWaiting);
    readonly PostgresDatabase _database;
    readonly Task[] _loops;

    public PostgresReads(PostgresDatabase database)
    {
        _database = database;
        _loops = [.. Enumerable.Range(0, Loops).Select(_ => Task.Run(LoopAsync))];
    }

    /// <summary>A customer's entries of versions after one and up to another, oldest first: the newest <paramref name="limit"/> of them.</summary>
    public async ValueTask<List<JournalEntry>> EntriesAsync(
        long customer,
        int after,
        int upTo,
        int limit,
        CancellationToken cancel
    )
    {
        var asked = new Asked(customer, after, upTo, limit, new(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            await _queue.Writer.WriteAsync(asked, cancel);
        }
        catch (ChannelClosedException e)
        {
            throw new StoreUnavailableException("The store has been closed.", e);
        }
        return await asked.Answer.Task.WaitAsync(cancel);
    }

    async Task LoopAsync()
    {
        var together = new List<Asked>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (together.Count < MaxTogether && _queue.Reader.TryRead(out var asked))
                together.Add(asked);
            if (together.Count == 0)
                continue;
            await AnswerAsync(together);
            together.Clear();
        }
    }

    async Task AnswerAsync(List<Asked> together)
    {
        try
        {
            var answers = together.ConvertAll(_ => new List<JournalEntry>());
            var rows = await _database.ReadAsync(
                _database.Query(
                    "read-customers",
                    P(together, a => a.Customer),
                    P(together, a => a.After),
                    P(together, a => a.UpTo),
                    P(together, a => a.Limit)
                ),
                static row => (Index: (int)row.GetInt64(0), Entry: Entry(row, 1)),
                CancellationToken.None
            );
            foreach (var (index, entry) in rows)
                answers[index - 1].Add(entry);
            for (var i = 0; i < together.Count; i++)
                together[i].Answer.SetResult(answers[i]);
        }
        catch (Exception e)
        {
            var unavailable = e as StoreUnavailableException ?? _database.Unavailable(e);
            foreach (var asked in together)
                asked.Answer.TrySetException(unavailable);
        }
    }

    public static JournalEntry Entry(System.Data.Common.DbDataReader row, int first) =>
        new(
            row.GetInt64(first),
            row.GetInt64(first + 1),
            row.GetInt32(first + 2),
            row.GetInt64(first + 3),
            row.GetFieldValue<byte[]>(first + 4),
            row.IsDBNull(first + 5) ? [] : row.GetFieldValue<byte[]>(first + 5)
        );

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await Task.WhenAll(_loops);
    }
}
