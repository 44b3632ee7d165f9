namespace Personalization.Shop;

/// <summary>
/// The shop's clock, which may be set to another time (history as of its own days). The silo itself lives by the system's
/// clock: this one is never registered as the <see cref="TimeProvider"/> that Orleans takes.
/// </summary>
public sealed class ShopClock(TimeProvider time, TimeSpan shift = default) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + shift;

    public override long GetTimestamp() => time.GetTimestamp();

    /// <summary>Unix milliseconds.</summary>
    public long Now => GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>A clock that shows a time now and runs on from there.</summary>
    public static ShopClock StartingAt(DateTimeOffset start) => new(System, start - System.GetUtcNow());
}
