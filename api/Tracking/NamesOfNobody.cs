namespace Personalization.Tracking;

/// <summary>
/// Names that stand for nobody, as faulty clients send them for everybody: to take one for a person would make one customer
/// of all visitors. A name that only contains such a word is a name.
/// </summary>
public static class NamesOfNobody
{
    /// <summary>What languages, encoders and pages write where they have no value.</summary>
    static readonly string[] Words =
    [
        "null",
        "none",
        "nil",
        "undefined",
        "nan",
        "anonymous",
        "anonymous_user",
        "guest",
        "unknown",
        "nobody",
        "n/a",
        "#n/a",
        "not set",
        "not_set",
        "not_authenticated",
        "not authenticated",
        "unauthenticated",
        "not_logged_in",
        "logged_out",
        "true",
        "false",
        "-1",
    ];

    /// <summary>How templates mark what was to be filled in.</summary>
    static readonly (string Open, string Close)[] Templates =
    [
        ("{{", "}}"),
        ("{%", "%}"),
        ("${", "}"),
        ("#{", "}"),
        ("<%", "%>"),
        ("[[", "]]"),
        ("[object ", "]"),
        ("%", "%"),
    ];

    /// <summary>
    /// True for an empty or blank name, one of only zeros, dashes and points, the known words in any case, also in quotes or
    /// brackets, and a template that was not filled in.
    /// </summary>
    public static bool Contains(ReadOnlySpan<char> name)
    {
        name = name.Trim();
        foreach (var (open, close) in Templates)
            if (IsBetween(name, open, close))
                return true;
        while (name is ['"', .., '"'] or ['\'', .., '\''] or ['(', .., ')'] or ['<', .., '>'] or ['[', .., ']'] or ['{', .., '}'])
            name = name[1..^1].Trim();
        if (!name.ContainsAnyExcept("0-."))
            return true;
        foreach (var word in Words)
            if (name.Equals(word, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    static bool IsBetween(ReadOnlySpan<char> name, string open, string close) =>
        name.Length > open.Length + close.Length
        && name.StartsWith(open, StringComparison.OrdinalIgnoreCase)
        && name.EndsWith(close, StringComparison.Ordinal);
}
