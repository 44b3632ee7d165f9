namespace Personalization.Tracking;

/// <summary>Crawlers, monitors and scripts, by what they say of themselves: recorded like visitors, and counted apart.</summary>
public static class MachineTraffic
{
    static readonly string[] Words =
    [
        "crawl",
        "spider",
        "slurp",
        "headless",
        "preview",
        "monitor",
        "pingdom",
        "lighthouse",
        "facebookexternalhit",
        "curl/",
        "wget/",
        "python",
        "scrapy",
        "phantomjs",
    ];

    /// <summary>A brand of telephones whose name ends as robots' do.</summary>
    const string Telephone = "cubot";

    public static bool IsMachine(ReadOnlySpan<char> userAgent)
    {
        foreach (var word in Words)
            if (userAgent.Contains(word, StringComparison.OrdinalIgnoreCase))
                return true;
        return IsBot(userAgent);
    }

    /// <summary>"bot" at the end of a word: Googlebot/2.1, bingbot, AhrefsBot; not "bottom".</summary>
    static bool IsBot(ReadOnlySpan<char> rest)
    {
        while (rest.IndexOf("bot", StringComparison.OrdinalIgnoreCase) is >= 0 and var at)
        {
            var end = at + 3;
            var isWordEnd = end == rest.Length || !char.IsAsciiLetter(rest[end]);
            if (isWordEnd && !rest[..end].EndsWith(Telephone, StringComparison.OrdinalIgnoreCase))
                return true;
            rest = rest[end..];
        }
        return false;
    }
}
