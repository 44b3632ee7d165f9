namespace Personalization.Ingestion;

/// <summary>An e-mail address as people and programs write it: with blanks around it, as a link, or behind a name.</summary>
public static class MailAddressText
{
    const int MaxLength = 320;
    const string Link = "mailto:";

    /// <summary>
    /// The bare address: <c>Ana &lt;ana@shop.test&gt;</c>, <c>mailto:ana@shop.test</c> and blanks of every kind around it are
    /// taken off. False where what is left cannot be one address.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<char> text, out string address)
    {
        text = Trim(text);
        if (text is [.., '>'] && text.LastIndexOf('<') is >= 0 and var open)
            text = Trim(text[(open + 1)..^1]);
        if (text.StartsWith(Link, StringComparison.OrdinalIgnoreCase))
            text = Trim(text[Link.Length..]);
        address = text.ToString();
        return IsAddress(text);
    }

    static bool IsAddress(ReadOnlySpan<char> text)
    {
        var at = text.LastIndexOf('@');
        if (text.Length > MaxLength || at < 1 || at == text.Length - 1)
            return false;
        if (text[..at].Contains('@') && text is not ['"', ..])
            return false;
        foreach (var one in text)
            if (IsBlank(one) || one is ',' or ';' or '<' or '>')
                return false;
        return true;
    }

    static ReadOnlySpan<char> Trim(ReadOnlySpan<char> text)
    {
        while (text is [var first, ..] && IsBlank(first))
            text = text[1..];
        while (text is [.., var last] && IsBlank(last))
            text = text[..^1];
        return text;
    }

    /// <summary>White space, control characters, and those that are seen by nobody.</summary>
    static bool IsBlank(char one) =>
        char.IsWhiteSpace(one)
        || char.IsControl(one)
        || char.GetUnicodeCategory(one) == System.Globalization.UnicodeCategory.Format;
}
