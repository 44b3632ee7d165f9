using System.Globalization;
using System.Text;
using Personalization.Storage.Files;

namespace Personalization.Import;

/// <summary>
/// Reads times as files write them: ISO 8601 and its kin, Unix seconds and milliseconds, day/month/year and month/day/year in the
/// file's order (with dots the day is always first), serial days of spreadsheets; each with or without a time of day, AM and PM,
/// an offset.
/// </summary>
/// <param name="order">That of the file's dates.</param>
/// <param name="zone">Of times without an offset; null for UTC.</param>
/// <param name="format">unix, unix-ms or a .NET format, where one was named.</param>
public sealed class FileTimes(DateOrder order, TimeZoneInfo? zone, string? format = null)
{
    /// <summary>Serial days of 1970 to 2100, counted from the end of 1899.</summary>
    const int FirstSerial = 25_569,
        LastSerial = 73_050;

    const int MaxText = 64;

    /// <exception cref="ImportException">There is no such zone.</exception>
    public static TimeZoneInfo? ZoneOf(string? name) =>
        name is null ? null
        : TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone
        : throw new ImportException($"--time-zone '{name}' is no time zone such as Europe/Berlin.");

    /// <summary>Unix milliseconds; false for what is no time, or could be two.</summary>
    public bool TryRead(ReadOnlySpan<byte> field, out long milliseconds) =>
        format switch
        {
            "unix" => FieldValue.TryUnixSeconds(field, out milliseconds),
            "unix-ms" => FieldValue.TryUnixMilliseconds(field, out milliseconds),
            { } named => FieldValue.TryTime(field, named, out milliseconds)
                && (named.AsSpan().ContainsAny("zK") || Localized(ref milliseconds)),
            null => TryAny(field, out milliseconds),
        };

    bool TryAny(ReadOnlySpan<byte> field, out long milliseconds)
    {
        if (FieldValue.TryPlainTime(field, out milliseconds))
            return Localized(ref milliseconds);
        if (TrySerial(field, out milliseconds))
            return Localized(ref milliseconds);
        if (FieldValue.TryInteger(field, out _))
            return FieldValue.TryAnyTime(field, out milliseconds) && (field.Length != 8 || Localized(ref milliseconds));
        return TryText(field, out milliseconds) || FieldValue.TryUnixSeconds(field, out milliseconds);
    }

    static bool TrySerial(ReadOnlySpan<byte> field, out long milliseconds)
    {
        milliseconds = 0;
        var point = field.IndexOf((byte)'.');
        if ((point < 0 ? field.Length : point) != 5 || !double.TryParse(field, CultureInfo.InvariantCulture, out var days))
            return false;
        milliseconds = (long)Math.Round((days - FirstSerial) * 86_400) * 1_000;
        return days is >= FirstSerial and < LastSerial;
    }

    bool TryText(ReadOnlySpan<byte> field, out long milliseconds)
    {
        milliseconds = 0;
        if (field.Length is < 6 or > MaxText)
            return false;
        Span<char> characters = stackalloc char[MaxText];
        ReadOnlySpan<char> text = characters[..Encoding.UTF8.GetChars(field, characters)];
        var offset = Offset(ref text);
        DateTime local;
        if (TrySplit(text, out var first, out var second, out var year, out var rest, out var separator))
        {
            if (!TryDate(first, second, year, separator, out var date) || !TryTimeOfDay(rest, out var ofDay))
                return false;
            local = date.ToDateTime(ofDay);
        }
        else if (
            !IsUnmistakable(text)
            || !DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out local)
        )
            return false;
        milliseconds = new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Utc)).ToUnixTimeMilliseconds();
        if (offset is not { } minutes)
            return Localized(ref milliseconds);
        milliseconds -= minutes * 60_000L;
        return true;
    }

    bool TryDate(int first, int second, int year, char separator, out DateOnly date)
    {
        date = default;
        var isDayFirst = separator == '.' || order == DateOrder.DayFirst || (order == DateOrder.Unknown && first > 12);
        if (!isDayFirst && order == DateOrder.Unknown && second <= 12 && first != second)
            return false;
        var (day, month) = isDayFirst ? (first, second) : (second, first);
        if (month is < 1 or > 12 || year is < 1 or > 9999 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        date = new DateOnly(year, month, day);
        return true;
    }

    static bool TryTimeOfDay(ReadOnlySpan<char> text, out TimeOnly time)
    {
        time = default;
        return text.IsEmpty || TimeOnly.TryParse(text, CultureInfo.InvariantCulture, out time);
    }

    /// <summary>Year first, or the month in letters.</summary>
    static bool IsUnmistakable(ReadOnlySpan<char> text) =>
        text.Length >= 8
        && (
            (!text[..4].ContainsAnyExceptInRange('0', '9') && text[4] is '-' or '/' or '.')
            || (text.ContainsAnyInRange('A', 'Z') && HasMonth(text))
        );

    static bool HasMonth(ReadOnlySpan<char> text)
    {
        foreach (var month in CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames)
            if (month.Length > 0 && text.Contains(month, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    /// <summary>Takes a Z, UTC, GMT or +02:00, +0200, +02 from the end of a time of day: its minutes; null where there is none.</summary>
    static int? Offset(ref ReadOnlySpan<char> text)
    {
        foreach (var utc in (ReadOnlySpan<string>)["Z", "UTC", "GMT"])
            if (text.EndsWith(utc, StringComparison.OrdinalIgnoreCase))
            {
                text = text[..^utc.Length].TrimEnd();
                return 0;
            }
        var sign = text.LastIndexOfAny("+-");
        if (sign < 0 || text.IndexOf(':') is not (>= 0 and var colon) || colon > sign)
            return null;
        var digits = text[(sign + 1)..];
        var hours = digits.Length >= 2 ? digits[..2] : digits;
        var minutes = digits.Length > 2 ? digits[2..].TrimStart(':') : "0";
        if (
            !int.TryParse(hours, NumberStyles.None, CultureInfo.InvariantCulture, out var h)
            || !int.TryParse(minutes, NumberStyles.None, CultureInfo.InvariantCulture, out var m)
            || h > 14
            || m > 59
        )
            return null;
        var total = (h * 60 + m) * (text[sign] == '-' ? -1 : 1);
        text = text[..sign].TrimEnd();
        return total;
    }

    /// <summary>Splits 1/2/2011 8:26 into its numbers and what follows; years of two digits are of this century.</summary>
    public static bool TrySplit(
        ReadOnlySpan<char> text,
        out int first,
        out int second,
        out int year,
        out ReadOnlySpan<char> rest,
        out char separator
    )
    {
        (first, second, year, separator) = (0, 0, 0, '\0');
        rest = default;
        var at = 0;
        if (!TryNumber(text, ref at, 2, out first) || at == text.Length || text[at] is not ('/' or '-' or '.'))
            return false;
        separator = text[at++];
        if (!TryNumber(text, ref at, 2, out second) || at == text.Length || text[at++] != separator)
            return false;
        var start = at;
        if (!TryNumber(text, ref at, 4, out year) || at - start is not (2 or 4))
            return false;
        if (at - start == 2)
            year += 2000;
        if (at < text.Length && text[at] is not (' ' or 'T' or ','))
            return false;
        rest = at < text.Length ? text[(at + 1)..].Trim() : default;
        return true;
    }

    static bool TryNumber(ReadOnlySpan<char> text, ref int at, int digits, out int number)
    {
        number = 0;
        var start = at;
        for (; at < text.Length && at - start < digits && char.IsAsciiDigit(text[at]); at++)
            number = number * 10 + text[at] - '0';
        return at > start;
    }

    bool Localized(ref long milliseconds)
    {
        if (zone is not null)
            milliseconds -= (long)
                zone.GetUtcOffset(
                    DateTime.SpecifyKind(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).DateTime, DateTimeKind.Unspecified)
                ).TotalMilliseconds;
        return true;
    }
}
