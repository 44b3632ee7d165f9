using Personalization.Journal;
using Personalization.Storage.Keys;

namespace Personalization.Storage.Sqlite;

/// <summary>Customer keys in a file of their own, with a writer of its own: a new key is on disk before what it seals is.</summary>
sealed class SqliteKeys : CustomerKeys, IAsyncDisposable
{
    static readonly SqlFile Sql = SqlFile.Load("Sqlite/common.sql", "Sqlite/keys.sql");
    readonly Readers _readers;
    readonly Writer _writer;

    SqliteKeys(string path, Database database, MasterKey master, TimeProvider time)
        : base(master, Timeout.InfiniteTimeSpan, time) =>
        (_readers, _writer) = (new Readers(path, Sql, 2), new Writer(database, "keys writer"));

    /// <exception cref="StoreUnavailableException">The master key is missing, damaged or another.</exception>
    public static SqliteKeys Open(string path, string masterKeyPath, TimeProvider time)
    {
        var database = Database.Open(path, Sql, "FULL");
        try
        {
            Migrator.Apply(database, "Sqlite/Migrations/keys-", time.GetUtcNow().ToUnixTimeMilliseconds());
            var check = database["read-check"].First(row => row.Bytes(0));
            var master = MasterKey.Open(masterKeyPath, mayCreate: check is null);
            if (check is null)
                database["add-check"].Add(master.MakeCheck()).Run();
            else
                master.Verify(check);
            return new SqliteKeys(path, database, master, time);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    protected override ValueTask<IReadOnlyList<(long Customer, byte[]? Wrapped)>> FindAsync(
        IReadOnlyList<long> customers,
        CancellationToken cancel
    ) => _readers.ReadAsync(customers, Find, cancel);

    static IReadOnlyList<(long, byte[]?)> Find(Database db, IReadOnlyList<long> customers) =>
        [.. customers.SelectMany(customer => db["find-key"].Add(customer).All(key => (customer, key.BytesOrNull(0))))];

    /// <summary>The journal's writer waits for the keys just before its commit, so that the disk is waited for once.</summary>
    protected override async ValueTask AddAsync(IReadOnlyList<long> customers, CancellationToken cancel)
    {
        var made = new List<(long, byte[])>();
        var adding = new Work<List<(long Customer, byte[] Wrapped)>, int>(made, Add);
        made.AddRange(MakeAhead(customers, adding.Done));
        try
        {
            await _writer.PutAsync(adding, CancellationToken.None);
        }
        catch (Exception e)
        {
            adding.Fail(e);
            throw;
        }
    }

    static int Add(Database db, List<(long Customer, byte[] Wrapped)> made)
    {
        foreach (var (customer, wrapped) in made)
            db["add-key"].Add(customer).Add(wrapped).Run();
        return made.Count;
    }

    protected override ValueTask<long> RemoveAsync(IReadOnlyList<long> customers, CancellationToken cancel) =>
        _writer.DoAsync(new Work<IReadOnlyList<long>, long>(customers, Destroy) { ThenCheckpoint = true }, cancel);

    static long Destroy(Database db, IReadOnlyList<long> customers)
    {
        var count = 0L;
        foreach (var customer in customers)
        {
            count += db["destroy-key"].Add(customer).Run();
            db["mark-destroyed"].Add(customer).Run();
        }
        return count;
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        _readers.Dispose();
    }
}
