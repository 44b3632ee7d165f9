using Microsoft.Extensions.Primitives;
using Personalization.Problems;

namespace Personalization.Hosting;

/// <summary>
/// The hosts under whose names this server may be called: a page of another site whose name was made to lead here (DNS
/// rebinding) reaches nothing, and no answer repeats a name that a stranger made up.
/// </summary>
static partial class AllowedHosts
{
    const long Silence = 60_000;

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

    /// <summary>The addresses that the server listens at: endpoints of the section <c>Kestrel</c> come instead of the others.</summary>
    public static string ListenedAt(IConfiguration configuration, string urls)
    {
        var own = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]);
        return string.Join(';', own) is { Length: > 0 } named ? named : urls;
    }

    /// <summary>Empty where an address has none, or is none: then the start fails at it.</summary>
    static string HostOf(string url)
    {
        if (!url.Contains("://"))
            return "";
        var address = BindingAddress.Parse(url);
        return address.IsUnixPipe || address.IsNamedPipe || address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "" : address.Host;
    }

    /// <summary>
    /// Refuses calls under other names, and says so once a minute without the name, which a stranger chose. Whoever watches the
    /// server's health calls it by its address; the links of messages that were sent stay good under the names they had.
    /// </summary>
    public static void UseAllowedHosts(this WebApplication app, IList<StringSegment> hosts)
    {
        if (hosts.Count == 0)
            return;
        var told = -Silence;
        app.Use(
            (http, next) =>
            {
                if (IsAllowed(http.Request, hosts))
                    return next(http);
                var (before, now) = (Volatile.Read(ref told), Environment.TickCount64);
                if (now - before >= Silence && Interlocked.CompareExchange(ref told, now, before) == before)
                    Log.Refused(app.Logger);
                return NotAllowed.ExecuteAsync(http);
            }
        );
    }

    static bool IsAllowed(HttpRequest request, IList<StringSegment> hosts) =>
        !request.Host.HasValue
        || HostString.MatchesAny(request.Host.Host, hosts)
        || request.Path.StartsWithSegments("/health")
        || request.Path.StartsWithSegments("/u")
        || request.Path.StartsWithSegments("/c");

    static readonly Problem NotAllowed = new(
        "/problems/unknown-host",
        "Unknown host",
        StatusCodes.Status421MisdirectedRequest,
        "This server is not called by this name.",
        "Call it by an address it listens at, or name the host in the setting Server:Hosts."
    );

    static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "Calls by a name that is not this server's are refused (421). If it is the shop's, name it in Server:Hosts."
        )]
        public static partial void Refused(ILogger log);
    }
}
