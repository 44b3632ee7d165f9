using System.Text.Json;
using System.Text.Json.Nodes;
using Personalization.Ingestion;

namespace Personalization.Tracking;

/// <summary>A subscription names the address it is for: <c>properties.email</c>, or <c>context.traits.email</c>.</summary>
static class SubscribedAddress
{
    /// <summary>The address as a trait; null where there is none.</summary>
    public static string? Of(ReadOnlySpan<byte> properties, string? traits) =>
        (EmailOf(properties) ?? (traits is null ? null : EmailOf(System.Text.Encoding.UTF8.GetBytes(traits)))) is { } email
            ? new JsonObject { ["email"] = email }.ToJsonString()
            : null;

    /// <param name="json">An object of valid JSON, or nothing.</param>
    static string? EmailOf(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
            return null;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isEmail = reader.ValueTextEquals("email"u8);
            reader.Read();
            if (isEmail && JsonValue.TryText(ref reader, out var text) && MailAddressText.TryRead(text, out var address))
                return address;
            reader.Skip();
        }
        return null;
    }
}
