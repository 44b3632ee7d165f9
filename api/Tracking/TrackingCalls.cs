using System.Text.Json.Nodes;
using Personalization.Customers;
using Personalization.Outreach;
using Personalization.Problems;
using Personalization.Recommendations;

namespace Personalization.Tracking;

/// <summary>
/// What the tracking calls hold, for the description of the API: they are read by <see cref="TrackingParser"/>, which takes
/// more than this. One of userId and anonymousId is needed.
/// </summary>
/// <param name="MessageId">By which a repeated delivery is known, at most 100 characters.</param>
/// <param name="Timestamp">When it happened, ISO 8601; now by default.</param>
/// <param name="SentAt">By the sender's clock; corrects the timestamp.</param>
/// <param name="Context">Page, campaign, locale and time zone, as Segment's clients send them.</param>
/// <param name="WriteKey">Instead of the Authorization header.</param>
public record TrackingCall(
    string? UserId = null,
    string? AnonymousId = null,
    string? MessageId = null,
    DateTimeOffset? Timestamp = null,
    DateTimeOffset? SentAt = null,
    JsonObject? Context = null,
    string? WriteKey = null
);

/// <param name="Event">A name of Segment's e-commerce specification, or any other.</param>
public sealed record TrackCall(string Event, JsonObject? Properties = null) : TrackingCall;

public sealed record IdentifyCall(JsonObject? Traits = null) : TrackingCall;

/// <summary>A page or a screen.</summary>
public sealed record PageCall(string? Name = null, JsonObject? Properties = null) : TrackingCall;

public sealed record GroupCall(string GroupId, JsonObject? Traits = null) : TrackingCall;

/// <param name="PreviousId">The name that is to stand for the same person as userId.</param>
public sealed record AliasCall(string PreviousId) : TrackingCall;

/// <param name="Batch">Up to 2,500 calls, oldest first.</param>
/// <param name="Context">For every call that says nothing else.</param>
public sealed record BatchCall(
    IReadOnlyList<BatchItem> Batch,
    JsonObject? Context = null,
    DateTimeOffset? SentAt = null,
    string? WriteKey = null
);

/// <summary>A call of a batch.</summary>
/// <param name="Type">track, identify, page, screen, group or alias.</param>
public sealed record BatchItem(
    string Type,
    string? Event = null,
    string? Name = null,
    string? GroupId = null,
    string? PreviousId = null,
    JsonObject? Properties = null,
    JsonObject? Traits = null
) : TrackingCall;

/// <summary>Recorded; and what the call changed, as far as it was asked for (?include=).</summary>
/// <param name="Position">
/// The event's position in the journal, for minPosition= of lists; left out where nothing was recorded, as of a duplicate.
/// </param>
/// <param name="Duplicate">Whether the message was known; left out where no message was.</param>
/// <param name="StageBefore">Only where the stage changed.</param>
/// <param name="Warnings">Values that could not be used and were left out; the event is recorded without them.</param>
public sealed record RecordedResponse(
    bool Success,
    long? Position = null,
    bool? Duplicate = null,
    RecommendationsResponse? Recommendations = null,
    string? Stage = null,
    string? StageBefore = null,
    ChurnResponse? Churn = null,
    OutreachResponse? Outreach = null,
    IReadOnlyList<FieldWarning>? Warnings = null
)
{
    public static readonly RecordedResponse Acknowledged = new(true);

    public static RecordedResponse Of(
        Recorded recorded,
        RecommendationResponses responses,
        Presentation presentation,
        HttpResponse response
    ) =>
        recorded is { Recommendations: null, Stage: null, Churn: null, Outreach: null }
            ? Acknowledged
            : new(
                true,
                recorded.Position > 0 ? recorded.Position : null,
                recorded.Duplicates?[0],
                recorded.Recommendations is { } recommended
                    ? responses.Of(recorded.Customer, Placement.Home, recommended, presentation, response)
                    : null,
                recorded.Stage?.Word(),
                recorded.StageBefore != recorded.Stage ? recorded.StageBefore?.Word() : null,
                recorded.Churn is { } churn ? ChurnResponse.Of(churn, recorded.RiskBefore) : null,
                recorded.Outreach is { } outreach ? OutreachResponse.Of(outreach) : null
            );
}

/// <summary>Messages that the call put into the outbox or took out of it.</summary>
public sealed record OutreachResponse(QueuedMessage[] Added, CancelledMessage[] Cancelled)
{
    public static OutreachResponse Of(OutreachChange change) =>
        new(
            [
                .. change.Added.Select(one => new QueuedMessage(
                    one.Message,
                    one.Playbook,
                    one.Channel,
                    DateTimeOffset.FromUnixTimeMilliseconds(one.NotBefore)
                )),
            ],
            [.. change.Cancelled.Select(one => new CancelledMessage(one.Message, one.Playbook, one.Why.Word()))]
        );
}

public sealed record QueuedMessage(Guid MessageId, string Playbook, string Channel, DateTimeOffset NotBefore);

public sealed record CancelledMessage(Guid MessageId, string Playbook, string Why);

/// <summary>A batch is a 200 that names each bad item: Segment's clients drop a whole batch on a 400.</summary>
/// <param name="Warnings">Values of accepted items that could not be used and were left out; missing where there are none.</param>
public sealed record BatchResponse(
    bool Success,
    int Accepted,
    IReadOnlyList<ItemProblem> Errors,
    IReadOnlyList<ItemWarning>? Warnings = null
);
