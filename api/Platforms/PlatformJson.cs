using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Personalization.Tracking;

namespace Personalization.Platforms;

/// <summary>Reads JSON of other systems: what is absent, or of another kind than it should be, is null.</summary>
static class PlatformJson
{
    /// <summary>The body as an object; null where it is none.</summary>
    public static JsonDocument? Document(ReadOnlyMemory<byte> body)
    {
        try
        {
            // A lone surrogate or broken UTF-8 would throw wherever its text is read.
            if (!Utf8.IsValid(body.Span))
                return null;
            var mended = LoneSurrogates.Mend(body.Span);
            var document = JsonDocument.Parse(mended.SequenceEqual(body.Span) ? body : mended.ToArray());
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            document.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static JsonElement? At(this JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    /// <summary>A text or number as text; null where it is blank.</summary>
    public static string? Text(this JsonElement of, string name)
    {
        var text = of.At(name) switch
        {
            { ValueKind: JsonValueKind.String } value => value.GetString(),
            { ValueKind: JsonValueKind.Number } value => value.GetRawText(),
            _ => null,
        };
        return string.IsNullOrWhiteSpace(text) ? null : text;
    }

    public static bool IsTrue(this JsonElement of, string name) => of.At(name) is { ValueKind: JsonValueKind.True };

    /// <summary>A number, also as text; null where it is none.</summary>
    public static decimal? Number(this JsonElement of, string name) =>
        decimal.TryParse(of.Text(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>The items of a list; none where it is no list.</summary>
    public static IEnumerable<JsonElement> List(this JsonElement of, string name) =>
        of.At(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>The value as it was sent, for a call that is made of it.</summary>
    public static JsonNode? Copy(this JsonElement of, string name) => of.At(name) is { } value ? value.Copy() : null;

    public static JsonNode? Copy(this JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => null,
            JsonValueKind.Object => JsonObject.Create(value.Clone()),
            JsonValueKind.Array => JsonArray.Create(value.Clone()),
            _ => System.Text.Json.Nodes.JsonValue.Create(value.Clone()),
        };
}
