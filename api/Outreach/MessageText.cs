using System.Globalization;
using System.Text;

namespace Personalization.Outreach;

/// <summary>
/// Text that others wrote, as it may stand in a message: one line, of a sane length, without characters that hide or turn round
/// what is beside them.
/// </summary>
public static class MessageText
{
    /// <summary>Characters of a first name; a longer one is no name.</summary>
    const int MaxName = 40;

    public const int MaxTitle = 120;

    /// <summary>
    /// A first name, or nothing where the text does not look like one: letters and marks, with spaces, ' - . between. A dot
    /// within a word makes it an address, which mail programs show as a link.
    /// </summary>
    public static string Name(string? text)
    {
        text = Line(text, MaxName + 1);
        return
            text.Length is > 0 and <= MaxName
            && text.EnumerateRunes().All(IsOfName)
            && text.EnumerateRunes().Any(Rune.IsLetter)
            && !HasDotWithin(text)
            ? text
            : "";
    }

    static bool HasDotWithin(string text)
    {
        for (var i = 0; i < text.Length - 1; i++)
            if (text[i] == '.' && text[i + 1] is not (' ' or '.'))
                return true;
        return false;
    }

    static bool IsOfName(Rune rune) =>
        Rune.IsLetter(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
        || rune.Value is ' ' or '\'' or '’' or '-' or '.';

    /// <summary>One line of at most <paramref name="longest"/> characters; what was cut off is an ellipsis.</summary>
    public static string Line(string? text, int longest)
    {
        var line = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
            if (Rune.IsWhiteSpace(rune))
                line.Append(line.Length > 0 && line[^1] != ' ' ? " " : "");
            else if (!IsHidden(rune))
                line.Append(rune.ToString());
        var whole = line.ToString().TrimEnd();
        if (whole.Length <= longest)
            return whole;
        var end = longest - 1;
        return whole[..(char.IsHighSurrogate(whole[end - 1]) ? end - 1 : end)].TrimEnd() + "…";
    }

    /// <summary>
    /// Control characters, and those of format: directions, joiners and other marks that are not seen. What cannot be read in a
    /// title without them is rare.
    /// </summary>
    static bool IsHidden(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator;
}
