using System.Net;
using System.Net.Sockets;

namespace Personalization.Feeds;

/// <summary>
/// Which addresses a feed may be fetched from: those of the public network, so that a feed's address, or where it redirects to,
/// cannot make this server read from its own neighbourhood.
/// </summary>
public static class PublicAddresses
{
    static readonly IPNetwork[] Reserved =
    [
        .. new[]
        {
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>Of IPv6 only what is given out for the public network; that has none of the ways to write an IPv4 address.</summary>
    static readonly IPNetwork PublicV6 = IPNetwork.Parse("2000::/3");

    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return (address.AddressFamily == AddressFamily.InterNetwork || PublicV6.Contains(address))
            && !Array.Exists(Reserved, network => network.Contains(address));
    }
}
