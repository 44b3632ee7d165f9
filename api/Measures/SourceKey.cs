using Personalization.Events;

namespace Personalization.Measures;

/// <summary>A visit's source as one text by which it is counted: source, medium and campaign with a tab between; empty for a direct visit.</summary>
public static class SourceKey
{
    /// <summary>All that are not told apart, since there are too many.</summary>
    public const string Other = "(other)\t\t";

    /// <summary>Longer names than people give are cut: anybody may put one into an address.</summary>
    const int MaxLength = 100;

    public static string Of(VisitSource? visit)
    {
        if (visit is null)
            return "";
        if (visit.Source is null && visit.Medium is null && visit.Campaign is null)
            return visit.ReferrerHost is { } host ? $"{Name(host)}\treferral\t" : "";
        return $"{Name(visit.Source ?? visit.ReferrerHost)}\t{Name(visit.Medium)}\t{Name(visit.Campaign)}";
    }

    static string Name(string? name)
    {
        if (name is null)
            return "";
        var one = name.Replace('\t', ' ').Replace('\0', ' ').Trim();
        if (one.Length <= MaxLength)
            return one;
        return one[..(char.IsHighSurrogate(one[MaxLength - 1]) ? MaxLength - 1 : MaxLength)];
    }

    public static (string? Source, string? Medium, string? Campaign) Parts(string key)
    {
        var parts = key.Split('\t');
        return (Part(0), Part(1), Part(2));

        string? Part(int at) => at < parts.Length && parts[at].Length > 0 ? parts[at] : null;
    }
}
