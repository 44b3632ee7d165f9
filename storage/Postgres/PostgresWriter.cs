using System.Threading.Channels;
using Npgsql;
using Personalization.Journal;
using static Personalization.Storage.Postgres.PostgresDatabase;

namespace Personalization.Storage.Postgres;

/// <summary>A commit on its way, with its turns' personal parts sealed.</summary>
sealed record Pending(Commit Commit, byte[][]? Personal)
{
    public long Queued { get; } = JournalInstruments.Now;
    public TaskCompletionSource<CommitResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>
/// The one loop of this process that writes to the journal: everything that waits becomes one transaction of two round
/// trips. The first takes the journal lock and reads what the commits were decided upon; who loses is then known, and
/// the second writes what remains and commits.
/// </summary>
sealed class PostgresWriter : IAsyncDisposable
{
    const int MaxWaiting = 16_384;
    const int MaxCommits = 2_048;

    readonly Channel<Pending> _queue = Channel.CreateBounded<Pending>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true }
    );
    readonly PostgresDatabase _database;
    readonly EntrySignal _signal;
    readonly TimeProvider _time;
    readonly Task _loop;

    public PostgresWriter(PostgresDatabase database, EntrySignal signal, TimeProvider time)
    {
        (_database, _signal, _time) = (database, signal, time);
        _loop = Task.Run(LoopAsync);
    }

    public async ValueTask<CommitResult> CommitAsync(Commit commit, byte[][]? personal, CancellationToken cancel)
    {
        var pending = new Pending(commit, personal);
        try
        {
            await _queue.Writer.WriteAsync(pending, cancel);
        }
        catch (ChannelClosedException e)
        {
            throw new StoreUnavailableException("The store has been closed.", e);
        }
        return await pending.Done.Task;
    }

    async Task LoopAsync()
    {
        var group = new List<Pending>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (group.Count < MaxCommits && _queue.Reader.TryRead(out var pending))
                group.Add(pending);
            await WriteAsync(group);
            group.Clear();
        }
    }

    async Task WriteAsync(IReadOnlyList<Pending> group)
    {
        try
        {
            await WriteGroupAsync(group);
        }
        catch (PostgresException refused) when (group.Count > 1 && !IsOfServer(refused))
        {
            // One of them could not be written: its neighbours must not suffer.
            foreach (var pending in group)
                await WriteAsync([pending]);
        }
        catch (Exception e)
        {
            var unavailable = e as StoreUnavailableException ?? _database.Unavailable(e);
            foreach (var pending in group)
                pending.Done.SetException(unavailable);
        }
    }

    async Task WriteGroupAsync(IReadOnlyList<Pending> group)
    {
        await using var connection = await _database.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        var write = new GroupWrite(await ReadGroundAsync(connection, group), _time.GetUtcNow().ToUnixTimeMilliseconds());
        var results = new CommitResult[group.Count];
        for (var i = 0; i < results.Length; i++)
            results[i] = write.Add(group[i].Commit, group[i].Personal);
        await using (var batch = new NpgsqlBatch(connection))
        {
            write.Fill(batch, _database);
            // The text, not the transaction's method, so that it travels with the rest.
            batch.BatchCommands.Add(_database.Query("commit"));
            await batch.ExecuteNonQueryAsync();
        }
        _signal.Advance(write.LastPosition);
        JournalInstruments.Grouped(group.Count);
        for (var i = 0; i < results.Length; i++)
        {
            JournalInstruments.Committed(group[i].Queued);
            group[i].Done.SetResult(results[i]);
        }
    }

    async Task<Ground> ReadGroundAsync(NpgsqlConnection connection, IReadOnlyList<Pending> group)
    {
        var commits = group.Select(pending => pending.Commit).ToList();
        long[] customers = [.. commits.SelectMany(c => c.Turns).Select(t => t.Customer).Distinct()];
        long[] names = [.. commits.SelectMany(c => c.Names).Select(n => n.Name).Distinct().Order()];
        Guid[] messages =
        [
            .. commits
                .SelectMany(c => c.OutboxMoves.Select(m => m.Message).Concat(c.PutOff.Select(m => m.Message)))
                .Distinct()
                .Order(),
        ];
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(_database.Query("limit-stalling"));
        batch.BatchCommands.Add(_database.Query("lock-journal"));
        batch.BatchCommands.Add(_database.Query("last-position"));
        batch.BatchCommands.Add(_database.Query("heads", P(customers)));
        batch.BatchCommands.Add(_database.Query("customers-of-names", P(names)));
        batch.BatchCommands.Add(_database.Query("states-of-messages", P(messages)));
        await using var reader = await batch.ExecuteReaderAsync();
        // The setting returns no rows and so no result; the lock's is passed over.
        await reader.NextResultAsync();
        var position = (await RowsAsync(reader, row => row.GetInt64(0), default))[0];
        await reader.NextResultAsync();
        var heads = await RowsAsync(reader, row => KeyValuePair.Create(row.GetInt64(0), row.GetInt32(1)), default);
        await reader.NextResultAsync();
        var owners = await RowsAsync(reader, row => KeyValuePair.Create(row.GetInt64(0), row.GetInt64(1)), default);
        await reader.NextResultAsync();
        var states = await RowsAsync(reader, row => KeyValuePair.Create(row.GetGuid(0), (OutboxState)row.GetInt16(1)), default);
        return new Ground(position, new(heads), new(owners), new(states));
    }

    /// <summary>Writes what is in line, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
    }
}
