using System.Net;

namespace Personalization.Limits;

/// <summary>The proxies of <c>Server:Proxies</c>: addresses, and networks such as 10.0.0.0/8.</summary>
public sealed class NamedProxies(IReadOnlyList<string> proxies)
{
    public IReadOnlyList<IPAddress> Addresses { get; } =
    [.. proxies.Where(one => !one.Contains('/')).Select(one => IPAddress.Parse(one))];

    public IReadOnlyList<IPNetwork> Networks { get; } =
    [.. proxies.Where(one => one.Contains('/')).Select(one => IPNetwork.Parse(one))];

    /// <summary>Whether an address is one of theirs, be it written as IPv6 or not.</summary>
    public bool Contains(IPAddress? address)
    {
        if (address is null)
            return false;
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Addresses.Contains(plain) || Networks.Any(network => network.Contains(plain));
    }
}
