using System.Globalization;

namespace Personalization.Models.Histories;

/// <summary>Amounts and times as people and programs write them into files.</summary>
public static class WrittenNumbers
{
    const NumberStyles Plain = NumberStyles.Float;

    /// <summary>
    /// "12.5", "$12.50", "1,234.50", "1.234,50 EUR", "(12.50)" (below 0), "-€3". A single comma with three digits after it parts
    /// thousands, with others after it decimals. Nothing at all is 0: a purchase whose amount is not told is one all the same.
    /// </summary>
    public static bool TryAmount(ReadOnlySpan<char> text, out decimal amount)
    {
        amount = 0;
        text = text.Trim();
        if (text.IsEmpty || decimal.TryParse(text, Plain, CultureInfo.InvariantCulture, out amount))
            return true;
        bool below = text is ['(', .., ')'];
        Span<char> digits = stackalloc char[40];
        int length = 0,
            letters = 0,
            dot = text.LastIndexOf('.'),
            comma = text.LastIndexOf(',');
        char mark = DecimalMark(text, dot, comma);
        foreach (char c in text)
            if (char.IsAsciiDigit(c) || c == mark)
            {
                if (length == digits.Length)
                    return false;
                digits[length++] = c == mark ? '.' : c;
            }
            else if (c is '-' or '\u2212')
                below = true;
            else if (char.IsLetter(c) && ++letters > 3)
                return false;
            else if (
                !char.IsLetter(c)
                && c is not ('.' or ',' or '\'' or '(' or ')' or '+')
                && !char.IsWhiteSpace(c)
                && char.GetUnicodeCategory(c) != UnicodeCategory.CurrencySymbol
            )
                return false;
        if (
            length == 0
            || !decimal.TryParse(digits[..length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out amount)
        )
            return false;
        amount = below ? -amount : amount;
        return true;
    }

    // Of a point and a comma the later one; of one of them alone a point, or a comma that cannot part thousands.
    static char DecimalMark(ReadOnlySpan<char> text, int dot, int comma)
    {
        if (dot >= 0 && comma >= 0)
            return dot > comma ? '.' : ',';
        if (dot >= 0)
            return text[..dot].Contains('.') ? '\0' : '.';
        int after = 0;
        for (int i = comma + 1; i < text.Length && char.IsAsciiDigit(text[i]); i++)
            after++;
        return comma >= 0 && after != 3 && !text[..comma].Contains(',') ? ',' : '\0';
    }

    /// <summary>
    /// ISO 8601 (UTC if it names no offset), yyyymmdd, unix seconds or milliseconds, or a date with its parts in the order that
    /// the file has.
    /// </summary>
    /// <param name="text">The field.</param>
    /// <param name="dayFirst">Whether 3/4/2025 is in April.</param>
    /// <param name="seconds">Unix seconds, not below 0.</param>
    public static bool TryTime(ReadOnlySpan<char> text, bool dayFirst, out int seconds)
    {
        const DateTimeStyles styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        text = text.Trim();
        if (text.EndsWith(" UTC") || text.EndsWith(" GMT"))
            text = text[..^4];
        seconds = 0;
        if (text.Length == 8 && DateTime.TryParseExact(text, "yyyyMMdd", CultureInfo.InvariantCulture, styles, out var day))
            return Told(day, out seconds);
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
        {
            number = Math.Floor(number >= 1e11 ? number / 1000 : number);
            seconds = (int)Math.Min(number, int.MaxValue);
            return number is >= 1e8 and <= int.MaxValue;
        }
        // Points part the day from the month only where the day stands first.
        if (Parts(text, out int first, out int second, out char mark, out int end) && (dayFirst || mark == '.'))
        {
            Span<char> turned = stackalloc char[6 + text.Length - end];
            (int tens, int ones) = Math.DivRem(second, 10);
            (turned[0], turned[1], turned[2]) = ((char)('0' + tens), (char)('0' + ones), '/');
            (tens, ones) = Math.DivRem(first, 10);
            (turned[3], turned[4], turned[5]) = ((char)('0' + tens), (char)('0' + ones), '/');
            text[end..].CopyTo(turned[6..]);
            return DateTime.TryParse(turned, CultureInfo.InvariantCulture, styles, out var time) && Told(time, out seconds);
        }
        return DateTime.TryParse(text, CultureInfo.InvariantCulture, styles, out var written) && Told(written, out seconds);
    }

    /// <summary>Whether a date such as 25/12/2025 says that days stand first (true), or months (false); null: it does not say.</summary>
    public static bool? DayFirst(ReadOnlySpan<char> text) =>
        !Parts(text.Trim(), out int first, out int second, out _, out _) ? null
        : first > 12 ? true
        : second > 12 ? false
        : null;

    // d/m/yyyy or m/d/yyyy, also with '-' and '.'; end is where the year begins.
    static bool Parts(ReadOnlySpan<char> text, out int first, out int second, out char mark, out int end)
    {
        (second, mark, end) = (0, '\0', 0);
        int at = Digits(text, 0, out first);
        if (at is < 1 or > 2 || at >= text.Length || text[at] is not ('/' or '.' or '-'))
            return false;
        mark = text[at];
        int next = Digits(text, at + 1, out second);
        if (next - at is < 2 or > 3 || next >= text.Length || text[next] != mark)
            return false;
        end = next + 1;
        return Digits(text, end, out _) - end == 4;
    }

    static int Digits(ReadOnlySpan<char> text, int at, out int value)
    {
        value = 0;
        for (; at < text.Length && char.IsAsciiDigit(text[at]) && value < 100_000; at++)
            value = 10 * value + text[at] - '0';
        return at;
    }

    static bool Told(DateTime time, out int seconds)
    {
        long unix = new DateTimeOffset(time, TimeSpan.Zero).ToUnixTimeSeconds();
        seconds = (int)Math.Clamp(unix, 0, int.MaxValue);
        return unix == seconds;
    }
}
