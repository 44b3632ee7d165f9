using System.Buffers;
using System.Text;
using System.Text.Json;
using Personalization.Ingestion;
using Personalization.Outreach;

namespace Personalization.Tracking;

/// <summary>Traits that mean something here, as they are to be kept: the others stay as they were sent.</summary>
static class TraitValues
{
    /// <summary>
    /// The traits with a bare address and without what cannot be read, so that it replaces nothing that was good; null where none
    /// is left.
    /// </summary>
    /// <param name="json">An object of valid JSON.</param>
    public static string? Read(string json, string field, ref LeftOut leftOut)
    {
        if (!json.Contains("email", StringComparison.Ordinal) && !json.Contains("time", StringComparison.Ordinal))
            return json;
        using var document = JsonDocument.Parse(json);
        var buffer = new ArrayBufferWriter<byte>(json.Length);
        var (changed, count) = (false, 0);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var trait in document.RootElement.EnumerateObject())
            {
                var text = trait.Value.ValueKind is JsonValueKind.String ? trait.Value.GetString()! : trait.Value.GetRawText();
                var fault = Check(trait, text, out var better);
                changed |= fault is not null || better is not null;
                if (fault is not null)
                {
                    leftOut.Takes(fault, $"{field}.{trait.Name}", Encoding.UTF8.GetBytes(text));
                    continue;
                }
                count++;
                if (better is not null)
                    writer.WriteString(trait.Name, better);
                else
                    trait.WriteTo(writer);
            }
            writer.WriteEndObject();
        }
        return !changed ? json
            : count > 0 ? Encoding.UTF8.GetString(buffer.WrittenSpan)
            : null;
    }

    /// <param name="better">How the value is to be kept; null as it is.</param>
    static Fault? Check(JsonProperty trait, string text, out string? better)
    {
        better = null;
        // Null removes a trait, and so does an empty text.
        if (trait.Value.ValueKind == JsonValueKind.Null || string.IsNullOrWhiteSpace(text))
            return null;
        if (trait.NameEquals("email"u8))
        {
            if (!MailAddressText.TryRead(text, out var address))
                return Fault.NotAddress;
            better = address == text ? null : address;
        }
        else if (trait.NameEquals("timezone"u8) || trait.NameEquals("timeZone"u8))
            return TimeZoneNames.IsKnown(text) ? null : Fault.NotZone;
        return null;
    }
}
