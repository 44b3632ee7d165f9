using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Personalization.Silo;

/// <summary>How this silo takes part in its cluster (section <c>Cluster</c>).</summary>
public sealed record ClusterSettings
{
    /// <summary>Silos of the same name and database are one cluster.</summary>
    public string Name { get; init; } = "personalization";

    /// <summary>Where other silos reach this one; by default the host's first IPv4 address that is not loopback.</summary>
    public string? Address { get; init; }

    /// <summary>The port for other silos. The default is 11111.</summary>
    public int SiloPort { get; init; } = 11111;

    /// <summary>The port for clients that are no silos. The default is 30000.</summary>
    public int GatewayPort { get; init; } = 30000;

    /// <summary>A customer that nobody asked for so long leaves memory. The default is 15 minutes.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>A customer that has gained this many journal entries since its last snapshot gets a new one when it leaves memory. The default is 25.</summary>
    public int SnapshotEvery { get; init; } = 25;

    /// <summary>How often a silo asks its neighbours whether they live; two silences end a silo. The default is 1 second.</summary>
    public TimeSpan Probe { get; init; } = TimeSpan.FromSeconds(1);

    /// <exception cref="ArgumentException">A setting makes no sense; the message names it.</exception>
    public ClusterSettings Validated()
    {
        if (Name.Length is 0 or > 100)
            throw Wrong("Name", Name, "a name of at most 100 characters");
        if (Address is not null && !IPAddress.TryParse(Address, out _))
            throw Wrong("Address", Address, "an IP address of this host");
        if (SiloPort is < 1 or > 65535)
            throw Wrong("SiloPort", SiloPort, "a port from 1 to 65535");
        if (GatewayPort is < 1 or > 65535 || GatewayPort == SiloPort)
            throw Wrong("GatewayPort", GatewayPort, "a port from 1 to 65535 other than Cluster:SiloPort");
        if (Idle < TimeSpan.FromMinutes(2))
            throw Wrong("Idle", Idle, "at least two minutes");
        if (SnapshotEvery < 1)
            throw Wrong("SnapshotEvery", SnapshotEvery, "at least 1");
        if (Probe < TimeSpan.FromMilliseconds(200) || Probe > TimeSpan.FromMinutes(1))
            throw Wrong("Probe", Probe, "between 200 milliseconds and a minute");
        return this;
    }

    static ArgumentException Wrong(string setting, object value, string wanted) =>
        new($"Cluster:{setting} is {value}; it must be {wanted}.");

    /// <summary>The address to be told to other silos.</summary>
    public IPAddress Advertised =>
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
