using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Personalization.Keys;
using Personalization.Problems;

namespace Personalization.Limits;

/// <summary>
/// Token buckets for calls without the secret key: one for each client address, one for each IPv6 network, one for the write key. The framework's own
/// middleware takes one token a call; here a batch costs what is in it.
/// </summary>
public sealed class CallLimits(LimitSettings settings, ApiKeys keys, UnnamedProxies proxies, LimitAlarm alarm) : IDisposable
{
    const int MaxHeld = 2_000;
    static readonly TimeSpan Hold = TimeSpan.FromMilliseconds(250);

    int _held;

    /// <summary>One place may have all /64 of its /48 (IPv6); together they are as good as so many addresses.</summary>
    const int AddressesOfNetwork = 4;

    readonly PartitionedRateLimiter<ClientAddress>? _perAddress =
        settings.PerAddress.PerSecond == 0 ? null : Partitioned(settings.PerAddress);
    readonly PartitionedRateLimiter<ClientAddress>? _perNetwork =
        settings.PerAddress.PerSecond == 0 ? null : Partitioned(settings.PerAddress.Times(AddressesOfNetwork));
    readonly TokenBucketRateLimiter? _perKey =
        settings.PerKey.PerSecond == 0 ? null : new(OptionsOf(settings.PerKey, replenishes: true));

    static PartitionedRateLimiter<ClientAddress> Partitioned(BucketSettings bucket)
    {
        var options = OptionsOf(bucket, replenishes: false);
        return PartitionedRateLimiter.Create<ClientAddress, ClientAddress>(address =>
            RateLimitPartition.GetTokenBucketLimiter(address, _ => options)
        );
    }

    static TokenBucketRateLimiterOptions OptionsOf(BucketSettings bucket, bool replenishes) =>
        new()
        {
            TokenLimit = bucket.Burst,
            TokensPerPeriod = bucket.PerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            AutoReplenishment = replenishes,
        };

    /// <summary>Charges a call one unit, before anything of it is read. Endpoints that are exempt charge by themselves, or nothing.</summary>
    public Problem? Enter(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<DisableRateLimitingAttribute>() is not null
            ? null
            : Charge(http, keys.KindOfHeader(http.Request.Headers.Authorization), 1);

    public Problem? Enter(HttpContext http, KeyKind key) => Charge(http, key, 1);

    /// <summary>Charges what a call holds beyond the unit it entered for.</summary>
    /// <param name="http">The call.</param>
    /// <param name="header">The key it entered with.</param>
    /// <param name="key">The key it has, be it in the body: then its bucket has not been asked yet.</param>
    /// <param name="events">Events in it.</param>
    /// <param name="bytes">Of its body.</param>
    public Problem? ChargeMore(HttpContext http, KeyKind header, KeyKind key, int events, int bytes)
    {
        var units = Math.Max(1, Math.Max(events, (bytes + 1023) / 1024));
        if (key == KeyKind.Secret)
            return null;
        return ChargeAddress(http, units - 1) ?? ChargeKey(key, header == key ? units - 1 : units);
    }

    Problem? Charge(HttpContext http, KeyKind key, int units) =>
        key == KeyKind.Secret ? null : ChargeAddress(http, units) ?? ChargeKey(key, units);

    Problem? ChargeAddress(HttpContext http, int units)
    {
        if (units == 0 || _perAddress is null || proxies.ClientOf(http) is not { } client)
            return null;
        using var lease = _perAddress.AttemptAcquire(client, units);
        if (!lease.IsAcquired)
            return Refused(lease, LimitKind.PerAddress, "Too many calls from this address.");
        if (!client.IsV6)
            return null;
        using var shared = _perNetwork!.AttemptAcquire(client.Surroundings, units);
        return shared.IsAcquired ? null : Refused(shared, LimitKind.PerAddress, "Too many calls from this network.");
    }

    Problem? ChargeKey(KeyKind key, int units)
    {
        if (units == 0 || _perKey is null || key != KeyKind.Write)
            return null;
        using var lease = _perKey.AttemptAcquire(units);
        return lease.IsAcquired ? null : Refused(lease, LimitKind.PerKey, "Too many calls with this key.");
    }

    /// <summary>
    /// Holds a refusal back for a moment: a client that calls again at once would keep a processor busy with being refused. Beyond
    /// <see cref="MaxHeld"/> at once refusals are not held, so that holding costs little memory.
    /// </summary>
    public async ValueTask<Problem> HoldAsync(Problem refusal, CancellationToken cancel)
    {
        if (Interlocked.Increment(ref _held) <= MaxHeld)
            await Task.Delay(Hold, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Interlocked.Decrement(ref _held);
        return refusal;
    }

    Problem Refused(RateLimitLease lease, LimitKind kind, string what)
    {
        alarm.Raise(kind);
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
        return Problem.TooMany(what, Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)));
    }

    public void Dispose()
    {
        _perAddress?.Dispose();
        _perNetwork?.Dispose();
        _perKey?.Dispose();
    }
}
