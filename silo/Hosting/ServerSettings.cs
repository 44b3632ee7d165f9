using System.ComponentModel.DataAnnotations;
using System.Net;
using Personalization.Catalogue;
using Personalization.Churn;
using Personalization.Customers;
using Personalization.Import;
using Personalization.Limits;
using Personalization.Mail;
using Personalization.Outreach;
using Personalization.Platforms;
using Personalization.Recommendations;
using Personalization.Storage;
using Personalization.Tracking;

namespace Personalization.Hosting;

/// <summary>All that can be set: a property for each section. Other sections are the framework's.</summary>
public sealed record ServerSettings
{
    public required ShopConfiguration Shop { get; init; }
    public MailSettings Mail { get; init; } = new();
    public OutreachSettings Outreach { get; init; } = new();
    public RecommendationSettings Recommendations { get; init; } = new();
    public WarningSettings Warnings { get; init; } = new();
    public TrackingSettings Tracking { get; init; } = new();
    public CustomerOptions Customers { get; init; } = new();
    public StoreSettings Store { get; init; } = new();
    public ClusterSettings Cluster { get; init; } = new();
    public ShutdownSettings Server { get; init; } = new();
    public LimitSettings Limits { get; init; } = new();
    public CatalogueSettings Catalogue { get; init; } = new();
    public PlatformSettings Platforms { get; init; } = new();
    public ImportSettings Imports { get; init; } = new();
    public HealthSettings Health { get; init; } = new();
    public DashboardSettings Dashboard { get; init; } = new();

    /// <exception cref="ArgumentException">Settings make no sense: a line for each that begins with its full path.</exception>
    public static ServerSettings Read(IConfiguration configuration, string urls)
    {
        // Orleans would read it beside what this program tells it.
        if (configuration.GetSection("Orleans").GetChildren().FirstOrDefault() is { } own)
            throw new ArgumentException(
                $"{own.Path} is not a setting here; the section Cluster says what can be set of Orleans."
            );
        return Settings.Read(configuration, new ServerSettings { Shop = new() { PublicUrl = ShopConfiguration.FirstUrl(urls) } });
    }
}

/// <summary>Section <c>Outreach</c>: the policy, and how what it decides leaves.</summary>
public sealed record OutreachSettings : OutreachPolicy
{
    public DispatcherSettings Dispatch { get; init; } = new();
}

/// <summary>Section <c>Warnings</c>.</summary>
public sealed record WarningSettings
{
    public AlmostBuyerPolicy AlmostBuyers { get; init; } = AlmostBuyerPolicy.Default;
}

/// <summary>Section <c>Store</c>.</summary>
public sealed record StoreSettings
{
    /// <summary>The file of the master key; by default beside the data directory, with its name.</summary>
    public string? MasterKeyFile { get; init; }

    /// <summary>Starts although keys.db is missing: the profiles that were sealed with its keys are lost for good.</summary>
    public bool AcceptLostKeys { get; init; }

    /// <summary>How long PostgreSQL is waited for, per query; the connection string may say otherwise. The default is 4 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan CommandTimeout { get; init; } = StoreOptions.DefaultCommandTimeout;
}

/// <summary>Section <c>Server</c>.</summary>
public sealed record ShutdownSettings
{
    /// <summary>
    /// The hosts by whose names the server may be called, <c>*.shop.example</c> for all below one and <c>*</c> for every one; by
    /// default those of the addresses it listens at (also of <c>Kestrel:Endpoints</c>). That of <c>Shop:PublicUrl</c> and this
    /// machine always may.
    /// </summary>
    [HostNames]
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>How long a server that was told to stop serves on, not ready. The default is not at all.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan ShutdownDelay { get; init; }

    /// <summary>Addresses and networks (10.0.0.0/8) of proxies, whose X-Forwarded-For and X-Forwarded-Proto are believed.</summary>
    [NetworkAddress]
    public IReadOnlyList<string> Proxies { get; init; } = [];

    /// <summary>How long calls that have begun may then take to end before they are broken off. The default is 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long everything else of a stop may take: customers save their snapshots. The default is 2 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromMinutes(2);
}

/// <summary>A list of IP addresses and of networks.</summary>
public sealed class NetworkAddressAttribute()
    : ValidationAttribute("{0} must be addresses such as 10.1.2.3 or networks such as 10.0.0.0/8.")
{
    public override bool IsValid(object? value) =>
        value is not IEnumerable<string> list
        || list.All(one => IPAddress.TryParse(one, out _) || IPNetwork.TryParse(one, out _));
}

/// <summary>Names or addresses of hosts, without scheme and port.</summary>
public sealed class HostNamesAttribute()
    : ValidationAttribute("{0} must be names of hosts such as shop.example, without scheme and port.")
{
    public override bool IsValid(object? value) =>
        value is not IEnumerable<string> hosts
        || hosts.All(host =>
            host == "*" || Uri.CheckHostName(host.StartsWith("*.") ? host[2..] : host) != UriHostNameType.Unknown
        );
}
