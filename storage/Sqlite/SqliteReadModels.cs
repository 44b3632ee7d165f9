using Personalization.Journal;

namespace Personalization.Storage.Sqlite;

/// <summary>views.db: it may lose its last commits in a crash, because the projection builds them again.</summary>
sealed class SqliteReadModels : IReadModels, IDisposable
{
    static readonly SqlFile Sql = SqlFile.Load("Sqlite/common.sql", "Sqlite/views.sql");
    readonly SemaphoreSlim _writing = new(1);
    readonly string _path;
    readonly TimeProvider _time;

    /// <summary>Null where the file could not be opened again: the next write tries.</summary>
    Database? _writer;
    volatile Readers _readers;

    SqliteReadModels(string path, TimeProvider time, Database writer) =>
        (_path, _time, _writer, _readers) = (path, time, writer, new Readers(path, Sql, 2));

    /// <summary>A damaged file begins again: the projection builds it from the journal.</summary>
    public static SqliteReadModels Open(string path, bool isReadOnly, TimeProvider time)
    {
        try
        {
            return new SqliteReadModels(path, time, OpenFile(path, time));
        }
        catch (StoreUnavailableException damaged) when (damaged.IsDamage && !isReadOnly)
        {
            Remove(path);
            return new SqliteReadModels(path, time, OpenFile(path, time));
        }
    }

    static void Remove(string path)
    {
        foreach (var file in new[] { path, path + "-wal", path + "-shm" })
            File.Delete(file);
    }

    static Database OpenFile(string path, TimeProvider time)
    {
        var database = Database.Open(path, Sql, "NORMAL");
        try
        {
            if (database["quick-check"].First(row => row.Text(0)) is var found && found != "ok")
                throw new StoreUnavailableException($"{path} is damaged.") { IsDamage = true };
            Migrator.Apply(database, "Sqlite/Migrations/views-", time.GetUtcNow().ToUnixTimeMilliseconds());
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public async ValueTask<long> PositionAsync(CancellationToken cancel = default) => (await StatisticsAsync(cancel)).Position;

    public ValueTask<IReadOnlyDictionary<long, CustomerRow>> CustomersAsync(
        IReadOnlyCollection<long> customers,
        CancellationToken cancel = default
    ) =>
        _readers.ReadAsync(
            customers,
            static IReadOnlyDictionary<long, CustomerRow> (db, customers) =>
                customers.Distinct().SelectMany(c => db["find-customer"].Add(c).All(Customer)).ToDictionary(row => row.Customer),
            cancel
        );

    public ValueTask<IReadOnlyDictionary<Guid, WarningRow>> WarningsAsync(
        IReadOnlyCollection<Guid> warnings,
        CancellationToken cancel = default
    ) =>
        _readers.ReadAsync(
            warnings,
            static IReadOnlyDictionary<Guid, WarningRow> (db, warnings) =>
                warnings.Distinct().SelectMany(w => db["find-warning"].Add(w).All(Warning)).ToDictionary(row => row.Warning),
            cancel
        );

    public ValueTask SaveAsync(ReadModelChange change, CancellationToken cancel = default) =>
        WriteAsync(db => Save(db, change), cancel);

    static void Save(Database db, ReadModelChange change)
    {
        var a = change.Add;
        var moved = db["add-statistics"]
            .Add(a.Customers, a.Buyers, a.Events, a.Orders, a.Cancellations, a.Revenue, a.Cancelled, a.Unconverted)
            .Add(a.ClaimedOrders, a.ClaimedRevenue, a.Refunded)
            .Add(change.ToPosition, change.FromPosition)
            .Run();
        if (moved == 0)
            throw new StoreUnavailableException(
                $"The read models are not at position {change.FromPosition}: another projection moved them."
            );
        foreach (var c in change.Customers)
        {
            db["save-customer"]
                .Add(c.Customer, c.Known ? 1 : 0, c.FirstSeen, c.LastSeen, c.Events, c.Orders, c.Revenue)
                .Add(c.Cancellations, c.Cancelled, c.LastOrder, c.Visit)
                .Add(c.FirstSource)
                .Add(c.LastSource)
                .Add(c.ClaimedOrders, c.ClaimedRevenue, c.Refunded)
                .Run();
        }
        foreach (var customer in change.RemovedCustomers)
            db["remove-customer"].Add(customer).Run();
        foreach (var d in change.Sources)
        {
            db["add-source-day"]
                .Add(d.Day)
                .Add(d.Source)
                .Add(d.Visits, d.FirstVisits, d.Orders, d.Revenue, d.FirstOrders, d.FirstRevenue)
                .Run();
        }
        foreach (var r in change.Recommendations)
        {
            db["add-recommendation-day"]
                .Add(r.Day, r.Placement, r.Source, r.By, r.IsMachine ? 1 : 0)
                .Add(r.Shown, r.ShownItems, r.Clicked, r.Carted, r.Orders, r.Revenue, r.ClaimedOrders, r.ClaimedRevenue)
                .Run();
        }
        foreach (var customer in change.RemovedExposures)
            db["remove-exposures"].Add(customer).Run();
        foreach (var e in change.Exposures)
            db["save-exposure"].Add(e.Customer).Add(e.Experiment).Add(e.Begun, e.Variant, e.At, e.Orders, e.Revenue).Run();
        foreach (var w in change.Warnings)
        {
            db["save-warning"]
                .Add(w.Warning)
                .Add(w.Customer, w.Policy)
                .Add((double)w.Risk)
                .Add(w.MoneyAtRisk)
                .Add(w.Reasons)
                .Add(w.Model)
                .Add(w.RaisedAt, w.Status, w.ClosedAt)
                .Run();
        }
    }

    public ValueTask<Statistics> StatisticsAsync(CancellationToken cancel = default) =>
        _readers.ReadAsync(
            0,
            static (db, _) =>
                db["read-statistics"]
                    .First(row => new Statistics(
                        row.Long(0),
                        row.Long(1),
                        row.Long(2),
                        row.Long(3),
                        row.Long(4),
                        row.Long(5),
                        row.Long(6),
                        row.Long(7),
                        row.Long(8)
                    )
                    {
                        ClaimedOrders = row.Long(9),
                        ClaimedRevenue = row.Long(10),
                        Refunded = row.Long(11),
                    })!,
            cancel
        );

    public ValueTask<IReadOnlyList<CustomerRow>> ListCustomersAsync(
        CustomerFilter filter,
        long after,
        int limit,
        CancellationToken cancel = default
    ) =>
        _readers.ReadAsync(
            (filter, after, limit),
            static IReadOnlyList<CustomerRow> (db, x) =>
                db["list-customers"].Add(x.after).Add(Flag(x.filter.Known)).Add(Flag(x.filter.Buyers)).Add(x.limit).All(Customer),
            cancel
        );

    public ValueTask<IReadOnlyList<WarningRow>> ListWarningsAsync(
        WarningFilter filter,
        WarningRow? after,
        int limit,
        CancellationToken cancel = default
    ) =>
        _readers.ReadAsync(
            (filter, after, limit),
            static IReadOnlyList<WarningRow> (db, x) => Ranked(db, x.filter, x.after).Add(x.limit).All(Warning),
            cancel
        );

    /// <summary>The query that has the right index for the filter, with all parameters but the limit.</summary>
    static Statement Ranked(Database db, WarningFilter filter, WarningRow? after)
    {
        if (filter.Customer is { } customer)
            return From(db["list-warnings-of"].Add(customer), after).Add(Flag(filter.Open)).Add(filter.Policy);
        if (filter.Open == true)
            return From(db["list-open-warnings"], after).Add(filter.Policy);
        return From(db["list-warnings"], after).Add(Flag(filter.Open)).Add(filter.Policy);
    }

    static Statement From(Statement list, WarningRow? after) =>
        after is null
            ? list.Add(long.MaxValue).Add(double.MaxValue).Add(Guid.Empty)
            : list.Add(after.MoneyAtRisk).Add((double)after.Risk).Add(after.Warning);

    public ValueTask<IReadOnlyList<SourceDay>> SourceDaysAsync(int from, int to, CancellationToken cancel = default) =>
        _readers.ReadAsync(
            (from, to),
            static IReadOnlyList<SourceDay> (db, x) =>
                db["read-source-days"]
                    .Add(x.from, x.to)
                    .All(row => new SourceDay(
                        row.Int(0),
                        row.Text(1),
                        row.Long(2),
                        row.Long(3),
                        row.Long(4),
                        row.Long(5),
                        row.Long(6),
                        row.Long(7)
                    )),
            cancel
        );

    public ValueTask<IReadOnlyList<RecommendationDay>> RecommendationDaysAsync(
        int from,
        int to,
        CancellationToken cancel = default
    ) =>
        _readers.ReadAsync(
            (from, to),
            static IReadOnlyList<RecommendationDay> (db, x) =>
                db["read-recommendation-days"].Add(x.from, x.to).All(RecommendationDay),
            cancel
        );

    static RecommendationDay RecommendationDay(Statement row) =>
        new(row.Int(0), (byte)row.Int(1), (uint)row.Long(2), (byte)row.Int(3), row.Int(4) != 0)
        {
            Shown = row.Long(5),
            ShownItems = row.Long(6),
            Clicked = row.Long(7),
            Carted = row.Long(8),
            Orders = row.Long(9),
            Revenue = row.Long(10),
            ClaimedOrders = row.Long(11),
            ClaimedRevenue = row.Long(12),
        };

    public ValueTask<IReadOnlyList<ExposureRow>> ExposuresAsync(
        IReadOnlyCollection<long> customers,
        CancellationToken cancel = default
    ) =>
        _readers.ReadAsync(
            customers,
            static IReadOnlyList<ExposureRow> (db, customers) =>
                [.. customers.Distinct().SelectMany(customer => db["find-exposures"].Add(customer).All(Exposure))],
            cancel
        );

    public ValueTask<IReadOnlyList<VariantTotals>> ExperimentAsync(
        string experiment,
        long begun,
        CancellationToken cancel = default
    ) =>
        _readers.ReadAsync(
            (experiment, begun),
            static IReadOnlyList<VariantTotals> (db, x) =>
                db["read-experiment"]
                    .Add(x.experiment)
                    .Add(x.begun)
                    .All(row => new VariantTotals(row.Int(0), row.Long(1), row.Long(2), row.Long(3), row.Long(4))),
            cancel
        );

    static ExposureRow Exposure(Statement row) =>
        new(row.Long(0), row.Text(1), row.Long(2), row.Int(3), row.Long(4), row.Int(5), row.Long(6));

    public async ValueTask ResetAsync(CancellationToken cancel = default)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            _readers.Dispose();
            _writer?.Dispose();
            _writer = null;
            Remove(_path);
            _writer = OpenFile(_path, _time);
        }
        finally
        {
            _readers = new Readers(_path, Sql, 2);
            _writing.Release();
        }
    }

    async ValueTask WriteAsync(Action<Database> write, CancellationToken cancel)
    {
        await _writing.WaitAsync(cancel);
        try
        {
            _writer ??= OpenFile(_path, _time);
            _writer.InTransaction(write);
        }
        finally
        {
            _writing.Release();
        }
    }

    static long? Flag(bool? value) =>
        value is { } flag
            ? flag
                ? 1
                : 0
            : null;

    static CustomerRow Customer(Statement row) =>
        new(
            row.Long(0),
            row.Int(1) != 0,
            row.Long(2),
            row.Long(3),
            row.Int(4),
            row.Int(5),
            row.Long(6),
            row.Int(7),
            row.Long(8),
            row.Long(9)
        )
        {
            Visit = row.Int(10),
            FirstSource = row.Text(11),
            LastSource = row.Text(12),
            ClaimedOrders = row.Int(13),
            ClaimedRevenue = row.Long(14),
            Refunded = row.Long(15),
        };

    static WarningRow Warning(Statement row) =>
        new(
            row.Guid(0),
            row.Long(1),
            (byte)row.Int(2),
            (float)row.Double(3),
            row.Long(4),
            row.Text(5),
            row.Text(6),
            row.Long(7),
            (byte)row.Int(8),
            row.Long(9)
        );

    public void Dispose()
    {
        _readers.Dispose();
        _writer?.Dispose();
    }
}
