using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.TestingHost;
using Personalization.Customers;
using Personalization.Grains;
using Personalization.Journal;
using Personalization.Silo;
using Personalization.Storage;

namespace Personalization.ClusterTests.Support;

/// <summary>The silos of one cluster, in this process, with what a silo has for its customers.</summary>
sealed class TestSilos : IAsyncDisposable
{
    readonly InProcessTestCluster cluster;

    TestSilos(InProcessTestCluster cluster, ICustomers customers) => (this.cluster, Customers) = (cluster, customers);

    /// <summary>The cluster's customers, as a caller outside of it sees them.</summary>
    public ICustomers Customers { get; }

    public IGrainFactory Grains => cluster.Client;
    public InProcessTestCluster Cluster => cluster;

    /// <param name="count">How many.</param>
    /// <param name="store">The shop's store; the silos of a process share one.</param>
    /// <param name="world">The shop, as each silo sees it.</param>
    /// <param name="clock">The customers' clock; the cluster itself lives by the real one.</param>
    /// <param name="invariant">What Orleans calls the database of <paramref name="tables"/>.</param>
    /// <param name="tables">Orleans' tables.</param>
    /// <param name="service">Grains of another service have snapshots of their own.</param>
    public static async Task<TestSilos> StartAsync(
        int count,
        IStore store,
        Func<ShopContext> world,
        TimeProvider clock,
        string invariant,
        DbDataSource tables,
        string service = "shop"
    )
    {
        var builder = new InProcessTestClusterBuilder((short)count) { Options = { ServiceId = service } };
        builder.ConfigureSilo(
            (_, silo) =>
            {
                ClusterHost.KeepCustomers(silo, invariant, tables);
                silo.Configure<ClusterMembershipOptions>(membership =>
                    (membership.ProbeTimeout, membership.NumMissedProbesLimit, membership.NumVotesForDeathDeclaration) = (
                        TimeSpan.FromSeconds(1),
                        2,
                        1
                    )
                );
                silo.Services.AddSingleton(
                    new GrainHost(
                        store,
                        new CurrentShop(world()),
                        clock,
                        new GrainHostOptions(),
                        _ => Task.CompletedTask,
                        NullLogger<CustomerGrain>.Instance
                    )
                );
            }
        );
        builder.ConfigureClient(client =>
        {
            client.Configure<ExceptionSerializationOptions>(exceptions =>
                exceptions.SupportedNamespacePrefixes.Add("Personalization")
            );
            client.Services.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(10));
        });
        builder.ConfigureHost(host => host.Logging.SetMinimumLevel(LogLevel.Error));
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new TestSilos(cluster, new ClusterCustomers(cluster.Client, store, clock));
    }

    /// <summary>Lets all customers leave memory.</summary>
    public async Task DeactivateAllAsync() => await Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);

    public async ValueTask DisposeAsync()
    {
        await cluster.StopAllSilosAsync();
        await cluster.DisposeAsync();
    }
}
