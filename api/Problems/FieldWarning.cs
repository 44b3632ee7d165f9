using System.Text.Json.Serialization;

namespace Personalization.Problems;

/// <summary>A value that could not be used and was left out: where it stood, what was wrong and what to send. Never the value.</summary>
public sealed record FieldWarning(string Field, string Message)
{
    /// <summary>The word under which it is counted.</summary>
    [JsonIgnore]
    public string Kind { get; init; } = "";

    /// <summary>What the value looked like (<see cref="Ingestion.ValueShape"/>).</summary>
    [JsonIgnore]
    public string Shape { get; init; } = "";
}

/// <summary>A <see cref="FieldWarning"/> of one item of a list, by its place from 0.</summary>
public sealed record ItemWarning(int Index, string Field, string Message);
