using System.Globalization;
using System.Text;
using System.Text.Json;
using Personalization.Events;
using Personalization.Ingestion;

namespace Personalization.Tracking;

/// <summary>
/// Values as storefronts send them: numbers as text, null for "not given". Each leaves the reader on its last token.
/// </summary>
static class JsonValue
{
    const long TenThousandths = 10_000;
    const decimal MaxUnits = Bounds.MaxAmount / TenThousandths;
    const int MaxNumber = 64,
        MaxTime = 100;
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
    /// <param name="beside">The currency that stands beside it in a text.</param>
    public static Fault? Money(ref Utf8JsonReader reader, out long? amount, out Currency beside)
    {
        (amount, beside) = (null, default);
        if (IsNothing(ref reader))
            return null;
        if (Decimal(ref reader, Fault.TooMuch, out var value, out beside) is { } fault)
            return fault;
        if (value < 0)
            return Fault.Negative;
        if (value > MaxUnits)
            return Fault.TooMuch;
        amount = (long)decimal.Round(value * TenThousandths, MidpointRounding.AwayFromZero);
        return null;
    }

    /// <summary>How many, from 0 to the most that count; not whole for goods by weight or length (<see cref="Pieces"/>).</summary>
    public static Fault? Quantity(ref Utf8JsonReader reader, out decimal? quantity)
    {
        quantity = null;
        if (IsNothing(ref reader))
            return null;
        if (Decimal(ref reader, Fault.TooMany, out var value, out _) is { } fault)
            return fault;
        if (value < 0)
            return Fault.Negative;
        if (value > Bounds.MaxQuantity)
            return Fault.TooMany;
        quantity = value;
        return null;
    }

    /// <summary>A rating of 1 to 5; 0 where not given.</summary>
    public static Fault? Stars(ref Utf8JsonReader reader, out float stars)
    {
        stars = 0;
        if (IsNothing(ref reader))
            return null;
        if (Decimal(ref reader, Fault.NotStars, out var value, out _) is { } fault && !TryOfFive(ref reader, out value))
            return fault;
        if (value is < 1 or > 5)
            return Fault.NotStars;
        stars = (float)value;
        return null;
    }

    /// <summary>A currency in use; the default where not given or empty.</summary>
    public static Fault? CurrencyCode(ref Utf8JsonReader reader, out Currency currency)
    {
        currency = default;
        if (IsNothing(ref reader))
            return null;
        if (reader.TokenType == JsonTokenType.String && Currency.TryParse(reader.GetString()!.Trim(), out currency))
            return null;
        currency = Currency.Unknown;
        return Fault.NotCurrency;
    }

    /// <summary>
    /// A time in Unix milliseconds, in any form that means one time (<see cref="TimeText"/>); null where not given.
    /// </summary>
    public static Fault? Instant(ref Utf8JsonReader reader, out long? time)
    {
        time = null;
        if (IsNothing(ref reader))
            return null;
        if (!TryInstant(ref reader, out var milliseconds))
            return Fault.NotTime;
        if (milliseconds < 0)
            return Fault.BeforeTime;
        time = milliseconds;
        return null;
    }

    static bool TryInstant(ref Utf8JsonReader reader, out long milliseconds)
    {
        milliseconds = 0;
        if (reader.TokenType == JsonTokenType.Number)
            return reader.TryGetDecimal(out var number) && TimeText.TryNumber(number, out milliseconds);
        if (reader.TokenType != JsonTokenType.String)
            return false;
        if (!reader.TryGetDateTime(out var local))
            return reader.ValueSpan.Length <= MaxTime && TimeText.TryRead(reader.GetString()!, out milliseconds);
        if (local.Kind == DateTimeKind.Unspecified)
            milliseconds = new DateTimeOffset(local, TimeSpan.Zero).ToUnixTimeMilliseconds();
        else if (reader.TryGetDateTimeOffset(out var zoned))
            milliseconds = zoned.ToUnixTimeMilliseconds();
        else
            return false;
        return true;
    }

    /// <summary>
    /// Nothing, as encoders write it: null, false, an empty text, list or object. The reader stands on the value's last token then.
    /// </summary>
    public static bool IsNothing(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null or JsonTokenType.False:
                return true;
            case JsonTokenType.String:
                return reader.ValueSpan.Trim(" \t\r\n"u8).IsEmpty;
            case JsonTokenType.StartArray or JsonTokenType.StartObject:
                var inside = reader;
                if (!inside.Read() || inside.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject))
                    return false;
                reader = inside;
                return true;
            default:
                return false;
        }
    }

    /// <summary>"4/5" and "4 of 5": of five, and of nothing else.</summary>
    static bool TryOfFive(ref Utf8JsonReader reader, out decimal value)
    {
        value = 0;
        if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length > MaxNumber)
            return false;
        var text = reader.GetString().AsSpan().Trim();
        foreach (var end in (ReadOnlySpan<string>)["/5", "of 5"])
            if (text.EndsWith(end, StringComparison.OrdinalIgnoreCase))
                return AmountText.Read(text[..^end.Length], out value, out _) == NumberReading.Read;
        return false;
    }

    static Fault? Decimal(ref Utf8JsonReader reader, Fault beyond, out decimal value, out Currency beside)
    {
        beside = default;
        if (TryDecimal(ref reader, out value))
            return null;
        var text = reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= MaxNumber * 6 ? reader.GetString() : "";
        return AmountText.Read(text, out value, out beside) switch
        {
            NumberReading.Read => null,
            NumberReading.Ambiguous => Fault.Ambiguous,
            _ => NoNumber(ref reader, beyond),
        };
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
        text = text[..reader.CopyString(text)];
        return !MayBeThousands(text) && decimal.TryParse(text, Number, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>1.250: decimals in a program, thousands in a shop. 0.250 and 1250.000 are decimals alone.</summary>
    static bool MayBeThousands(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" +-"u8);
        var point = text.IndexOf((byte)'.');
        return point is >= 1 and <= 3
            && text[0] != '0'
            && text.Length == point + 4
            && !text[..point].ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && !text[(point + 1)..].ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }
}
