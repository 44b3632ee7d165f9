using System.Threading.Channels;
using Personalization.Journal;

namespace Personalization.Storage.Sqlite;

/// <summary>
/// A few threads that only read, each with a connection of its own. They neither wait for the writer nor hold it up
/// (write-ahead log). A thread takes what waits and reads it in one transaction: a connection forgets its cached pages with
/// every transaction that finds the file changed, so reading one by one under load would read the same pages again and again.
/// </summary>
sealed class Readers : IDisposable
{
    const int MaxGroup = 128;

    readonly Channel<Work> _queue = Channel.CreateUnbounded<Work>(new() { AllowSynchronousContinuations = true });
    readonly Thread[] _threads;
    readonly string _path;
    readonly SqlFile _sql;

    public Readers(string path, SqlFile sql, int count)
    {
        (_path, _sql) = (path, sql);
        _threads = new Thread[count];
        for (var i = 0; i < count; i++)
        {
            _threads[i] = new Thread(Loop)
            {
                IsBackground = true,
                Name = $"{Path.GetFileNameWithoutExtension(path)} reader {i + 1}",
            };
            _threads[i].Start();
        }
    }

    /// <summary>Runs a short read, which sees everything that was committed before this call.</summary>
    public ValueTask<T> ReadAsync<TArgument, T>(
        TArgument argument,
        Func<Database, TArgument, T> read,
        CancellationToken cancel = default
    )
    {
        cancel.ThrowIfCancellationRequested();
        var work = new Work<TArgument, T>(argument, read);
        if (!_queue.Writer.TryWrite(work))
            throw new StoreUnavailableException("The store has been closed.");
        return new ValueTask<T>(work.Done);
    }

    void Loop()
    {
        Database? database = null;
        var group = new List<Work>(MaxGroup);
        using var arrived = new ManualResetEventSlim(false, spinCount: 0);
        while (_queue.Reader.WaitToRead(arrived))
        {
            while (group.Count < MaxGroup && _queue.Reader.TryRead(out var work))
                group.Add(work);
            if (group.Count == 0)
                continue;
            try
            {
                database ??= Open();
            }
            catch (Exception e)
            {
                foreach (var work in group)
                    work.Fail(e);
                group.Clear();
                continue;
            }
            Read(database, group);
            group.Clear();
        }
        database?.Dispose();
    }

    /// <summary>The transaction begins after the group was taken: no read sees a state older than its request.</summary>
    static void Read(Database database, List<Work> group)
    {
        var reading = false;
        foreach (var work in group)
        {
            try
            {
                if (!reading)
                    database["begin-read"].Run();
                reading = true;
                work.Run(database);
            }
            catch (Exception e)
            {
                database.RollBack();
                reading = false;
                work.Fail(e);
                continue;
            }
            work.Complete();
        }
        if (reading)
            database.EndRead();
    }

    Database Open()
    {
        var database = Database.Open(_path, _sql, "NORMAL");
        database.Execute("PRAGMA query_only = ON; PRAGMA cache_size = -16384;");
        return database;
    }

    /// <summary>Answers what waits, then closes the connections.</summary>
    public void Dispose()
    {
        _queue.Writer.TryComplete();
        foreach (var thread in _threads)
            thread.Join();
    }
}
