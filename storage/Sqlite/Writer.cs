using System.Threading.Channels;
using Personalization.Journal;

namespace Personalization.Storage.Sqlite;

/// <summary>Something to be written, in a transaction that it may share with others.</summary>
abstract class Work
{
    /// <summary>A measure of its size, so that a transaction stays short.</summary>
    public virtual int Rows => 1;

    /// <summary>Whether the log must be emptied before this is complete: what was deleted must not linger in it.</summary>
    public bool ThenCheckpoint { get; init; }

    /// <summary>What must be on disk, in another file, before this may be; null: nothing. If that fails, this does.</summary>
    public Task? After { get; init; }

    /// <summary>Writes, inside the transaction. May be run again after the transaction was rolled back.</summary>
    public abstract void Run(Database database);

    /// <summary>Called once, after the transaction reached the disk.</summary>
    public abstract void Complete();

    /// <summary>Called once, when nothing of it was written.</summary>
    public abstract void Fail(Exception exception);
}

/// <summary>Work whose caller waits for it.</summary>
abstract class Work<T> : Work
{
    readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    T _result = default!;

    public Task<T> Done => _done.Task;

    protected abstract T Write(Database database);

    public sealed override void Run(Database database) => _result = Write(database);

    public override void Complete() => _done.SetResult(_result);

    public override void Fail(Exception exception) => _done.SetException(exception);
}

/// <summary>Work written as a function.</summary>
sealed class Work<TArgument, T>(TArgument argument, Func<Database, TArgument, T> write) : Work<T>
{
    protected override T Write(Database database) => write(database, argument);
}

/// <summary>
/// The one thread that writes to a file. It takes everything that waits, writes it in one transaction, and lets the
/// callers go on when that is on disk: while the disk works, the next group gathers (group commit).
/// </summary>
sealed class Writer : IAsyncDisposable
{
    const int MaxWaiting = 16_384;
    const int MaxRows = 8_192;
    static readonly TimeSpan InTrouble = TimeSpan.FromMilliseconds(50);

    readonly Channel<Work> _queue = Channel.CreateBounded<Work>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, AllowSynchronousContinuations = true }
    );
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly List<Work> _group = [];
    readonly Database _database;
    readonly Action<int>? _grouped;

    /// <param name="database">Used by this writer alone from now on, and closed by it.</param>
    /// <param name="name">Of its thread.</param>
    /// <param name="grouped">Told how many writes shared a transaction.</param>
    public Writer(Database database, string name, Action<int>? grouped = null)
    {
        (_database, _grouped) = (database, grouped);
        new Thread(Loop) { IsBackground = true, Name = name }.Start();
    }

    /// <summary>Queues work, waiting for room. It is done in the order in which it was queued.</summary>
    public ValueTask PutAsync(Work work, CancellationToken cancel = default) =>
        _queue.Writer.TryWrite(work) ? ValueTask.CompletedTask : WaitForRoomAsync(work, cancel);

    async ValueTask WaitForRoomAsync(Work work, CancellationToken cancel)
    {
        try
        {
            await _queue.Writer.WriteAsync(work, cancel);
        }
        catch (ChannelClosedException e)
        {
            throw new StoreUnavailableException("The store has been closed.", e);
        }
    }

    public ValueTask<T> DoAsync<T>(Work<T> work, CancellationToken cancel = default) =>
        _queue.Writer.TryWrite(work) ? new ValueTask<T>(work.Done) : DoWithRoomAsync(work, cancel);

    async ValueTask<T> DoWithRoomAsync<T>(Work<T> work, CancellationToken cancel)
    {
        await WaitForRoomAsync(work, cancel);
        return await work.Done;
    }

    public ValueTask<T> DoAsync<TArgument, T>(
        TArgument argument,
        Func<Database, TArgument, T> write,
        CancellationToken cancel = default
    ) => DoAsync(new Work<TArgument, T>(argument, write), cancel);

    void Loop()
    {
        using var arrived = new ManualResetEventSlim(false, spinCount: 0);
        while (_queue.Reader.WaitToRead(arrived))
        {
            var rows = 0;
            while (rows < MaxRows && _queue.Reader.TryRead(out var work))
            {
                _group.Add(work);
                rows += work.Rows;
            }
            WriteGroup();
            _group.Clear();
        }
        _database.Dispose();
        _ended.SetResult();
    }

    /// <summary>Hardly waits for a lock where it has just been waited for in vain.</summary>
    void Begin()
    {
        _database.WaitAtMost(_database.IsOutOfOrder ? InTrouble : Database.Patience);
        _database.IsOutOfOrder = false;
        _database["begin"].Run();
    }

    /// <summary>Where the file itself is out of order, for instance locked by another program, the group fails as a whole.</summary>
    void WriteGroup()
    {
        var written = false;
        try
        {
            Begin();
            foreach (var work in _group)
                work.Run(_database);
            foreach (var work in _group)
                work.After?.GetAwaiter().GetResult();
            written = true;
            _database["commit"].Run();
        }
        catch (Exception e)
        {
            _database.RollBack();
            if (written || _group.Count == 1 || _database.IsOutOfOrder)
                FailAll(e);
            else
                WriteOneByOne();
            return;
        }
        if (_group.Exists(work => work.ThenCheckpoint))
            _database.Checkpoint();
        _grouped?.Invoke(_group.Count);
        foreach (var work in _group)
            work.Complete();
    }

    /// <summary>One of a group could not be written: its neighbours must not suffer.</summary>
    void WriteOneByOne()
    {
        foreach (var work in _group)
        {
            try
            {
                Begin();
                work.Run(_database);
                work.After?.GetAwaiter().GetResult();
                _database["commit"].Run();
            }
            catch (Exception e)
            {
                _database.RollBack();
                work.Fail(Unavailable(e));
                continue;
            }
            if (work.ThenCheckpoint)
                _database.Checkpoint();
            work.Complete();
        }
    }

    void FailAll(Exception e)
    {
        var unavailable = Unavailable(e);
        foreach (var work in _group)
            work.Fail(unavailable);
    }

    static Exception Unavailable(Exception e) =>
        e as StoreUnavailableException ?? new StoreUnavailableException($"Writing failed ({e.GetType().Name}).", e);

    /// <summary>Writes what is in line, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _ended.Task;
    }
}
