using Personalization.Journal;
using Personalization.Storage.Files;
using SQLitePCL;

namespace Personalization.Storage.Sqlite;

/// <summary>One connection to one SQLite file, with its statements prepared once. Used by one thread at a time.</summary>
sealed class Database : IDisposable
{
    readonly Dictionary<string, Statement> _statements = [];
    readonly sqlite3 _handle;
    readonly string _name;
    readonly SqlFile _sql;

    static Database() => Batteries_V2.Init();

    Database(sqlite3 handle, string name, SqlFile sql) => (_handle, _name, _sql) = (handle, name, sql);

    /// <summary>Opens a file, creating it when it is not there.</summary>
    /// <param name="synchronous">FULL: every commit reaches the disk; NORMAL: the file stays whole, the last commits may be lost.</param>
    /// <exception cref="StoreUnavailableException">The file cannot be opened or is no database.</exception>
    public static Database Open(string path, SqlFile sql, string synchronous)
    {
        MakePrivate(path);
        var code = raw.sqlite3_open_v2(
            path,
            out var handle,
            raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX,
            null
        );
        var database = new Database(handle, Path.GetFileName(path), sql);
        try
        {
            database.Check(code);
            // Customers are random numbers, so every commit touches pages all over the index: a long log (128 MB) writes
            // each of them into the file less often.
            database.Execute(
                $"""
                PRAGMA busy_timeout = 5000;
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = {synchronous};
                PRAGMA secure_delete = ON;
                PRAGMA foreign_keys = ON;
                PRAGMA temp_store = MEMORY;
                PRAGMA cache_size = -65536;
                PRAGMA wal_autocheckpoint = 32000;
                PRAGMA journal_size_limit = 268435456;
                """
            );
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Where that fails, opening it fails too and says why.</summary>
    static void MakePrivate(string path)
    {
        try
        {
            PrivateFiles.Make(path);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException) { }
    }

    public int Changes => raw.sqlite3_changes(_handle);
    public long LastRow => raw.sqlite3_last_insert_rowid(_handle);

    /// <summary>The statement of this name in the file of queries, ready for its parameters.</summary>
    public Statement this[string query]
    {
        get
        {
            if (_statements.TryGetValue(query, out var statement))
                return statement.Start();
            Check(raw.sqlite3_prepare_v3(_handle, _sql[query], raw.SQLITE_PREPARE_PERSISTENT, out var prepared));
            return _statements[query] = new Statement(this, prepared);
        }
    }

    /// <summary>Runs statements that have no parameters and no result.</summary>
    public void Execute(string text) => Check(raw.sqlite3_exec(_handle, text));

    /// <summary>Runs <paramref name="work"/> in one write transaction.</summary>
    public void InTransaction(Action<Database> work)
    {
        this["begin"].Run();
        try
        {
            work(this);
            this["commit"].Run();
        }
        catch
        {
            RollBack();
            throw;
        }
    }

    /// <summary>Ends a transaction that only read; no statement may go on holding its state of the file.</summary>
    public void EndRead()
    {
        foreach (var statement in _statements.Values)
            statement.Start();
        this["commit"].Run();
    }

    /// <summary>Ends the transaction, if one is still open (SQLite ends it itself on some failures).</summary>
    public void RollBack()
    {
        foreach (var statement in _statements.Values)
            statement.Start();
        if (raw.sqlite3_get_autocommit(_handle) == 0)
            raw.sqlite3_exec(_handle, "ROLLBACK");
    }

    /// <summary>
    /// Moves everything from the write-ahead log into the file and empties the log, so that deleted bytes are in neither.
    /// Where a reader holds on to the log for the whole busy timeout, the next checkpoint does it.
    /// </summary>
    public void Checkpoint() => raw.sqlite3_exec(_handle, _sql["checkpoint"]);

    /// <exception cref="StoreUnavailableException">The code is an error. SQLite's messages name tables and columns, never values.</exception>
    public void Check(int code)
    {
        if (code is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE)
            return;
        throw new StoreUnavailableException(
            $"SQLite cannot use {_name}: {raw.sqlite3_errmsg(_handle).utf8_to_string()} (code {raw.sqlite3_extended_errcode(_handle)})."
        )
        {
            IsRefusal = (code & 0xFF) is raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH or raw.SQLITE_TOOBIG or raw.SQLITE_RANGE,
        };
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _statements.Clear();
        _handle.Dispose();
    }
}
