using System.Text.Json.Nodes;

namespace Personalization.Platforms;

/// <summary>What a webhook of a platform says, in the words that are known here.</summary>
sealed record PlatformNews
{
    /// <summary>The attribute by which all variants of one product of a platform are found again.</summary>
    public const string Group = "item_group_id";

    /// <summary>Segment's calls.</summary>
    public JsonArray Calls { get; } = [];

    /// <summary>Products as <see cref="Catalogue.ProductBody"/> has them.</summary>
    public List<JsonObject> Products { get; } = [];

    /// <summary>The platform's product of which <see cref="Products"/> are all that there is; null where none is concerned.</summary>
    public string? WholeGroup { get; init; }

    /// <summary>Names of a person who is to be forgotten.</summary>
    public IReadOnlyList<string> Forgotten { get; init; } = [];

    /// <summary>What a person is to do about it, for the audit log; null for nothing.</summary>
    public string? Request { get; init; }

    /// <summary>Why nothing is done about it, as a word for the counts; null where something is.</summary>
    public string? Ignored { get; init; }

    public static PlatformNews Nothing(string why) => new() { Ignored = why };

    /// <summary>Adds a track call of the customer <paramref name="who"/>.</summary>
    /// <param name="who">Names, as the call has them.</param>
    /// <param name="message">Identifies what is said, so that saying it again changes nothing.</param>
    public void Track(JsonObject who, string name, string message, string? time, JsonObject properties) =>
        Add(who, "track", message, time, ("event", name), ("properties", properties));

    public void Identify(JsonObject who, string message, string? time, JsonObject traits) =>
        Add(who, "identify", message, time, ("traits", traits));

    void Add(JsonObject who, string type, string message, string? time, params ReadOnlySpan<(string, JsonNode)> fields)
    {
        var call = (JsonObject)who.DeepClone();
        (call["type"], call["messageId"]) = (type, message);
        if (time is not null)
            call["timestamp"] = time;
        foreach (var (name, value) in fields)
            call[name] = value;
        Calls.Add((JsonNode)call);
    }
}
