using System.Text;
using System.Text.Json;
using Personalization.Ingestion;
using Personalization.Problems;

namespace Personalization.Tracking;

/// <summary>The values of a call that were left out. A call with very many is told of the first.</summary>
struct LeftOut
{
    public const int Max = 16;

    List<FieldWarning>? _warnings;

    /// <summary>Null where there are none.</summary>
    public readonly IReadOnlyList<FieldWarning>? Warnings => _warnings;

    /// <summary>Names a value; false where the event cannot do without it.</summary>
    /// <param name="json">The value as it was sent.</param>
    public bool Takes(Fault fault, string field, ReadOnlySpan<byte> json = default)
    {
        if (fault.LeftOutAs is not { } word)
            return false;
        TrackingInstruments.LeftOut(word);
        Add(fault.WarningIn(field, ShapeOf(json)));
        return true;
    }

    public void Add(FieldWarning warning)
    {
        _warnings ??= [];
        if (_warnings.Count < Max)
            _warnings.Add(warning);
    }

    static string ShapeOf(ReadOnlySpan<byte> json)
    {
        const int enough = 160;
        return ValueShape.Of(Encoding.UTF8.GetString(json.Trim((byte)'"')[..Math.Min(enough, json.Trim((byte)'"').Length)]));
    }
}

/// <summary>The value a reader stands on, and where it began.</summary>
static class JsonPlace
{
    /// <summary>Moves past what the value holds, and returns it as it was sent.</summary>
    public static ReadOnlySpan<byte> Pass(this scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json, int start)
    {
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }
}
