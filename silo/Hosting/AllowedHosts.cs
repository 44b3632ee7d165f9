using Microsoft.Extensions.Primitives;
using Personalization.Problems;

namespace Personalization.Hosting;

/// <summary>
/// The hosts under whose names this server may be called: a page of another site whose name was made to lead here (DNS
/// rebinding) reaches nothing, and no answer repeats a name that a stranger made up.
/// </summary>
static class AllowedHosts
{
    static readonly string[] Loopback = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>
    /// Those of the setting <c>Server:Hosts</c>; without it those of the addresses listened at, of which a wildcard (and a
    /// socket) allows every host. Always that of the public address and this machine.
    /// </summary>
    /// <returns>Empty: every host.</returns>
    public static IList<StringSegment> Of(IReadOnlyList<string> named, string publicUrl, string urls)
    {
        var hosts = named.Count > 0 ? named : [.. urls.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(HostOf)];
        return hosts.Any(host => host is "*" or "")
            ? []
            : [.. hosts.Append(new Uri(publicUrl).Host).Concat(Loopback).Distinct().Select(host => (StringSegment)host)];
    }

    /// <summary>Empty where an address has none.</summary>
    static string HostOf(string url)
    {
        var address = BindingAddress.Parse(url);
        return address.IsUnixPipe || address.IsNamedPipe || address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "" : address.Host;
    }

    /// <summary>Refuses calls under other names. Whoever watches the server's health calls it by its address.</summary>
    public static void UseAllowedHosts(this IApplicationBuilder app, IList<StringSegment> hosts)
    {
        if (hosts.Count > 0)
            app.Use((http, next) => IsAllowed(http.Request, hosts) ? next(http) : NotAllowed.ExecuteAsync(http));
    }

    static bool IsAllowed(HttpRequest request, IList<StringSegment> hosts) =>
        !request.Host.HasValue || HostString.MatchesAny(request.Host.Host, hosts) || request.Path.StartsWithSegments("/health");

    static readonly Problem NotAllowed = new(
        "/problems/unknown-host",
        "Unknown host",
        StatusCodes.Status421MisdirectedRequest,
        "This server is not called by this name.",
        "Call it by an address it listens at, or name the host in the setting Server:Hosts."
    );
}
