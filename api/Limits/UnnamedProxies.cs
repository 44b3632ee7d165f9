using System.Collections.Concurrent;
using System.Net;
using Personalization.Tracking;

namespace Personalization.Limits;

/// <summary>
/// A proxy that <c>Server:Proxies</c> does not name makes all shoppers one address, which would soon be refused. It is known by
/// what carries most calls, for many visitors. Where it also has what no stranger can have, a private address, its bucket is
/// lifted; one on this machine must also say for whom it calls.
/// </summary>
public sealed partial class UnnamedProxies(ILogger<UnnamedProxies> log)
{
    const string Forwarded = "X-Forwarded-For";
    const int MaxAddresses = 256,
        MinCalls = 600,
        MinVisitors = 50;

    readonly ConcurrentDictionary<ClientAddress, Neighbour> _neighbours = new();
    readonly Lock _forgetting = new();
    long _minute;
    int _calls;

    /// <summary>Whether the bucket of an address was lifted.</summary>
    public bool IsProxy(ClientAddress address) =>
        address.IsPrivate && _neighbours.TryGetValue(address, out var neighbour) && neighbour.IsProxy;

    /// <summary>Whom the call counts for; null where that cannot be told, since it came through a proxy that does not say.</summary>
    public ClientAddress? ClientOf(HttpContext http)
    {
        var address = ClientAddress.Of(http.Connection.RemoteIpAddress);
        if (!address.IsPrivate || !_neighbours.TryGetValue(address, out var neighbour) || !neighbour.IsProxy)
            return address;
        // The last is what the proxy itself saw; what stands before it anybody may have written, and all of it where the proxy
        // passes on what it got.
        return neighbour.NamesClients && IPAddress.TryParse(LastOf(http), out var client) ? ClientAddress.Of(client) : null;
    }

    /// <summary>Notes for whom a call with the write key came.</summary>
    /// <returns>What <see cref="ClientOf"/> says, and the network that the call came from as far as it is known.</returns>
    public (ClientAddress? Client, ClientAddress Network) Note(HttpContext http, IncomingCall call)
    {
        var address = ClientAddress.Of(http.Connection.RemoteIpAddress);
        Count(http, address, (call.AnonymousId ?? call.UserId)!.GetHashCode());
        var client = ClientOf(http);
        return (client, (client ?? address).Surroundings);
    }

    void Count(HttpContext http, ClientAddress address, int visitor)
    {
        var calls = Count();
        if (!_neighbours.TryGetValue(address, out var neighbour))
        {
            // Strangers take no place of a private address.
            if (_neighbours.Count >= (address.IsPrivate ? 2 * MaxAddresses : MaxAddresses))
                return;
            neighbour = _neighbours.GetOrAdd(address, _ => new Neighbour());
        }
        var seen = neighbour.Note(Volatile.Read(ref _minute), visitor, !LastOf(http).IsEmpty, calls, address);
        if (seen == Sight.Proxy)
            Log.Lifted(log, http.Connection.RemoteIpAddress);
        else if (seen == Sight.LooksLikeOne)
            Log.LooksLikeOne(log, http.Connection.RemoteIpAddress);
    }

    int Count()
    {
        var minute = Environment.TickCount64 / 60_000;
        if (Volatile.Read(ref _minute) != minute)
            Forget(minute);
        return Interlocked.Increment(ref _calls);
    }

    /// <summary>Begins a minute: who is no proxy makes room for others.</summary>
    void Forget(long minute)
    {
        lock (_forgetting)
        {
            if (_minute == minute)
                return;
            foreach (var (address, neighbour) in _neighbours)
                if (!neighbour.IsKnown)
                    _neighbours.TryRemove(address, out _);
            Volatile.Write(ref _calls, 0);
            Volatile.Write(ref _minute, minute);
        }
    }

    static ReadOnlySpan<char> LastOf(HttpContext http)
    {
        var all = http.Request.Headers[Forwarded];
        var text = all.Count == 0 ? default : all[^1].AsSpan();
        return text[(text.LastIndexOf(',') + 1)..].Trim();
    }

    /// <summary>What a call showed for the first time of the address it came from.</summary>
    enum Sight : byte
    {
        Nothing,
        LooksLikeOne,
        Proxy,
    }

    /// <summary>What came from one address within a minute.</summary>
    sealed class Neighbour
    {
        readonly Lock _lock = new();
        readonly HashSet<int> _visitors = [];
        long _minute;
        int _calls,
            _named;
        bool _looksLikeOne;

        public bool IsProxy { get; private set; }

        /// <summary>
        /// Whether nearly all of its calls say for whom they come. Where few do, the visitors said so themselves, each as they liked.
        /// </summary>
        public bool NamesClients { get; private set; }

        public bool IsKnown => IsProxy || _looksLikeOne;

        public Sight Note(long minute, int visitor, bool isNamed, int allCalls, ClientAddress address)
        {
            lock (_lock)
            {
                if (_minute != minute)
                {
                    (_minute, _calls, _named) = (minute, 0, 0);
                    _visitors.Clear();
                }
                _calls++;
                if (isNamed)
                    _named++;
                if (_visitors.Count < MinVisitors)
                    _visitors.Add(visitor);
                if (_calls < MinCalls || _visitors.Count < MinVisitors || _calls <= allCalls / 2)
                    return Sight.Nothing;
                NamesClients = _named >= _calls * 0.99;
                if (IsProxy)
                    return Sight.Nothing;
                if (address.IsPrivate && (NamesClients || !address.IsLoopback))
                {
                    IsProxy = true;
                    return Sight.Proxy;
                }
                if (_looksLikeOne)
                    return Sight.Nothing;
                _looksLikeOne = true;
                return Sight.LooksLikeOne;
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

        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "Most calls come from {Address}, for many visitors: it looks like a proxy; name it in Server:Proxies. Until then "
                + "all its visitors share the limits of one address."
        )]
        public static partial void LooksLikeOne(ILogger log, IPAddress? address);
    }
}
