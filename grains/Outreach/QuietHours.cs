namespace Personalization.Outreach;

/// <summary>
/// A daily span on the customer's own clock in which nothing is sent; it may pass midnight. <see cref="From"/> is quiet,
/// <see cref="Until"/> no longer is; equal times mean that no hour is quiet.
/// </summary>
public readonly record struct QuietHours(TimeOnly From, TimeOnly Until)
{
    /// <summary>21:00 to 08:00.</summary>
    public static readonly QuietHours Default = new(new(21, 0), new(8, 0));

    public static readonly QuietHours None;

    /// <summary>The zone of a name (<see cref="TimeZoneNames"/>), or <paramref name="fallback"/> where there is none or it is not known.</summary>
    public static TimeZoneInfo ZoneOf(string? name, TimeZoneInfo fallback) =>
        !string.IsNullOrWhiteSpace(name) && TimeZoneNames.TryFind(name, out var zone) ? zone : fallback;

    /// <summary>Whether a clock in this zone shows a quiet hour at an instant (Unix milliseconds).</summary>
    public bool Contain(long at, TimeZoneInfo zone)
    {
        var clock = Clock(at + Offset(at, zone));
        return From <= Until ? From <= clock && clock < Until : From <= clock || clock < Until;
    }

    /// <summary>
    /// The earliest instant at or after <paramref name="at"/> that is not quiet (Unix milliseconds). Right across changes
    /// of the clock: an hour that is repeated is quiet both times, and an end that is skipped comes at the skip.
    /// </summary>
    public long NextAllowed(long at, TimeZoneInfo zone)
    {
        while (Contain(at, zone))
        {
            var end = at + UntilEnd(Clock(at + Offset(at, zone)));
            // Until the clock is changed it runs evenly, and the span ends where it shows so. Changes are weeks apart.
            at = Offset(at, zone) == Offset(end, zone) ? end : FirstChange(at, end, zone);
        }
        return at;
    }

    long UntilEnd(TimeOnly clock)
    {
        var ticks = Until.Ticks - clock.Ticks;
        if (ticks <= 0)
            ticks += TimeSpan.TicksPerDay;
        return (ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond;
    }

    static long FirstChange(long before, long after, TimeZoneInfo zone)
    {
        var offset = Offset(before, zone);
        while (after - before > 1)
        {
            var middle = before + (after - before) / 2;
            if (Offset(middle, zone) == offset)
                before = middle;
            else
                after = middle;
        }
        return after;
    }

    static TimeOnly Clock(long local) => TimeOnly.FromDateTime(DateTimeOffset.FromUnixTimeMilliseconds(local).UtcDateTime);

    static long Offset(long at, TimeZoneInfo zone) =>
        zone.GetUtcOffset(DateTimeOffset.FromUnixTimeMilliseconds(at)).Ticks / TimeSpan.TicksPerMillisecond;
}
