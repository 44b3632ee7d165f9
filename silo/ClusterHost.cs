using System.Data.Common;
using Orleans.Configuration;
using Orleans.Serialization;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Grains;
using Personalization.Hosting;
using Personalization.Silo.Mail;
using Personalization.Silo.Tables;

namespace Personalization.Silo;

/// <summary>
/// Hosts customers as grains of an Orleans cluster: on PostgreSQL any number of silos, on SQLite one, which needs nothing
/// but its directory.
/// </summary>
public static class ClusterHost
{
    /// <summary>Names by which Orleans knows the two databases.</summary>
    public const string Postgres = "Npgsql",
        Sqlite = "System.Data.SQLite";

    public static void Add(WebApplicationBuilder builder, OpenShop open, ServerOptions options)
    {
        if (options.Now is not null)
            throw new ArgumentException(
                "--now looks at history in a scratch copy of one process: use the one-process server (api)."
            );
        var settings = (builder.Configuration.GetSection("Cluster").Get<ClusterSettings>() ?? new ClusterSettings()).Validated();
        var tables = (
            options.Database is { } database
                ? OrleansTables.OpenPostgresAsync(database)
                : OrleansTables.OpenSqliteAsync(Path.Combine(options.Data, "cluster.db"))
        )
            .GetAwaiter()
            .GetResult();
        AddCustomers(builder.Services, settings);
        builder.Services.AddMailKit(builder.Configuration);
        builder.Services.AddSingleton(settings);
        builder.UseOrleans(silo => Configure(silo, settings, tables, clustered: options.Database is not null));
        builder.Logging.AddFilter("Orleans", LogLevel.Warning);
        // At its first look it takes the machine's time since its start for a stall.
        builder.Logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
    }

    static void AddCustomers(IServiceCollection services, ClusterSettings settings)
    {
        services.AddSingleton(new GrainHostOptions { SnapshotEvery = settings.SnapshotEvery });
        services.AddSingleton<CatchUpWithCatalogue>(provider => provider.GetRequiredService<CatalogueService>().CatchUpAsync);
        services.AddSingleton<GrainHost>();
        services.AddSingleton<ICustomers, ClusterCustomers>();
        services.AddSingleton(provider => new ResidentCustomers(() => (provider.GetRequiredService<GrainHost>().Resident, null)));
    }

    static void Configure(ISiloBuilder silo, ClusterSettings settings, DbDataSource tables, bool clustered)
    {
        var invariant = clustered ? Postgres : Sqlite;
        if (clustered)
        {
            silo.UseAdoNetClustering(clustering => (clustering.Invariant, clustering.DataSource) = (invariant, tables));
            silo.ConfigureEndpoints(settings.Advertised, settings.SiloPort, settings.GatewayPort);
            silo.Configure<ClusterOptions>(cluster => cluster.ClusterId = cluster.ServiceId = settings.Name);
        }
        else
        {
            silo.UseLocalhostClustering(settings.SiloPort, settings.GatewayPort, null, settings.Name, settings.Name);
        }
        NoticeTheDead(silo, settings);
        KeepCustomers(silo, invariant, tables);
        silo.Configure<GrainCollectionOptions>(collection =>
        {
            collection.CollectionAge = settings.Idle;
            collection.EnableActivationSheddingOnMemoryPressure = true;
        });
    }

    /// <summary>A silo that does not answer twice is out; calls to it fail soon enough to be made again elsewhere.</summary>
    static void NoticeTheDead(ISiloBuilder silo, ClusterSettings settings)
    {
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = settings.Probe;
            membership.NumMissedProbesLimit = 2;
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(10);
        });
        silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(5));
    }

    /// <summary>Where grains of customers keep snapshots, and how they speak to each other.</summary>
    public static void KeepCustomers(ISiloBuilder silo, string invariant, DbDataSource tables)
    {
        silo.UseAdoNetReminderService(reminders => (reminders.Invariant, reminders.DataSource) = (invariant, tables));
        silo.AddAdoNetGrainStorage(CustomerGrain.Snapshots, storage =>
        {
            (storage.Invariant, storage.DataSource) = (invariant, tables);
            storage.GrainStorageSerializer = new KeptSnapshotSerializer();
            storage.DeleteStateOnClear = true;
        });
        // What a store throws travels to the caller's silo with its cause.
        silo.Configure<ExceptionSerializationOptions>(exceptions =>
        {
            exceptions.SupportedNamespacePrefixes.Add("Personalization");
            exceptions.SupportedNamespacePrefixes.Add("Npgsql");
        });
    }
}
