using System.Data.Common;
using Orleans.Configuration;
using Personalization.Benchmarks;
using Personalization.Customers;
using Personalization.Grains;
using Personalization.Journal;
using Personalization.Silo;
using Personalization.Silo.Tables;
using Personalization.Storage;
using Personalization.Support;

namespace Personalization.ClusterBenchmarks;

/// <summary>A silo without the API: customers and bare grains side by side, over one of the two databases.</summary>
sealed class BenchmarkSilo : IAsyncDisposable
{
    readonly IHost host;
    readonly DbDataSource tables;
    readonly string? database;

    BenchmarkSilo(IHost host, DbDataSource tables, string? database, IStore store)
    {
        (this.host, this.tables, this.database, Store) = (host, tables, database, store);
        Grains = host.Services.GetRequiredService<IGrainFactory>();
        Customers = new ClusterCustomers(Grains, store, TimeProvider.System);
    }

    public IStore Store { get; }
    public IGrainFactory Grains { get; }
    public ICustomers Customers { get; }

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
            silo.UseLocalhostClustering(26_111, 27_111);
            ClusterHost.KeepCustomers(silo, database is null ? ClusterHost.Sqlite : ClusterHost.Postgres, tables);
            silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromMinutes(2));
            silo.Services.AddSingleton(new GrainHostOptions { SnapshotEvery = 1 });
            silo.Services.AddSingleton(provider => new GrainHost(
                store,
                new CurrentShop(TurnBenchmark.EmptyShop()),
                TimeProvider.System,
                provider.GetRequiredService<GrainHostOptions>(),
                _ => Task.CompletedTask,
                provider.GetRequiredService<ILogger<CustomerGrain>>()
            ));
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
        await host.StopAsync();
        host.Dispose();
        await Store.DisposeAsync();
        await tables.DisposeAsync();
        if (database is not null)
            await TestPostgres.DropDatabaseAsync(database);
    }
}
