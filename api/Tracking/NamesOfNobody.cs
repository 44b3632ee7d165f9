namespace Personalization.Tracking;

/// <summary>
/// Names that stand for nobody, as faulty clients send them for everybody: to take one for a person would make one customer
/// of all visitors.
/// </summary>
public static class NamesOfNobody
{
    static readonly string[] Words = ["null", "undefined", "nan", "anonymous", "-1"];

    /// <summary>True for an empty or blank name, one of only zeros and dashes, and the known words in any case.</summary>
    public static bool Contains(ReadOnlySpan<char> name)
    {
        name = name.Trim();
        if (!name.ContainsAnyExcept('0', '-'))
            return true;
        foreach (var word in Words)
            if (name.Equals(word, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }
}
