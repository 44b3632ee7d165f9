using System.Data.Common;
using Personalization.ClusterTests.Support;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Silo;
using Personalization.Silo.Tables;
using Personalization.Storage;
using Personalization.Support;
using Personalization.Tests.Customers;

namespace Personalization.ClusterTests.Customers;

/// <summary>Customers as grains must do what every host of customers does.</summary>
public abstract class ClusterConformance : CustomersConformance
{
    readonly List<TestSilos> opened = [];

    protected abstract string Invariant { get; }
    protected abstract Task<DbDataSource> OpenTablesAsync();
    DbDataSource tables = null!;

    protected override ICustomers NewHost(IStore store, ShopContext world) => OpenSilos(store, world, "shop");

    protected override ICustomers NewHostWithoutSnapshots() => OpenSilos(Store, ShopContext, "shop without snapshots");

    // The suite asks for a host without waiting; no context holds the thread here.
    ICustomers OpenSilos(IStore store, ShopContext world, string service)
    {
        var silos = Task.Run(() => TestSilos.StartAsync(1, store, () => world, Clock, Invariant, tables, service))
            .GetAwaiter()
            .GetResult();
        opened.Add(silos);
        return silos.Customers;
    }

    protected override Task DeactivateAsync(ICustomers host) =>
        opened.Single(silos => silos.Customers == host).DeactivateAllAsync();

    protected override async Task<bool> IsSnapshotKeptAsync(long customer)
    {
        await using var command = tables.CreateCommand($"SELECT count(*) FROM grain_state WHERE n1 = {customer}");
        return Convert.ToInt32(await command.ExecuteScalarAsync()) == 1;
    }

    public override async Task InitializeAsync()
    {
        tables = await OpenTablesAsync();
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        foreach (var silos in opened)
            await silos.DisposeAsync();
        await tables.DisposeAsync();
        await base.DisposeAsync();
    }
}

public sealed class ClusterOnSqlite : ClusterConformance
{
    protected override string Invariant => ClusterHost.Sqlite;

    protected override Task<DbDataSource> OpenTablesAsync() => OrleansTables.OpenSqliteAsync(Path.Combine(Data, "cluster.db"));

    protected override Task<IStore> OpenStoreAsync() =>
        Stores.OpenAsync(new StoreOptions { DataDirectory = Path.Combine(Data, "shop") }, Clock);
}

[NeedsPostgres]
public sealed class ClusterOnPostgres : ClusterConformance
{
    string database = "";

    protected override string Invariant => ClusterHost.Postgres;

    protected override Task<DbDataSource> OpenTablesAsync() => OrleansTables.OpenPostgresAsync(database);

    protected override Task<IStore> OpenStoreAsync() =>
        Stores.OpenAsync(new StoreOptions { DataDirectory = Path.Combine(Data, "shop"), ConnectionString = database }, Clock);

    public override async Task InitializeAsync()
    {
        database = await TestPostgres.NewDatabaseAsync();
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await TestPostgres.DropDatabaseAsync(database);
    }
}
