using System.Globalization;

namespace Personalization.Churn;

/// <summary>Numbers as a person would say them.</summary>
static class Words
{
    public static string Count(int number, string thing) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {thing}{(number == 1 ? "" : "s")}");

    public static string Ago(int seconds) =>
        seconds switch
        {
            < 5400 => Count(Math.Max(1, seconds / 60), "minute") + " ago",
            < 36 * 3600 => Count((seconds + 1800) / 3600, "hour") + " ago",
            _ => Count((seconds + 43_200) / 86_400, "day") + " ago",
        };

    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0} %");
}
