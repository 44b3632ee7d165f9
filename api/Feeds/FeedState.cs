using System.Text.Json.Serialization;

namespace Personalization.Feeds;

/// <summary>What became of a feed, as the store keeps it for every process.</summary>
public sealed record FeedState
{
    /// <summary>When it was last fetched; null for never.</summary>
    public DateTimeOffset? FetchedAt { get; init; }

    public FeedResult Result { get; init; }

    /// <summary>What went wrong, and what to do; null where nothing did.</summary>
    public string? Error { get; init; }

    /// <summary>Products in it when it was last read.</summary>
    public int Products { get; init; }

    /// <summary>Products of it that are hidden, as it no longer holds them.</summary>
    public int Hidden { get; init; }

    /// <summary>What could not be used: words for what was wrong and their fields, and how often.</summary>
    public IReadOnlyDictionary<string, int> Problems { get; init; } = new Dictionary<string, int>();

    public string? ETag { get; init; }
    public DateTimeOffset? LastModified { get; init; }

    /// <summary>When somebody last asked for it to be fetched.</summary>
    public DateTimeOffset? AskedAt { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<FeedResult>))]
public enum FeedResult : byte
{
    /// <summary>It has not been fetched yet.</summary>
    [JsonStringEnumMemberName("never")]
    Never,

    /// <summary>Its products are in the catalogue.</summary>
    [JsonStringEnumMemberName("read")]
    Read,

    /// <summary>It is the same as the last time.</summary>
    [JsonStringEnumMemberName("unchanged")]
    Unchanged,

    /// <summary>Its products are in the catalogue; it holds less than half of what it did, so nothing was hidden.</summary>
    [JsonStringEnumMemberName("shrunk")]
    Shrunk,

    /// <summary>It could not be fetched, or breaks off; the products are as they were, those before the break as they are in it.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,
}
