using System.Text.Json;
using Personalization.Events;

namespace Personalization.Customers;

/// <summary>The address that an event names itself, whatever the profile has: what a mailer reports is about the one it wrote to.</summary>
static class EventAddress
{
    /// <summary><c>properties.email</c>, else that of the traits; null where the event names none.</summary>
    public static string? Of(Tracked t) => EmailIn(t.Personal?.Properties) ?? EmailIn(t.Personal?.Traits);

    static string? EmailIn(string? json)
    {
        if (json is null)
            return null;
        try
        {
            using var document = JsonDocument.Parse(json);
            return
                document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("email", out var email)
                && email.ValueKind == JsonValueKind.String
                && email.GetString()?.Trim() is { Length: > 0 and <= 320 } text
                ? text
                : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null; // Also text that is no valid Unicode.
        }
    }
}
