using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Personalization.Hosting;

/// <summary>How this silo takes part in its cluster (section <c>Cluster</c>).</summary>
public sealed record ClusterSettings : IValidatableObject
{
    public const int DefaultSiloPort = 11111;

    /// <summary>Silos of the same id and database are one cluster.</summary>
    [StringLength(100, MinimumLength = 1)]
    public string ClusterId { get; init; } = "personalization";

    /// <summary>Where other silos reach this one. The default is the pod's address or the first IPv4 but loopback.</summary>
    public string? Address { get; init; }

    /// <summary>The port for other silos. The default is 11111 in a cluster, or any free port where that is taken or the silo is on its own.</summary>
    [Range(1, 65535)]
    public int? SiloPort { get; init; }

    /// <summary>The port for clients that are not silos; 0, the default, for none.</summary>
    [Range(0, 65535)]
    public int GatewayPort { get; init; }

    /// <summary>
    /// Silos are pods of Kubernetes: they take name and address from it, and a pod that is gone is out of the cluster at once.
    /// </summary>
    public bool Kubernetes { get; init; }

    /// <summary>How often a silo probes its neighbours; two missed probes end a silo. The default is 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.2", "00:01:00")]
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The name of a setting that means something in a cluster alone; null where none is set.</summary>
    public string? ForClusterOnly =>
        this switch
        {
            { Address: not null } => nameof(Address),
            { GatewayPort: not 0 } => nameof(GatewayPort),
            { Kubernetes: true } => nameof(Kubernetes),
            _ => ProbeTimeout != new ClusterSettings().ProbeTimeout ? nameof(ProbeTimeout) : null,
        };

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Address is not null && !IPAddress.TryParse(Address, out _))
            yield return new($"is \"{Address}\"; it must be an IP address of this host.", [nameof(Address)]);
        if (GatewayPort != 0 && GatewayPort == SiloPort)
            yield return new("must be another port than Cluster:SiloPort, or 0 for none.", [nameof(GatewayPort)]);
    }

    /// <summary>The address to be told to other silos. Kubernetes says what a pod's is.</summary>
    public IPAddress AdvertisedAddress =>
        (Address ?? (Kubernetes ? Environment.GetEnvironmentVariable("POD_IP") : null)) is { } address
            ? IPAddress.Parse(address)
            : NetworkInterface
                .GetAllNetworkInterfaces()
                .Where(network =>
                    network.OperationalStatus == OperationalStatus.Up
                    && network.NetworkInterfaceType != NetworkInterfaceType.Loopback
                )
                .SelectMany(network => network.GetIPProperties().UnicastAddresses)
                .Select(one => one.Address)
                .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork)
                ?? IPAddress.Loopback;
}
