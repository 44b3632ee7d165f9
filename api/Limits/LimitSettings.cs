using System.ComponentModel.DataAnnotations;

namespace Personalization.Limits;

/// <summary>
/// Section <c>Limits</c>: how much anybody may send who has no secret key, and how much of it stays. Calls with the secret key are
/// not limited. A unit is an event, or each kilobyte begun of a body, whichever is more.
/// </summary>
public sealed record LimitSettings
{
    /// <summary>Units of one client address (an IPv4 address, or an IPv6 network of /64; a /48 has four times as many). The default is 50 a second, 3,000 at once.</summary>
    public BucketSettings PerAddress { get; init; } = new() { PerSecond = 50, Burst = 3_000 };

    /// <summary>Units of the write key, of all clients together. The default is 5,000 a second, 20,000 at once.</summary>
    public BucketSettings PerKey { get; init; } = new() { PerSecond = 5_000, Burst = 20_000 };

    /// <summary>Open connections. Those beyond are closed at once. The default is 10,000.</summary>
    [Range(10, 1_000_000)]
    public int Connections { get; init; } = 10_000;

    /// <summary>Of these, one client address's; proxies have no such limit. The default is 500.</summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerAddress { get; init; } = 500;

    /// <summary>Calls at once whose body is waited for without a key in the header, and as many with the write key and more than 32 KB. The default is 256.</summary>
    [Range(1, 100_000)]
    public int Bodies { get; init; } = 256;

    /// <summary>How many of either one address may have at once. The default is 32.</summary>
    [Range(1, 100_000)]
    public int BodiesPerAddress { get; init; } = 32;

    /// <summary>A body that is not complete after this long is given up. The default is 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Product ids that claimed calls may bring into the catalogue in an hour. The default is 5,000.</summary>
    [Range(0, 10_000_000)]
    public int NewProducts { get; init; } = 5_000;

    /// <summary>The same for one address. The default is 500.</summary>
    [Range(0, 10_000_000)]
    public int NewProductsPerAddress { get; init; } = 500;

    /// <summary>Categories that may come from events: beyond this many in the catalogue events add none. The default is 20,000.</summary>
    [Range(0, 10_000_000)]
    public int Categories { get; init; } = 20_000;

    /// <summary>Sources of visits (campaigns) that are told apart in a day; the others are counted together. The default is 1,000.</summary>
    [Range(1, 1_000_000)]
    public int SourcesPerDay { get; init; } = 1_000;

    /// <summary>Claimed events of one visitor in a day. The default is 10,000.</summary>
    [Range(1, int.MaxValue)]
    public int EventsPerVisitor { get; init; } = 10_000;
}

/// <summary>A bucket that fills by so many units a second, up to so many.</summary>
public sealed record BucketSettings
{
    /// <summary>0 sets no limit.</summary>
    [Range(0, 100_000_000)]
    public int PerSecond { get; init; }

    /// <summary>At least a whole batch of 2,500.</summary>
    [Range(2_500, 100_000_000)]
    public int Burst { get; init; }

    internal BucketSettings Times(int factor) => new() { PerSecond = PerSecond * factor, Burst = Burst * factor };
}
