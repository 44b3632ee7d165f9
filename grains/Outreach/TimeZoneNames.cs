using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using NodaTime.TimeZones;

namespace Personalization.Outreach;

/// <summary>
/// Time zones as clients name them: IANA (<c>Europe/Lisbon</c>), Windows (<c>Pacific Standard Time</c>, by CLDR), and what is
/// ahead of UTC (<c>+02:00</c>, <c>UTC+2</c>, <c>GMT-5</c>).
/// </summary>
public static partial class TimeZoneNames
{
    /// <summary>Names that are remembered; what clients send is not bounded.</summary>
    const int MaxKnown = 2000;
    const int MaxLength = 64;

    static readonly ConcurrentDictionary<string, TimeZoneInfo?> Known = new();

    public static bool IsKnown(string name) => TryFind(name, out _);

    public static bool TryFind(string name, [NotNullWhen(true)] out TimeZoneInfo? zone)
    {
        zone = null;
        if (name.Length > MaxLength)
            return false;
        if (!Known.TryGetValue(name, out zone))
        {
            zone = Find(name.Trim());
            if (Known.Count < MaxKnown)
                Known[name] = zone;
        }
        return zone is not null;
    }

    static TimeZoneInfo? Find(string name)
    {
        if (name.Length == 0)
            return null;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone))
            return zone;
        var windows = TzdbDateTimeZoneSource.Default.WindowsMapping.PrimaryMapping;
        if (windows.TryGetValue(name, out var iana) && TimeZoneInfo.TryFindSystemTimeZoneById(iana, out zone))
            return zone;
        return Ahead().Match(name) is { Success: true } ahead ? Fixed(ahead) : null;
    }

    static TimeZoneInfo? Fixed(Match ahead)
    {
        var hours = int.Parse(ahead.Groups["hours"].ValueSpan, CultureInfo.InvariantCulture);
        var minutes = ahead.Groups["minutes"] is { Success: true } given
            ? int.Parse(given.ValueSpan, CultureInfo.InvariantCulture)
            : 0;
        if (hours > 14 || minutes > 59 || hours * 60 + minutes > 14 * 60)
            return null;
        var sign = ahead.Groups["sign"].Value is "+" ? 1 : -1;
        var name = string.Create(CultureInfo.InvariantCulture, $"UTC{(sign > 0 ? '+' : '-')}{hours:00}:{minutes:00}");
        return TimeZoneInfo.CreateCustomTimeZone(name, sign * new TimeSpan(hours, minutes, 0), name, name);
    }

    [GeneratedRegex(
        @"^(?:utc|gmt)?\s*(?<sign>[+\-\u2212])(?<hours>\d{1,2})(?::?(?<minutes>\d{2}))?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Ahead();
}
