namespace Personalization.Languages;

/// <summary>Tags of languages (BCP 47), such as <c>en</c>, <c>pt-BR</c> and <c>zh-Hant-TW</c>.</summary>
public static class LanguageTag
{
    const int MaxLength = 35;

    /// <summary>Subtags of one to eight letters and digits, the first of two or more letters.</summary>
    public static bool IsTag(ReadOnlySpan<char> text)
    {
        if (text.Length is < 2 or > MaxLength)
            return false;
        var first = true;
        foreach (var part in text.Split('-'))
        {
            var subtag = text[part];
            if (subtag.Length is < 1 or > 8 || (first && (subtag.Length < 2 || subtag.ContainsAnyExcept(Letters))))
                return false;
            foreach (var character in subtag)
                if (!char.IsAsciiLetterOrDigit(character))
                    return false;
            first = false;
        }
        return true;
    }

    static readonly System.Buffers.SearchValues<char> Letters = System.Buffers.SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    );

    /// <summary>The tag without its last subtag; empty where there is one alone.</summary>
    public static string Parent(string tag) => tag.LastIndexOf('-') is > 0 and var end ? tag[..end] : "";

    /// <summary>
    /// The script that Chinese is read in, which its tag often leaves to the region: zh-TW, zh-HK and zh-MO are traditional. Null
    /// for other languages.
    /// </summary>
    public static string? ChineseScript(string tag)
    {
        if (!tag.StartsWith("zh", StringComparison.OrdinalIgnoreCase) || (tag.Length > 2 && tag[2] != '-'))
            return null;
        foreach (var subtag in tag.Split('-'))
            switch (subtag.ToUpperInvariant())
            {
                case "HANS":
                    return "zh-Hans";
                case "HANT" or "TW" or "HK" or "MO":
                    return "zh-Hant";
            }
        return "zh-Hans";
    }
}
