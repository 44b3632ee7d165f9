using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.OneProcess;
using Personalization.Storage;
using Personalization.Support;

namespace Personalization.Tests.Customers;

/// <summary>The one-process host, over each database.</summary>
public abstract class OneProcessConformance : CustomersConformance
{
    protected override ICustomers NewHost(IStore store, ShopContext shop) =>
        new OneProcessCustomers(
            store,
            new CurrentShop(shop),
            Clock,
            new ResidencyOptions(),
            NullLogger<OneProcessCustomers>.Instance
        );

    protected override async Task DeactivateAsync(ICustomers host) => await ((OneProcessCustomers)host).DeactivateAllAsync();
}

public sealed class OneProcessOnSqlite : OneProcessConformance
{
    protected override Task<IStore> OpenStoreAsync() => Stores.OpenAsync(new StoreOptions { DataDirectory = Data }, Clock);
}

[NeedsPostgres]
public sealed class OneProcessOnPostgres : OneProcessConformance
{
    string database = "";

    protected override Task<IStore> OpenStoreAsync() =>
        Stores.OpenAsync(new StoreOptions { DataDirectory = Data, ConnectionString = database }, Clock);

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
