using System.Buffers;

namespace Personalization.Tracking;

/// <summary>The host of an address: the part of a referrer that identifies no person.</summary>
static class ReferrerHost
{
    /// <summary>RFC 1035, section 3.1.</summary>
    const int MaxLength = 253;

    static readonly SearchValues<char> Unfit = SearchValues.Create(" \t\r\n\"'<>\\^`{|}@%");

    /// <summary>The host in lower case, without user, port and path; null where the text is no address with a scheme.</summary>
    public static string? Of(string? address)
    {
        if (address is null)
            return null;
        var scheme = address.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 1)
            return null;
        var host = address.AsSpan(scheme + 3);
        if (host.IndexOfAny('/', '?', '#') is >= 0 and var end)
            host = host[..end];
        if (host.LastIndexOf('@') is >= 0 and var user)
            host = host[(user + 1)..];
        if (host.LastIndexOf(':') is >= 0 and var port && !host[port..].Contains(']'))
            host = host[..port];
        return host.IsEmpty || host.Length > MaxLength || host.ContainsAny(Unfit) ? null : host.ToString().ToLowerInvariant();
    }
}
