using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Personalization.Events;

namespace Personalization.Import;

/// <summary>Reads numbers and times from a field's bytes. False for what is not entirely one.</summary>
public static class FieldValue
{
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> field) => field.Trim(" \t"u8);

    public static bool TryInteger(ReadOnlySpan<byte> field, out long value) =>
        Utf8Parser.TryParse(field, out value, out var used) && used == field.Length;

    /// <summary>How much of a product, in ten-thousandths: up to the most that counts, as 6, 6.0 or 1.4.</summary>
    public static bool TryQuantity(ReadOnlySpan<byte> field, out long quantity, bool decimalComma = false) =>
        TryMoney(field, out quantity, decimalComma) && Math.Abs(quantity) <= Bounds.MaxQuantity * 10_000L;

    /// <summary>Quantity (in ten-thousandths) times unit price, rounded half up; false beyond the greatest amount that counts.</summary>
    public static bool TryWorth(long quantity, long price, out long worth)
    {
        var product = (Int128)quantity * price;
        product = (product + (product < 0 ? -5_000 : 5_000)) / 10_000;
        var good = Int128.Abs(product) <= Bounds.MaxAmount;
        worth = good ? (long)product : 0;
        return good;
    }

    /// <summary>Money in ten-thousandths of the unit; further decimals are rounded half to even.</summary>
    public static bool TryMoney(ReadOnlySpan<byte> field, out long e4, bool decimalComma = false)
    {
        e4 = 0;
        if (decimalComma)
            return TryMoney(WithPoint(field), out e4);
        if (field.ContainsAnyExceptInRange((byte)'-', (byte)'9'))
            field = Plain(field);
        var negative = !field.IsEmpty && field[0] == '-';
        var digits = negative ? field[1..] : field;
        var point = digits.IndexOf((byte)'.');
        var whole = point < 0 ? digits : digits[..point];
        var decimals = point < 0 ? [] : digits[(point + 1)..];
        if (whole.Length is 0 or > 14 || decimals.Length > 4)
            return TryLongMoney(field, out e4);
        if (!TryDigits(whole, out var units) || !TryDigits(decimals, out var fraction))
            return false;
        for (var i = decimals.Length; i < 4; i++)
            fraction *= 10;
        e4 = units * 10_000 + fraction;
        if (negative)
            e4 = -e4;
        return true;
    }

    static bool TryLongMoney(ReadOnlySpan<byte> field, out long e4)
    {
        e4 = 0;
        const NumberStyles style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        if (!decimal.TryParse(field, style, CultureInfo.InvariantCulture, out var value))
            return false;
        if (Math.Abs(value) > long.MaxValue / 10_000)
            return false;
        e4 = (long)Math.Round(value * 10_000, MidpointRounding.ToEven);
        return true;
    }

    static bool TryDigits(ReadOnlySpan<byte> digits, out long value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;
            value = value * 10 + (digit - '0');
        }
        return true;
    }

    /// <summary>
    /// Without the sign or code of a currency and blanks, and with a point for the decimals: of comma and point the later one
    /// parts them, and a comma alone unless three digits follow it.
    /// </summary>
    static ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> field)
    {
        var start = field.IndexOfAnyInRange((byte)'0', (byte)'9');
        if (start < 0)
            return field;
        var end = field.LastIndexOfAnyInRange((byte)'0', (byte)'9') + 1;
        if (!IsMark(field[..start]) || !IsMark(field[end..]))
            return field;
        var comma = field.LastIndexOf((byte)',');
        var point = field.LastIndexOf((byte)'.');
        var decimals =
            comma > point && (point >= 0 || field[..comma].IndexOf((byte)',') < 0) && (point >= 0 || end - comma != 4)
                ? comma
                : point;
        var plain = new byte[field.Length + 1];
        var length = 0;
        if (field[..start].Contains((byte)'-'))
            plain[length++] = (byte)'-';
        for (var i = start; i < end; i++)
            if (char.IsAsciiDigit((char)field[i]))
                plain[length++] = field[i];
            else if (i == decimals)
                plain[length++] = (byte)'.';
            else if (field[i] is not ((byte)',' or (byte)'.' or (byte)' ' or (byte)'\'' or 0xc2 or 0xa0))
                return field;
        return plain.AsSpan(0, length);
    }

    /// <summary>What may stand around a number: nothing, a minus, a currency's sign or its code.</summary>
    static bool IsMark(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" -"u8);
        return text.IsEmpty
            || text.Length <= 4 && (text[0] >= 0x80 || text[0] == '$')
            || text.Length == 3 && char.IsAsciiLetterUpper((char)text[0]) && char.IsAsciiLetterUpper((char)text[2]);
    }

    /// <summary>1.234,50 becomes 1234.50.</summary>
    static byte[] WithPoint(ReadOnlySpan<byte> field)
    {
        var plain = new byte[field.Length];
        var length = 0;
        foreach (var character in field)
        {
            if (character == '.')
                continue;
            plain[length++] = character == ',' ? (byte)'.' : character;
        }
        return plain[..length];
    }

    /// <summary>yyyy-MM-dd HH:mm:ss (or with a T) as UTC, in Unix milliseconds.</summary>
    public static bool TryPlainTime(ReadOnlySpan<byte> field, out long milliseconds)
    {
        milliseconds = 0;
        if (
            field.Length != 19
            || field[4] != '-'
            || field[7] != '-'
            || field[10] is not ((byte)' ' or (byte)'T')
            || field[13] != ':'
            || field[16] != ':'
        )
            return false;
        if (
            !TryDigits(field[..4], out var year)
            || !TryDigits(field[5..7], out var month)
            || !TryDigits(field[8..10], out var day)
            || !TryDigits(field[11..13], out var hour)
            || !TryDigits(field[14..16], out var minute)
            || !TryDigits(field[17..], out var second)
        )
            return false;
        if (
            year is < 1 or > 9999
            || month is < 1 or > 12
            || day < 1
            || day > DateTime.DaysInMonth((int)year, (int)month)
            || hour > 23
            || minute > 59
            || second > 59
        )
            return false;
        var days = new DateOnly((int)year, (int)month, (int)day).DayNumber - UnixEpochDay;
        milliseconds = (((days * 24L + hour) * 60 + minute) * 60 + second) * 1_000;
        return true;
    }

    static readonly int UnixEpochDay = new DateOnly(1970, 1, 1).DayNumber;

    /// <summary>Seconds since 1970, with or without decimals, in milliseconds.</summary>
    public static bool TryUnixSeconds(ReadOnlySpan<byte> field, out long milliseconds)
    {
        if (!TryMoney(field, out var e4))
        {
            milliseconds = 0;
            return false;
        }
        milliseconds = e4 / 10;
        return IsTime(milliseconds);
    }

    public static bool TryUnixMilliseconds(ReadOnlySpan<byte> field, out long milliseconds) =>
        TryInteger(field, out milliseconds) && IsTime(milliseconds);

    /// <summary>Within the years 1 to 9999.</summary>
    static bool IsTime(long milliseconds) => milliseconds is >= -62_135_596_800_000 and <= 253_402_300_799_999;

    /// <summary>
    /// The form of time that is meant without being told: all digits are Unix seconds (up to 10 of them) or milliseconds,
    /// the rest is ISO 8601; without an offset it is UTC.
    /// </summary>
    public static bool TryAnyTime(ReadOnlySpan<byte> field, out long milliseconds)
    {
        if (TryPlainTime(field, out milliseconds))
            return true;
        if (TryInteger(field, out var number))
        {
            milliseconds = Math.Abs(number) < 100_000_000_000 ? number * 1_000 : number;
            // A date written 20110131 would pass for seconds in 1970.
            return field.Length != 8 ? IsTime(milliseconds) : TryTime(field, "yyyyMMdd", out milliseconds);
        }
        return TryTime(field, null, out milliseconds) || TryUnixSeconds(field, out milliseconds);
    }

    /// <summary>
    /// A time in a .NET format (null: ISO 8601 and what is unmistakable beside it), UTC where it names no offset.
    /// </summary>
    public static bool TryTime(ReadOnlySpan<byte> field, string? format, out long milliseconds)
    {
        milliseconds = 0;
        if (field.Length is 0 or > 64)
            return false;
        Span<char> characters = stackalloc char[64];
        var text = characters[..Encoding.UTF8.GetChars(field, characters)];
        const DateTimeStyles style = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        var good = format is null
            ? IsIso(text) & DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, style, out var time)
            : DateTimeOffset.TryParseExact(text, format, CultureInfo.InvariantCulture, style, out time);
        if (good)
            milliseconds = time.ToUnixTimeMilliseconds();
        return good;
    }

    /// <summary>Year first: 01/02/2011 is February in one country and January in another, so it needs a format.</summary>
    static bool IsIso(ReadOnlySpan<char> text) =>
        text.Length >= 8
        && char.IsAsciiDigit(text[0])
        && char.IsAsciiDigit(text[1])
        && char.IsAsciiDigit(text[2])
        && char.IsAsciiDigit(text[3])
        && text[4] is '-' or '/';
}
