using System.Collections.Concurrent;
using System.Net;
using Personalization.Tracking;

namespace Personalization.Limits;

/// <summary>
/// A proxy that <c>Server:Proxies</c> does not name makes all shoppers one address, which would soon be refused. It is known by
/// what no stranger can have: a private address that most calls come from, for many visitors. One on this machine must also say
/// for whom it calls.
/// </summary>
public sealed partial class UnnamedProxies(ILogger<UnnamedProxies> log)
{
    const string Forwarded = "X-Forwarded-For";
    const int MaxAddresses = 256,
        MinCalls = 600,
        MinVisitors = 50;

    readonly ConcurrentDictionary<ClientAddress, Neighbour> _neighbours = new();
    long _minute;
    int _calls;

    /// <summary>Whom the call counts for; null where that cannot be told, since it came through a proxy that does not say.</summary>
    public ClientAddress? ClientOf(HttpContext http)
    {
        var address = ClientAddress.Of(http.Connection.RemoteIpAddress);
        if (!address.IsPrivate || !_neighbours.TryGetValue(address, out var neighbour) || !neighbour.IsProxy)
            return address;
        // The last is what the proxy itself saw; what stands before it anybody may have written.
        return IPAddress.TryParse(LastOf(http), out var client) ? ClientAddress.Of(client) : null;
    }

    /// <summary>Notes for whom a call with the write key came. Answers as <see cref="ClientOf"/>.</summary>
    public ClientAddress? Note(HttpContext http, IncomingCall call)
    {
        Count(http, call);
        return ClientOf(http);
    }

    void Count(HttpContext http, IncomingCall call)
    {
        var calls = Count();
        var address = ClientAddress.Of(http.Connection.RemoteIpAddress);
        if (!address.IsPrivate || (address.IsLoopback && LastOf(http).IsEmpty))
            return;
        if (!_neighbours.TryGetValue(address, out var neighbour))
        {
            if (_neighbours.Count >= MaxAddresses)
                return;
            neighbour = _neighbours.GetOrAdd(address, _ => new Neighbour());
        }
        if (
            !neighbour.IsProxy
            && neighbour.Carries(Volatile.Read(ref _minute), (call.AnonymousId ?? call.UserId)!.GetHashCode(), calls)
        )
            Log.Lifted(log, http.Connection.RemoteIpAddress);
    }

    int Count()
    {
        var minute = Environment.TickCount64 / 60_000;
        if (Interlocked.Exchange(ref _minute, minute) != minute)
            Volatile.Write(ref _calls, 0);
        return Interlocked.Increment(ref _calls);
    }

    static ReadOnlySpan<char> LastOf(HttpContext http)
    {
        var all = http.Request.Headers[Forwarded];
        var text = all.Count == 0 ? default : all[^1].AsSpan();
        return text[(text.LastIndexOf(',') + 1)..].Trim();
    }

    /// <summary>What came from one private address within a minute.</summary>
    sealed class Neighbour
    {
        readonly Lock _lock = new();
        readonly HashSet<int> _visitors = [];
        long _minute;
        int _calls;

        public bool IsProxy { get; private set; }

        /// <summary>Counts a call; true where it shows for the first time that this is a proxy.</summary>
        public bool Carries(long minute, int visitor, int allCalls)
        {
            lock (_lock)
            {
                if (_minute != minute)
                {
                    (_minute, _calls) = (minute, 0);
                    _visitors.Clear();
                }
                _calls++;
                if (_visitors.Count < MinVisitors)
                    _visitors.Add(visitor);
                if (IsProxy || _calls < MinCalls || _visitors.Count < MinVisitors || _calls <= allCalls / 2)
                    return false;
                return IsProxy = true;
            }
        }
    }

    static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "Most calls come from {Address}, for many visitors: it is taken for a proxy, and has no limit of its own any "
                + "more. Name it in Server:Proxies, so that each visitor's own address counts."
        )]
        public static partial void Lifted(ILogger log, IPAddress? address);
    }
}
