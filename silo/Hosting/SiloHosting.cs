using System.Data.Common;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Orleans.Configuration;
using Orleans.Serialization;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Outreach;
using Personalization.Storage.Orleans;

namespace Personalization.Hosting;

/// <summary>
/// Orleans as this program uses it: on PostgreSQL any number of silos, on SQLite one, which needs nothing but its directory.
/// </summary>
public static class SiloHosting
{
    /// <summary>Names by which Orleans knows the two databases.</summary>
    public const string Postgres = "Npgsql",
        Sqlite = "System.Data.SQLite";

    public static async Task AddSiloAsync(
        this WebApplicationBuilder builder,
        OpenShop open,
        ServerOptions options,
        CancellationToken cancel
    )
    {
        var (cluster, customers) = (open.Settings.Cluster, open.Settings.Customers);
        var isClustered = options.IsClustered;
        if (cluster.Kubernetes && isClustered)
            CheckPod();
        var database = isClustered ? options.Database : null;
        var tables = open.Tables = await OpenTablesAsync(
            database,
            Path.Combine(open.Files, "snapshots.db"),
            isDurable: false,
            open.Settings.Store,
            cancel
        );
        var addresses = open.Addresses = isClustered
            ? tables
            : await OpenTablesAsync(null, Path.Combine(open.Files, "addresses.db"), isDurable: true, open.Settings.Store, cancel);
        builder.Services.AddSingleton(customers);
        builder.Services.AddSingleton<CustomerHost>();
        builder.Services.AddSingleton<RefreshCatalogue>(provider => provider.GetRequiredService<CatalogueService>().CatchUpAsync);
        builder.UseOrleans(silo =>
        {
            if (isClustered)
                JoinCluster(silo, cluster, tables);
            else
                StandAlone(silo, cluster);
            if (TelemetryHosting.IsExported(builder.Configuration))
                silo.AddActivityPropagation();
            KeepCustomers(silo, isClustered ? Postgres : Sqlite, tables, new AddressKeys(open.AddressSecret), addresses);
            silo.Configure<GrainCollectionOptions>(collection =>
            {
                collection.CollectionAge = customers.IdleTimeout;
                collection.EnableActivationSheddingOnMemoryPressure = true;
            });
        });
        builder.Logging.AddFilter("Orleans", LogLevel.Warning);
        // It says every placement of a grain.
        builder.Logging.AddFilter("Polly", LogLevel.Warning);
        // A line for every call that took too long; its caller is told.
        builder.Logging.AddFilter("Orleans.Messaging", LogLevel.Error);
        builder.Logging.AddFilter("Orleans.Runtime.CallbackData", LogLevel.Error);
        // At its first look it takes the machine's time since its start for a stall.
        builder.Logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
    }

    /// <exception cref="StoreUnavailableException">The database refuses.</exception>
    static async Task<DbDataSource> OpenTablesAsync(
        string? database,
        string file,
        bool isDurable,
        StoreSettings settings,
        CancellationToken cancel
    )
    {
        try
        {
            return database is null
                ? await OrleansTables.OpenSqliteAsync(file, Console.Error.WriteLine, isDurable, cancel)
                : await OrleansTables.OpenPostgresAsync(database, settings.CommandTimeout, cancel);
        }
        catch (DbException wrong)
        {
            throw new StoreUnavailableException($"Orleans' tables cannot be opened: {wrong.Message.Split('\n')[0]}", wrong);
        }
    }

    static void JoinCluster(ISiloBuilder silo, ClusterSettings settings, DbDataSource tables)
    {
        silo.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.DataSource) = (Postgres, tables));
        silo.Configure<EndpointOptions>(endpoints =>
        {
            endpoints.SiloPort = ClusterPort(settings);
            endpoints.GatewayPort = settings.GatewayPort;
            endpoints.AdvertisedIPAddress = settings.AdvertisedAddress;
        });
        if (settings.Kubernetes)
            silo.UseKubernetesHosting();
        silo.Configure<ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = settings.ClusterId);
        // A silo that does not answer twice is out; calls to it fail soon enough to be made again elsewhere.
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = settings.ProbeTimeout;
            membership.NumMissedProbesLimit = 2;
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(10);
        });
        silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(5));
    }

    /// <exception cref="ArgumentException">This is no pod, or it is not told what Orleans must know of it.</exception>
    static void CheckPod()
    {
        string[] needed = ["KUBERNETES_SERVICE_HOST", "POD_NAMESPACE", "POD_NAME", "POD_IP"];
        if (Array.Find(needed, name => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))) is { } missing)
            throw new ArgumentException(
                $"Cluster:Kubernetes is true, but the environment variable {missing} of a pod is not set."
            );
    }

    /// <summary>Never one that is in use: the cluster would take its owner for this silo's predecessor, and end it.</summary>
    /// <exception cref="ArgumentException">The port asked for is in use.</exception>
    static int ClusterPort(ClusterSettings settings)
    {
        var port = settings.SiloPort ?? ClusterSettings.DefaultSiloPort;
        if (!IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener => listener.Port == port))
            return port;
        return settings.SiloPort is null
            ? FreePort()
            : throw new ArgumentException($"Cluster:SiloPort is {port}, which another program on this machine listens at.");
    }

    /// <summary>One silo on this machine: no gateway, and a port that is free, so that two servers never collide.</summary>
    static void StandAlone(ISiloBuilder silo, ClusterSettings settings) =>
        silo.UseLocalhostClustering(settings.SiloPort ?? FreePort(), 0, null, settings.ClusterId, settings.ClusterId);

    static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Where grains of customers keep snapshots and those of addresses what they know, and how calls to customers are made.</summary>
    public static void KeepCustomers(
        ISiloBuilder silo,
        string invariant,
        DbDataSource tables,
        AddressKeys keys,
        DbDataSource? addresses = null
    )
    {
        silo.AddAdoNetGrainStorage(AddressGrain.Storage, storage =>
        {
            (storage.Invariant, storage.DataSource) = (invariant, addresses ?? tables);
            storage.GrainStorageSerializer = new KeptMailboxSerializer(keys);
            storage.DeleteStateOnClear = true;
        });
        silo.AddAdoNetGrainStorage(CustomerGrain.Storage, storage =>
        {
            (storage.Invariant, storage.DataSource) = (invariant, tables);
            storage.GrainStorageSerializer = new KeptSnapshotSerializer();
            storage.DeleteStateOnClear = true;
        });
        silo.AddOutgoingGrainCallFilter<CustomerCallFilter>();
        // What a store throws travels to the caller's silo with its cause.
        silo.Configure<ExceptionSerializationOptions>(exceptions =>
        {
            exceptions.SupportedNamespacePrefixes.Add("Personalization");
            exceptions.SupportedNamespacePrefixes.Add("Npgsql");
        });
    }
}
