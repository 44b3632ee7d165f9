using System.Collections.Concurrent;

namespace Personalization.Storage.Sqlite;

/// <summary>A few connections that only read. Readers neither wait for the writer nor hold it up (write-ahead log).</summary>
sealed class ReaderPool(string path, SqlFile sql, int size) : IDisposable
{
    readonly SemaphoreSlim free = new(size);
    readonly ConcurrentStack<Database> idle = new();
    volatile bool closed;

    /// <summary>
    /// Runs a short read that sees one state of the database. It runs where it is called: SQLite has nothing to wait for
    /// but the disk's cache.
    /// </summary>
    public async ValueTask<T> ReadAsync<TArgument, T>(
        TArgument argument, Func<Database, TArgument, T> read, CancellationToken cancel = default)
    {
        await free.WaitAsync(cancel);
        Database? database = null;
        try
        {
            if (closed) throw new StoreUnavailableException("The store has been closed.");
            database = idle.TryPop(out var waiting) ? waiting : Open();
            database["begin-read"].Run();
            var result = read(database, argument);
            database["commit"].Run();
            return result;
        }
        finally
        {
            if (database is not null)
            {
                database.RollBack();
                idle.Push(database);
            }
            if (closed) Close();
            free.Release();
        }
    }

    Database Open()
    {
        var database = Database.Open(path, sql, "NORMAL");
        database.Execute("PRAGMA query_only = ON; PRAGMA cache_size = -8192;");
        return database;
    }

    /// <summary>Closes the connections; those in use are closed when their read has ended.</summary>
    public void Dispose()
    {
        closed = true;
        Close();
    }

    void Close()
    {
        while (idle.TryPop(out var database)) database.Dispose();
    }
}
