using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Personalization.Import;

/// <summary>A person's traits as the JSON object that a profile takes.</summary>
public static class TraitsJson
{
    /// <summary>Those that have a value.</summary>
    public static string Of(params ReadOnlySpan<(string Name, string? Value)> traits)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (name, value) in traits)
                if (value is not null)
                    json.WriteString(name, value);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
