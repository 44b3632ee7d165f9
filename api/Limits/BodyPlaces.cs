using System.Threading.RateLimiting;

namespace Personalization.Limits;

/// <summary>How many bodies are read at once of callers that nothing vouches for: in all, and of one address.</summary>
public sealed class BodyPlaces(LimitSettings settings, UnnamedProxies proxies, LimitAlarm alarm) : IDisposable
{
    readonly ConcurrencyLimiter _all = new(OptionsOf(settings.Bodies));
    readonly PartitionedRateLimiter<ClientAddress> _perAddress = PartitionedRateLimiter.Create<ClientAddress, ClientAddress>(
        address => RateLimitPartition.GetConcurrencyLimiter(address, _ => OptionsOf(settings.BodiesPerAddress))
    );

    static ConcurrencyLimiterOptions OptionsOf(int places) => new() { PermitLimit = places };

    /// <summary>A place until it is disposed of; null where there is none.</summary>
    public Place? Take(HttpContext http)
    {
        var own = proxies.ClientOf(http) is { } client ? _perAddress.AttemptAcquire(client) : null;
        var shared = own is { IsAcquired: false } ? null : _all.AttemptAcquire();
        if (shared is { IsAcquired: true })
            return new Place(own, shared);
        own?.Dispose();
        alarm.Raise(LimitKind.Bodies);
        return null;
    }

    public void Dispose()
    {
        _all.Dispose();
        _perAddress.Dispose();
    }

    public sealed class Place(RateLimitLease? own, RateLimitLease shared) : IDisposable
    {
        public void Dispose()
        {
            own?.Dispose();
            shared.Dispose();
        }
    }
}
