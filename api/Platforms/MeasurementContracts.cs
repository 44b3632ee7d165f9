using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Personalization.Platforms;

/// <summary>A request of the GA4 Measurement Protocol, for the description of the API; it is read more liberally.</summary>
/// <param name="ClientId">The visitor: the anonymous id.</param>
/// <param name="UserId">The shop's own id of a customer who is signed in.</param>
/// <param name="TimestampMicros">When it happened, Unix microseconds; an event may have its own.</param>
/// <param name="UserProperties">Become traits, each <c>{"value": …}</c>.</param>
/// <param name="Consent">Where ad_personalization is DENIED the events are tracked anonymously.</param>
public sealed record MeasurementCall(
    [property: JsonPropertyName("client_id")] string ClientId,
    [property: JsonPropertyName("user_id")] string? UserId,
    [property: JsonPropertyName("timestamp_micros")] long? TimestampMicros,
    [property: JsonPropertyName("user_properties")] JsonObject? UserProperties,
    MeasurementConsent? Consent,
    IReadOnlyList<MeasurementEvent> Events
);

public sealed record MeasurementConsent(
    [property: JsonPropertyName("ad_user_data")] string? AdUserData,
    [property: JsonPropertyName("ad_personalization")] string? AdPersonalization
);

/// <summary>One event: its name, such as view_item, and its parameters.</summary>
public sealed record MeasurementEvent(string Name, JsonObject? Params);

/// <summary>What is wrong with a request, in the protocol's own words.</summary>
public sealed record MeasurementCheck(IReadOnlyList<MeasurementMessage> ValidationMessages);

public sealed record MeasurementMessage(string FieldPath, string Description, string ValidationCode);
