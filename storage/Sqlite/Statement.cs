using System.Buffers.Binary;
using SQLitePCL;

namespace Personalization.Storage.Sqlite;

/// <summary>
/// A prepared statement, kept and reused. Parameters are added in the order in which their names first appear in the
/// SQL (SQLite numbers them so). Belongs to its <see cref="Database"/> and is used by one thread at a time.
/// </summary>
sealed class Statement(Database database, sqlite3_stmt handle) : IDisposable
{
    int _next = 1;

    /// <summary>It has been stepped and not been reset: its rows are still to come, and it holds the transaction open.</summary>
    bool _running;

    /// <summary>Forgets rows and parameters of the last use.</summary>
    public Statement Start()
    {
        if (_running)
            Reset();
        _next = 1;
        return this;
    }

    void Reset()
    {
        raw.sqlite3_reset(handle);
        _running = false;
    }

    public Statement Add(long value)
    {
        database.Check(raw.sqlite3_bind_int64(handle, _next++, value));
        return this;
    }

    public Statement Add(params ReadOnlySpan<long> values)
    {
        foreach (var value in values)
            Add(value);
        return this;
    }

    public Statement Add(long? value) => value is { } number ? Add(number) : AddNull();

    public Statement Add(double value)
    {
        database.Check(raw.sqlite3_bind_double(handle, _next++, value));
        return this;
    }

    public Statement Add(string? value)
    {
        if (value is null)
            return AddNull();
        database.Check(raw.sqlite3_bind_text(handle, _next++, value));
        return this;
    }

    public Statement Add(ReadOnlySpan<byte> value)
    {
        database.Check(
            value.IsEmpty ? raw.sqlite3_bind_zeroblob(handle, _next++, 0) : raw.sqlite3_bind_blob(handle, _next++, value)
        );
        return this;
    }

    public Statement Add(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return Add(bytes);
    }

    public Statement Add(UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return Add(bytes);
    }

    public Statement AddOrNull(byte[]? value) => value is null ? AddNull() : Add(value);

    public Statement AddNull()
    {
        database.Check(raw.sqlite3_bind_null(handle, _next++));
        return this;
    }

    /// <summary>Runs on to the next row; false at the end, where the statement is reset so that it holds no lock.</summary>
    public bool Step()
    {
        _running = true;
        var code = raw.sqlite3_step(handle);
        if (code == raw.SQLITE_ROW)
            return true;
        Reset();
        if (code != raw.SQLITE_DONE)
            database.Check(code);
        return false;
    }

    /// <summary>Runs to the end and returns the number of rows changed.</summary>
    public int Run()
    {
        while (Step()) { }
        return database.Changes;
    }

    /// <summary>What <paramref name="read"/> makes of each row.</summary>
    public List<T> All<T>(Func<Statement, T> read)
    {
        var all = new List<T>();
        while (Step())
            all.Add(read(this));
        return all;
    }

    /// <summary>What <paramref name="read"/> makes of the first row; the default where there is none.</summary>
    public T? First<T>(Func<Statement, T> read)
    {
        var first = Step() ? read(this) : default;
        Start();
        return first;
    }

    public long Long(int column) => raw.sqlite3_column_int64(handle, column);

    public int Int(int column) => raw.sqlite3_column_int(handle, column);

    public double Double(int column) => raw.sqlite3_column_double(handle, column);

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public string Text(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string() ?? "";

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public byte[] Bytes(int column) => raw.sqlite3_column_blob(handle, column).ToArray();

    public byte[]? BytesOrNull(int column) => IsNull(column) ? null : Bytes(column);

    public Guid Guid(int column) => new(raw.sqlite3_column_blob(handle, column), bigEndian: true);

    public void Dispose() => handle.Dispose();
}
