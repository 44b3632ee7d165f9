using System.Globalization;
using System.Text.RegularExpressions;

namespace Personalization.Ingestion;

/// <summary>
/// Times as clients write them: ISO 8601 and its near misses, seconds to nanoseconds since 1970, and the dates of HTTP and of
/// JavaScript. Without a zone it is UTC. What can mean two things (02/03/2026, CET) is not read.
/// </summary>
public static partial class TimeText
{
    const int MaxLength = 100;
    const long Hour = 60 * 60 * 1000;

    static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    /// <param name="time">Unix milliseconds; below 0 before 1970.</param>
    public static bool TryRead(string text, out long time)
    {
        time = 0;
        text = text.Trim();
        if (text.Length is 0 or > MaxLength)
            return false;
        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return text.Length == 8 ? TryFields(Compact().Match(text), out time) : TryNumber(number, out time);
        foreach (var form in (Regex[])[Iso(), Compact(), DayFirst(), MonthFirst()])
            if (form.Match(text) is { Success: true } match)
                return TryFields(match, out time);
        return false;
    }

    /// <summary>Seconds, milliseconds, microseconds or nanoseconds since 1970, told by their size.</summary>
    public static bool TryNumber(decimal number, out long time)
    {
        // Below it lies 1973 in seconds: a count or a year, no time.
        const decimal least = 1e8m;
        time = number switch
        {
            < least => 0,
            < 1e11m => (long)(number * 1000),
            < 1e14m => (long)number,
            < 1e17m => (long)(number / 1000),
            < 1e20m => (long)(number / 1_000_000),
            _ => 0,
        };
        return time > 0;
    }

    static bool TryFields(Match match, out long time)
    {
        time = 0;
        if (!match.Success)
            return false;
        int Part(string name) =>
            match.Groups[name] is { Success: true } group ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;
        var month = match.Groups["name"] is { Success: true } name
            ? Array.IndexOf(Months, name.Value.ToLowerInvariant()) + 1
            : Part("month");
        var (year, day, hour, minute, second) = (Part("year"), Part("day"), Part("hour"), Part("minute"), Part("second"));
        if (match.Groups["half"] is { Success: true } half)
        {
            if (hour is < 1 or > 12)
                return false;
            hour = hour % 12 + (half.ValueSpan[0] is 'p' or 'P' ? 12 : 0);
        }
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        // A day ends at 24:00, and some minutes have a second more.
        if (hour > 24 || minute > 59 || second > 60 || (hour == 24 && minute + second > 0))
            return false;
        if (!TryOffset(match.Groups["zone"].ValueSpan, out var offset))
            return false;
        time =
            new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds()
            + hour * Hour
            + minute * 60_000L
            + second * 1000L
            + Milliseconds(match.Groups["fraction"].ValueSpan)
            - offset;
        return true;
    }

    static long Milliseconds(ReadOnlySpan<char> fraction)
    {
        var milliseconds = 0;
        for (var i = 0; i < 3; i++)
            milliseconds = milliseconds * 10 + (i < fraction.Length ? fraction[i] - '0' : 0);
        return milliseconds;
    }

    static bool TryOffset(ReadOnlySpan<char> zone, out long offset)
    {
        offset = 0;
        zone = zone.Trim();
        if (
            zone.StartsWith("UTC", StringComparison.OrdinalIgnoreCase)
            || zone.StartsWith("GMT", StringComparison.OrdinalIgnoreCase)
        )
            zone = zone[3..];
        if (zone.Length < 2)
            return true;
        Span<char> digits = stackalloc char[4];
        var length = 0;
        foreach (var one in zone[1..])
            if (char.IsAsciiDigit(one))
                digits[length++] = one;
        var hours = int.Parse(digits[..Math.Min(length == 3 ? 1 : 2, length)], CultureInfo.InvariantCulture);
        var minutes = length > 2 ? int.Parse(digits[(length - 2)..length], CultureInfo.InvariantCulture) : 0;
        offset = (hours * 60L + minutes) * 60_000 * (zone[0] == '-' ? -1 : 1);
        return hours <= 18 && minutes < 60;
    }

    const string Clock =
        @"(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,:](?<fraction>\d{1,9}))?)?(?:\s*(?<half>[ap])\.?m\.?)?";
    const string Zone = @"(?:\s*:?\s*(?<zone>z|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?|utc|gmt)(?:\s*\([^()]*\)|\[[^\[\]]*\])?)?$";
    const RegexOptions Plain = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    [GeneratedRegex(
        @"^(?<year>\d{4})([-/.])(?<month>\d{1,2})\1(?<day>\d{1,2})(?:(?:\s*t\s*|[\s_]+)" + Clock + Zone + @"|z?$)",
        Plain
    )]
    private static partial Regex Iso();

    [GeneratedRegex(
        @"^(?<year>(?:19|20)\d{2})(?<month>\d{2})(?<day>\d{2})(?:t?(?<hour>\d{2})(?<minute>\d{2})(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?"
            + Zone
            + @"|$)",
        Plain
    )]
    private static partial Regex Compact();

    /// <summary>Mon, 02 Mar 2026 09:00:00 GMT.</summary>
    [GeneratedRegex(
        @"^(?:[a-z]{3,9},?\s+)?(?<day>\d{1,2})[\s-](?<name>[a-z]{3})[a-z]*[\s-](?<year>\d{4})(?:,?\s+" + Clock + Zone + @"|$)",
        Plain
    )]
    private static partial Regex DayFirst();

    /// <summary>Mon Mar 02 2026 10:00:00 GMT+0100 (Central European Standard Time); Mar 2, 2026, 10:00 AM.</summary>
    [GeneratedRegex(
        @"^(?:[a-z]{3,9},?\s+)?(?<name>[a-z]{3})[a-z]*\.?\s+(?<day>\d{1,2}),?\s+(?<year>\d{4})(?:,?\s+" + Clock + Zone + @"|$)",
        Plain
    )]
    private static partial Regex MonthFirst();
}
