namespace Personalization.Recommendations;

/// <summary>What an answer was made of, in the order in which it is told.</summary>
[Flags]
enum Sources : byte
{
    None = 0,
    Pinned = 1 << 0,
    ViewedNotCarted = 1 << 1,
    RecentlyViewed = 1 << 2,
    Personal = 1 << 3,
    BestSellers = 1 << 4,
    Trending = 1 << 5,
    New = 1 << 6,
    Range = 1 << 7,
}

/// <summary>The names of combinations of sources, made once each.</summary>
static class Strategy
{
    static readonly string[] Names =
    [
        "pinned",
        "viewed-not-carted",
        "recently-viewed",
        "session-knn+transitions",
        "best-sellers",
        "trending",
        "new",
        "range",
    ];

    static readonly string?[] Made = new string?[256];

    public static string Name(Sources used) => Made[(byte)used] ??= Make(used);

    static string Make(Sources used)
    {
        if (used == Sources.None)
            return "nothing";
        var parts = new List<string>();
        for (var bit = 0; bit < Names.Length; bit++)
            if (((byte)used >> bit & 1) != 0)
                parts.Add(Names[bit]);
        return string.Join('+', parts);
    }
}
