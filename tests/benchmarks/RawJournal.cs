using System.Diagnostics;
using Personalization.Storage;
using Personalization.Storage.Sqlite;

namespace Personalization.Benchmarks;

/// <summary>The limit of storage: rows put into the same tables with the same indexes, a group a transaction, by one thread and nothing else.</summary>
sealed class RawJournal : IDisposable
{
    static readonly SqlFile Sql = SqlFile.Load("Sqlite/common.sql", "Sqlite/journal.sql");
    readonly Database _database;

    /// <param name="directory">Of a copy of a shop, or an empty one.</param>
    public RawJournal(string directory)
    {
        _database = Database.Open(Path.Combine(directory, "journal.db"), Sql, "FULL");
        Migrator.Apply(_database, "Sqlite/Migrations/journal-", 0);
    }

    public readonly record struct Row(long Customer, int Version, long Time, byte[] Body, byte[]? Personal, long? Due);

    /// <summary>What a server has written after a position, as it lies in its tables (personal parts sealed).</summary>
    public static (List<Row> Rows, long Position) Written(string directory, long after)
    {
        using var database = Database.Open(Path.Combine(directory, "journal.db"), Sql, "NORMAL");
        var due = new Dictionary<long, long>();
        for (var one = database["read-due"].Add(long.MaxValue).Add(-1); one.Step(); )
            due[one.Long(0)] = one.Long(1);
        var rows = new List<Row>();
        var journal = database["read-journal"].Add(after).Add(-1);
        while (journal.Step())
        {
            after = journal.Long(0);
            var customer = journal.Long(1);
            rows.Add(
                new Row(
                    customer,
                    journal.Int(2),
                    journal.Long(3),
                    journal.Bytes(4),
                    journal.IsNull(5) ? null : journal.Bytes(5),
                    due.Remove(customer, out var time) ? time : null
                )
            );
        }
        return (rows, after);
    }

    /// <returns>Seconds.</returns>
    public double Write(List<Row> rows, int group)
    {
        var started = Stopwatch.GetTimestamp();
        for (var from = 0; from < rows.Count; from += group)
        {
            _database["begin"].Run();
            for (var i = from; i < Math.Min(from + group, rows.Count); i++)
                Write(rows[i]);
            _database["commit"].Run();
        }
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    void Write(in Row row)
    {
        var statement = _database["add-turn"].Add(row.Customer).Add(row.Version).Add(row.Time).Add(row.Body);
        (row.Personal is null ? statement.AddNull() : statement.Add(row.Personal)).Run();
        if (row.Due is { } due)
            _database["set-due"].Add(row.Customer).Add(due).Run();
    }

    public void Dispose() => _database.Dispose();
}
