namespace Personalization.Ingestion;

/// <summary>
/// What a value looks like without what it says: letters become <c>a</c> and <c>A</c>, digits <c>9</c>; punctuation stays.
/// </summary>
public static class ValueShape
{
    const int MaxLength = 40;

    public static string Of(ReadOnlySpan<char> value)
    {
        value = value[..Math.Min(value.Length, MaxLength)];
        Span<char> shape = stackalloc char[MaxLength];
        for (var i = 0; i < value.Length; i++)
            shape[i] = Of(value[i]);
        return new string(shape[..value.Length]);
    }

    static char Of(char one) =>
        char.IsDigit(one) ? '9'
        : char.IsUpper(one) ? 'A'
        : char.IsLetter(one) ? 'a'
        : char.IsWhiteSpace(one) || char.IsControl(one) ? ' '
        : char.IsAscii(one) || char.GetUnicodeCategory(one) == System.Globalization.UnicodeCategory.CurrencySymbol ? one
        : '?';
}
