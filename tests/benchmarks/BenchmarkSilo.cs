using System.Data.Common;
using Orleans.Configuration;
using Personalization.Customers;
using Personalization.Hosting;
using Personalization.Journal;
using Personalization.Outreach;
using Personalization.Shop;
using Personalization.Storage;
using Personalization.Storage.Orleans;
using Personalization.Support;

namespace Personalization.Benchmarks;

/// <summary>A silo without the API: customers and bare grains side by side, over one of the two databases.</summary>
sealed class BenchmarkSilo : IAsyncDisposable
{
    readonly IHost _host;
    readonly DbDataSource _tables;
    readonly string? _database;

    BenchmarkSilo(IHost host, DbDataSource tables, string? database, IStore store)
    {
        (_host, _tables, _database, Store) = (host, tables, database, store);
        Grains = host.Services.GetRequiredService<IGrainFactory>();
    }

    public IStore Store { get; }
    public IGrainFactory Grains { get; }

    public ICustomerGrain Customer(long number) => Grains.Customer(number);

    public static async Task<BenchmarkSilo> StartAsync(string data, bool onPostgres)
    {
        var database = onPostgres ? await TestPostgres.NewDatabaseAsync() : null;
        var store = await Stores.OpenAsync(
            new StoreOptions { DataDirectory = data, ConnectionString = database },
            TimeProvider.System
        );
        var tables = database is null
            ? await OrleansTables.OpenSqliteAsync(Path.Combine(data, "cluster.db"))
            : await OrleansTables.OpenPostgresAsync(database);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(26_111, 0);
            SiloHosting.KeepCustomers(
                silo,
                database is null ? SiloHosting.Sqlite : SiloHosting.Postgres,
                tables,
                new AddressKeys(new byte[32])
            );
            silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromMinutes(2));
            silo.Services.AddSingleton(store);
            silo.Services.AddSingleton(new CurrentShop(TurnBenchmark.EmptyShop()));
            silo.Services.AddSingleton(new ShopClock(TimeProvider.System));
            silo.Services.AddSingleton(new CustomerOptions { SnapshotEvery = 1 });
            silo.Services.AddSingleton<RefreshCatalogue>(_ => Task.CompletedTask);
            silo.Services.AddSingleton(new AddressKeys(new byte[32]));
            silo.Services.AddSingleton<CustomerHost>();
        });
        var host = builder.Build();
        await host.StartAsync();
        return new BenchmarkSilo(host, tables, database, store);
    }

    /// <summary>All grains leave memory.</summary>
    public Task ForgetAsync() => Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);

    /// <summary>Calls for each number from 0, so many at a time.</summary>
    /// <returns>Calls per second.</returns>
    public static async Task<double> EachAsync(int count, int callers, Func<int, ValueTask> call)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        var next = -1;
        await Task.WhenAll(
            Enumerable
                .Range(0, callers)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        while (Interlocked.Increment(ref next) is var number && number < count)
                            await call(number);
                    })
                )
        );
        return count / System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        await Store.DisposeAsync();
        await _tables.DisposeAsync();
        if (_database is not null)
            await TestPostgres.DropDatabaseAsync(_database);
    }
}
