using System.Diagnostics.Metrics;

namespace Personalization.Telemetry;

/// <summary>The program's own meter. What a feature measures stands beside its code, in a class that ends in Instruments.</summary>
public static class Instruments
{
    public const string MeterName = "Personalization";

    public static readonly Meter Meter = new(MeterName);

    /// <summary>Boundaries of histograms of seconds, from half a millisecond to ten seconds.</summary>
    public static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10],
    };

    /// <summary>One tag for each value of an enumeration, in words joined by hyphens, made once.</summary>
    public static KeyValuePair<string, object?>[] Tags<T>(string name)
        where T : struct, Enum
    {
        var tags = new KeyValuePair<string, object?>[Enum.GetValues<T>().Max(value => Convert.ToInt32(value)) + 1];
        foreach (var value in Enum.GetValues<T>())
            tags[Convert.ToInt32(value)] = new(name, System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName($"{value}"));
        return tags;
    }
}
