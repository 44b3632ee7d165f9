using System.Globalization;
using System.Text;
using System.Text.Json;
using Personalization.Events;

namespace Personalization.Tracking;

/// <summary>
/// Values as storefronts send them: numbers as text, null for "not given". Each leaves the reader on its last token.
/// </summary>
static class JsonValue
{
    const long TenThousandths = 10_000;
    const decimal MaxUnits = Bounds.MaxAmount / TenThousandths;
    const int MaxNumber = 64;
    const NumberStyles Number = NumberStyles.Float;

    /// <summary>Text or a number as text; null where not given. The value itself is not trimmed: ids are exact.</summary>
    public static Fault? Id(ref Utf8JsonReader reader, int longest, out string? id)
    {
        id = null;
        var isBoolean = reader.TokenType is JsonTokenType.True or JsonTokenType.False;
        if (isBoolean || !TryText(ref reader, out id))
            return Fault.NotText;
        if (id?.Contains('\0') == true)
            return Fault.NotText;
        return id?.Length > longest ? Fault.LongerThan(longest) : null;
    }

    /// <summary>
    /// Any single value as text; null where not given. False, and the reader unmoved, for an object or an array.
    /// </summary>
    public static bool TryText(ref Utf8JsonReader reader, out string? text)
    {
        text = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number => Encoding.ASCII.GetString(reader.ValueSpan),
            JsonTokenType.True => "true",
            JsonTokenType.False => "false",
            _ => null,
        };
        return reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray);
    }

    /// <summary>
    /// An amount from 0 to the greatest that counts, in ten-thousandths, exact to the fourth decimal and rounded half away from zero beyond it.
    /// </summary>
    public static Fault? Money(ref Utf8JsonReader reader, out long? amount)
    {
        amount = null;
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (!TryDecimal(ref reader, out var value))
            return NoNumber(ref reader, Fault.TooMuch);
        if (value < 0)
            return Fault.Negative;
        if (value > MaxUnits)
            return Fault.TooMuch;
        amount = (long)decimal.Round(value * TenThousandths, MidpointRounding.AwayFromZero);
        return null;
    }

    /// <summary>A whole number of pieces, from 0 to the most that count.</summary>
    public static Fault? Quantity(ref Utf8JsonReader reader, out int? quantity)
    {
        quantity = null;
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (!TryDecimal(ref reader, out var value))
            return NoNumber(ref reader, Fault.TooMany);
        if (value < 0)
            return Fault.Negative;
        if (value > Bounds.MaxQuantity)
            return Fault.TooMany;
        if (value != decimal.Truncate(value))
            return Fault.NotWhole;
        quantity = (int)value;
        return null;
    }

    /// <summary>A rating of 1 to 5; 0 where not given.</summary>
    public static Fault? Stars(ref Utf8JsonReader reader, out float stars)
    {
        stars = 0;
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (!TryDecimal(ref reader, out var value))
            return NoNumber(ref reader, Fault.NotStars);
        if (value is < 1 or > 5)
            return Fault.NotStars;
        stars = (float)value;
        return null;
    }

    /// <summary>A currency in use; the default where not given or empty.</summary>
    public static Fault? CurrencyCode(ref Utf8JsonReader reader, out Currency currency)
    {
        currency = default;
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType != JsonTokenType.String)
            return Fault.NotCurrency;
        var code = reader.GetString()!.Trim();
        return code.Length == 0 || Currency.TryParse(code, out currency) ? null : Fault.NotCurrency;
    }

    /// <summary>An ISO 8601 time in Unix milliseconds, UTC where it names no zone; null where not given.</summary>
    public static Fault? Instant(ref Utf8JsonReader reader, out long? time)
    {
        time = null;
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType != JsonTokenType.String || !reader.TryGetDateTime(out var local))
            return Fault.NotTime;
        long milliseconds;
        if (local.Kind == DateTimeKind.Unspecified)
            milliseconds = new DateTimeOffset(local, TimeSpan.Zero).ToUnixTimeMilliseconds();
        else if (reader.TryGetDateTimeOffset(out var zoned))
            milliseconds = zoned.ToUnixTimeMilliseconds();
        else
            return Fault.NotTime;
        if (milliseconds < 0)
            return Fault.BeforeTime;
        time = milliseconds;
        return null;
    }

    /// <summary>Of what a decimal cannot hold, a number is beyond every bound (or of a precision that nobody means).</summary>
    static Fault NoNumber(ref Utf8JsonReader reader, Fault beyond)
    {
        if (reader.TokenType == JsonTokenType.Number)
            return beyond;
        // Infinity is a number to the parser, and to nobody else.
        return
            reader.TokenType == JsonTokenType.String
            && reader.ValueSpan.Length <= MaxNumber
            && reader.ValueSpan.ContainsAnyInRange((byte)'0', (byte)'9')
            && double.TryParse(reader.GetString(), Number, CultureInfo.InvariantCulture, out _)
            ? beyond
            : Fault.NotNumber;
    }

    static bool TryDecimal(ref Utf8JsonReader reader, out decimal value)
    {
        value = 0;
        if (reader.ValueSpan.Length > MaxNumber)
            return false;
        if (reader.TokenType == JsonTokenType.Number)
            return decimal.TryParse(reader.ValueSpan, Number, CultureInfo.InvariantCulture, out value);
        if (reader.TokenType != JsonTokenType.String)
            return false;
        Span<byte> text = stackalloc byte[MaxNumber];
        return decimal.TryParse(text[..reader.CopyString(text)], Number, CultureInfo.InvariantCulture, out value);
    }
}
