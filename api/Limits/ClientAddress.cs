using System.Buffers.Binary;
using System.Net;

namespace Personalization.Limits;

/// <summary>
/// Whom a call is counted for: an IPv4 address, or the /64 network of an IPv6 address, of which a single machine has all addresses.
/// </summary>
public readonly record struct ClientAddress(ulong Network, bool IsV6)
{
    public static ClientAddress Of(IPAddress? address)
    {
        Span<byte> bytes = stackalloc byte[16];
        // A Unix socket has no address: whoever calls is on this machine.
        if (address is null || !address.TryWriteBytes(bytes, out var length))
            return new(127 << 24 | 1, IsV6: false);
        if (length == 4)
            return new(BinaryPrimitives.ReadUInt32BigEndian(bytes), IsV6: false);
        return address.IsIPv4MappedToIPv6
            ? new(BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]), IsV6: false)
            : new(BinaryPrimitives.ReadUInt64BigEndian(bytes), IsV6: true);
    }

    /// <summary>The network that a provider gives to one place: /24, or /48 of IPv6.</summary>
    public ClientAddress Surroundings => this with { Network = IsV6 ? Network & ~0xFFFFul : Network & ~0xFFul };

    public bool IsLoopback => IsV6 ? Network == 0 : Network >> 24 == 127;

    /// <summary>Of an address that is not routed on the Internet (RFC 1918, 3927, 4193, 6598, loopback): no stranger has one.</summary>
    public bool IsPrivate =>
        IsV6
            ? Network == 0 || Network >> 57 == 0xFC >> 1 || Network >> 54 == 0xFE80 >> 6
            : Network >> 24 is 10 or 127
                || Network >> 20 == (172 << 8 | 16) >> 4
                || Network >> 16 is (192 << 8 | 168) or (169 << 8 | 254)
                || Network >> 22 == (100 << 8 | 64) >> 6;
}
