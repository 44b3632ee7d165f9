using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Personalization.Hosting;

/// <summary>How this silo takes part in its cluster (section <c>Cluster</c>).</summary>
public sealed record ClusterSettings
{
    public const int DefaultSiloPort = 11111;

    /// <summary>Silos of the same id and database are one cluster.</summary>
    public string ClusterId { get; init; } = "personalization";

    /// <summary>Where other silos reach this one; by default the host's first IPv4 address that is not loopback.</summary>
    public string? Address { get; init; }

    /// <summary>The port for other silos. The default is 11111 in a cluster, or any free port where that is taken or the silo is on its own.</summary>
    public int? SiloPort { get; init; }

    /// <summary>The port for clients that are not silos; 0, the default, for none.</summary>
    public int GatewayPort { get; init; }

    /// <summary>How often a silo probes its neighbours; two missed probes end a silo. The default is 1 second.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <exception cref="ArgumentException">A setting makes no sense; the message names it.</exception>
    public ClusterSettings Validated()
    {
        if (ClusterId.Length is 0 or > 100)
            throw Wrong("ClusterId", ClusterId, "a name of at most 100 characters");
        if (Address is not null && !IPAddress.TryParse(Address, out _))
            throw Wrong("Address", Address, "an IP address of this host");
        if (SiloPort is < 1 or > 65535)
            throw Wrong("SiloPort", SiloPort, "a port from 1 to 65535");
        if (GatewayPort is < 0 or > 65535 || GatewayPort == SiloPort)
            throw Wrong("GatewayPort", GatewayPort, "0 for none, or a port up to 65535 other than Cluster:SiloPort");
        if (ProbeTimeout < TimeSpan.FromMilliseconds(200) || ProbeTimeout > TimeSpan.FromMinutes(1))
            throw Wrong("ProbeTimeout", ProbeTimeout, "between 200 milliseconds and one minute");
        return this;
    }

    static ArgumentException Wrong(string setting, object value, string wanted) =>
        new($"Cluster:{setting} is {value}; it must be {wanted}.");

    /// <summary>The address to be told to other silos.</summary>
    public IPAddress AdvertisedAddress =>
        Address is not null
            ? IPAddress.Parse(Address)
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
