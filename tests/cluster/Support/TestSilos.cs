using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Storage;
using Orleans.TestingHost;
using Personalization.Customers;
using Personalization.Hosting;
using Personalization.Journal;
using Personalization.Outreach;
using Personalization.Shop;

namespace Personalization.Tests.Cluster.Support;

/// <summary>The silos of one cluster, in this process, with what a silo has for its customers.</summary>
public sealed class TestSilos : IAsyncDisposable
{
    InProcessTestCluster _cluster = null!;

    /// <summary>How many of the next calls to customers are lost with their silo: they ran, and the caller cannot know.</summary>
    public int Losing;

    async Task LoseAsync(IIncomingGrainCallContext context)
    {
        await context.Invoke();
        if (context.Grain is CustomerGrain && Interlocked.Decrement(ref Losing) >= 0)
            throw new SiloUnavailableException();
    }

    /// <summary>The first silo's: the server's endpoints call grains from their own silo.</summary>
    public IGrainFactory Grains => GrainsOf(0);

    public InProcessTestCluster Cluster => _cluster;

    public ICustomerGrain Customer(long number) => Grains.Customer(number);

    public IGrainFactory GrainsOf(int silo) =>
        _cluster.GetSiloServiceProvider(_cluster.Silos[silo].SiloAddress).GetRequiredService<IGrainFactory>();

    /// <summary>How often the first silo has called its storage of snapshots.</summary>
    public CountingStorage Storage =>
        (CountingStorage)
            _cluster.GetSiloServiceProvider(_cluster.Silos[0].SiloAddress).GetRequiredService<CustomerHost>().Snapshots;

    /// <param name="count">How many.</param>
    /// <param name="store">The shop's store; the silos of a process share one.</param>
    /// <param name="shop">The shop, as each silo sees it.</param>
    /// <param name="clock">The customers' clock; the cluster itself lives by the real one.</param>
    /// <param name="invariant">What Orleans calls the database of <paramref name="tables"/>.</param>
    /// <param name="tables">Orleans' tables.</param>
    /// <param name="service">Grains of another service have snapshots of their own.</param>
    public static async Task<TestSilos> StartAsync(
        int count,
        IStore store,
        Func<ShopContext> shop,
        TimeProvider clock,
        string invariant,
        DbDataSource tables,
        string service = "shop"
    )
    {
        var silos = new TestSilos();
        var builder = new InProcessTestClusterBuilder((short)count) { Options = { ServiceId = service } };
        builder.ConfigureSilo(
            (_, silo) =>
            {
                SiloHosting.KeepCustomers(silo, invariant, tables, new AddressKeys(new byte[32]));
                silo.Configure<ClusterMembershipOptions>(membership =>
                    (membership.ProbeTimeout, membership.NumMissedProbesLimit, membership.NumVotesForDeathDeclaration) = (
                        TimeSpan.FromSeconds(1),
                        2,
                        1
                    )
                );
                silo.AddIncomingGrainCallFilter(silos.LoseAsync);
                silo.Services.AddSingleton(services => new CustomerHost(
                    store,
                    new CountingStorage(services.GetRequiredKeyedService<IGrainStorage>(CustomerGrain.Storage)),
                    new CurrentShop(shop()),
                    new ShopClock(clock),
                    new CustomerOptions(),
                    _ => Task.CompletedTask,
                    new AddressKeys(new byte[32]),
                    NullLogger<CustomerGrain>.Instance
                ));
            }
        );
        builder.ConfigureHost(host => host.Logging.SetMinimumLevel(LogLevel.Error));
        silos._cluster = builder.Build();
        await silos._cluster.DeployAsync();
        return silos;
    }

    /// <summary>Lets all customers leave memory.</summary>
    public async Task DeactivateAllAsync() => await Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);

    public async ValueTask DisposeAsync()
    {
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
    }
}

/// <summary>Grain storage that counts its calls.</summary>
public sealed class CountingStorage(IGrainStorage below) : IGrainStorage
{
    int _reads,
        _writes;

    public int Reads => _reads;
    public int Writes => _writes;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        Interlocked.Increment(ref _reads);
        return below.ReadStateAsync(stateName, grainId, grainState);
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await below.WriteStateAsync(stateName, grainId, grainState);
        Interlocked.Increment(ref _writes);
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        below.ClearStateAsync(stateName, grainId, grainState);
}
