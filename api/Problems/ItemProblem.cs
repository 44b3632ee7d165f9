using System.Text.Json.Serialization;

namespace Personalization.Problems;

/// <summary>
/// What is wrong with one item of a list: its place (from 0), the field, and what to send instead. Never the value.
/// </summary>
public sealed record ItemProblem(
    int Index,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Field,
    string Message,
    string Remedy
);
