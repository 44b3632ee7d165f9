using Personalization.Events;

namespace Personalization.Customers;

/// <summary>The spelling of <see cref="TrackingLevel"/> on the wire.</summary>
public static class TrackingWords
{
    public static string Word(this TrackingLevel level) =>
        level switch
        {
            TrackingLevel.None => "none",
            TrackingLevel.Anonymous => "anonymous",
            _ => "full",
        };

    /// <summary>Null for a word that is none of them.</summary>
    public static TrackingLevel? LevelOf(string? word) =>
        word?.ToLowerInvariant() switch
        {
            "none" => TrackingLevel.None,
            "anonymous" => TrackingLevel.Anonymous,
            "full" => TrackingLevel.Full,
            _ => null,
        };
}
