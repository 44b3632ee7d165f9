using System.Globalization;
using Personalization.Events;

namespace Personalization.Ingestion;

/// <summary>Whether a text is a number, and only one.</summary>
public enum NumberReading
{
    Read,
    NotANumber,

    /// <summary>1,250 and 1.250: thousands to one country, decimals to another.</summary>
    Ambiguous,
}

/// <summary>
/// Amounts as shops print them: <c>1,250.00</c>, <c>1.250,00 €</c>, <c>CHF 1'250.–</c>. Read where the text can mean only one
/// thing.
/// </summary>
public static class AmountText
{
    const int MaxLength = 64;

    /// <summary>What stands for a currency; a sign that several use ($, kr, £, ¥) says none, and is passed over.</summary>
    static readonly (string Sign, string Code)[] Signs =
    [
        ("US$", "USD"),
        ("R$", "BRL"),
        ("€", "EUR"),
        ("zł", "PLN"),
        ("Kč", "CZK"),
        ("Ft", "HUF"),
        ("₹", "INR"),
        ("₺", "TRY"),
        ("₽", "RUB"),
        ("₴", "UAH"),
        ("₪", "ILS"),
        ("₫", "VND"),
        ("₩", "KRW"),
        ("฿", "THB"),
        ("$", ""),
        ("£", ""),
        ("¥", ""),
        ("kr.", ""),
        ("kr", ""),
        ("Rs.", ""),
        ("Rs", ""),
    ];

    /// <param name="currency">The one that stands beside the number; the default where there is none.</param>
    public static NumberReading Read(ReadOnlySpan<char> text, out decimal value, out Currency currency)
    {
        (value, currency) = (0, default);
        if (text.Length > MaxLength)
            return NumberReading.NotANumber;
        Span<char> plain = stackalloc char[MaxLength];
        ReadOnlySpan<char> number = plain[..Plain(text, plain)];
        number = number.Trim();
        var negative = TakeSign(ref number);
        currency = TakeCurrency(ref number);
        negative |= TakeSign(ref number);
        if (number.EndsWith(".-", StringComparison.Ordinal) || number.EndsWith(",-", StringComparison.Ordinal))
            number = number[..^2];
        var reading = ReadDigits(number, out value);
        if (negative)
            value = -value;
        return reading;
    }

    /// <summary>Digits of other scripts as ASCII ones, every blank as a space, every apostrophe and dash as one kind.</summary>
    static int Plain(ReadOnlySpan<char> text, Span<char> plain)
    {
        var length = 0;
        foreach (var one in text)
            if (CharUnicodeInfo.GetDecimalDigitValue(one) is >= 0 and var digit)
                plain[length++] = (char)('0' + digit);
            else if (char.IsWhiteSpace(one))
                plain[length++] = ' ';
            else if (CharUnicodeInfo.GetUnicodeCategory(one) != UnicodeCategory.Format)
                plain[length++] = one switch
                {
                    '\u2019' or '\u02BC' or '\u066C' or '_' => '\'',
                    '\u2212' or '\u2013' or '\u2014' => '-',
                    '\u066B' or '\uFF0C' => ',',
                    '\uFF0E' => '.',
                    _ => one,
                };
        return length;
    }

    static bool TakeSign(ref ReadOnlySpan<char> text)
    {
        if (text is ['(', .., ')'])
        {
            text = text[1..^1].Trim();
            return true;
        }
        if (text is not (['-' or '+', ..]))
            return false;
        var negative = text[0] == '-';
        text = text[1..].Trim();
        return negative;
    }

    static Currency TakeCurrency(ref ReadOnlySpan<char> text)
    {
        foreach (var (sign, code) in Signs)
            if (TakeWord(ref text, sign))
                return code.Length == 0 ? default : Currency.Parse(code, null);
        if (text.Length > 3 && IsCode(text[..3], out var before))
        {
            text = text[3..].Trim();
            return before;
        }
        if (text.Length > 3 && IsCode(text[^3..], out var after))
        {
            text = text[..^3].Trim();
            return after;
        }
        return default;
    }

    static bool TakeWord(ref ReadOnlySpan<char> text, string word)
    {
        if (text.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            text = text[word.Length..].Trim();
        else if (text.EndsWith(word, StringComparison.OrdinalIgnoreCase))
            text = text[..^word.Length].Trim();
        else
            return false;
        return true;
    }

    static bool IsCode(ReadOnlySpan<char> text, out Currency currency)
    {
        currency = default;
        return !text.ContainsAnyExceptInRange('A', 'z') && Currency.TryParse(text.ToString(), out currency);
    }

    static NumberReading ReadDigits(ReadOnlySpan<char> text, out decimal value)
    {
        value = 0;
        if (text.IsEmpty || !char.IsAsciiDigit(text[0]) || !char.IsAsciiDigit(text[^1]))
            return NumberReading.NotANumber;
        var last = text.LastIndexOfAny('.', ',');
        var whole = text;
        ReadOnlySpan<char> decimals = [];
        if (last >= 0 && IsDecimal(text, last) is not false and var isDecimal)
        {
            if (isDecimal is null)
                return NumberReading.Ambiguous;
            whole = text[..last];
            decimals = text[(last + 1)..];
        }
        if (decimals.ContainsAnyExceptInRange('0', '9') || !IsGrouped(whole))
            return NumberReading.NotANumber;
        Span<char> number = stackalloc char[MaxLength + 1];
        var length = 0;
        foreach (var digit in whole)
            if (char.IsAsciiDigit(digit))
                number[length++] = digit;
        number[length++] = '.';
        decimals.CopyTo(number[length..]);
        return decimal.TryParse(
            number[..(length + decimals.Length)],
            NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out value
        )
            ? NumberReading.Read
            : NumberReading.NotANumber;
    }

    /// <summary>Whether the last point or comma parts the decimals; null where that cannot be told.</summary>
    static bool? IsDecimal(ReadOnlySpan<char> text, int last)
    {
        var before = text[..last];
        if (before.Contains(text[last]))
            return false;
        if (text.Length - last - 1 != 3 || before.ContainsAnyExceptInRange('0', '9'))
            return true;
        return before.Length > 3 || before[0] == '0' ? true : null;
    }

    /// <summary>Digits alone, or with one separator: before the last three, and before two or three each further in front.</summary>
    static bool IsGrouped(ReadOnlySpan<char> whole)
    {
        var at = whole.IndexOfAnyExceptInRange('0', '9');
        if (at < 0)
            return true;
        var separator = whole[at];
        if (separator is not ('.' or ',' or ' ' or '\'') || at > 3)
            return false;
        var rest = whole[(at + 1)..];
        for (int next; (next = rest.IndexOf(separator)) >= 0; rest = rest[(next + 1)..])
            if (next is not (2 or 3) || rest[..next].ContainsAnyExceptInRange('0', '9'))
                return false;
        return rest.Length == 3 && !rest.ContainsAnyExceptInRange('0', '9');
    }
}
