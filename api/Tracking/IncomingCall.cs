using Personalization.Events;
using Personalization.Keys;
using Personalization.Limits;
using Personalization.Problems;

namespace Personalization.Tracking;

/// <summary>
/// One tracking call, read and checked: names still as text, products still by the shop's ids. Made by <see
/// cref="TrackingParser"/>.
/// </summary>
public sealed class IncomingCall
{
    /// <summary>Place in the batch from 0; 0 for a single call.</summary>
    public int Index { get; internal set; }

    public CallType Type { get; internal set; }

    /// <summary>Who vouches for what the call says; set by the endpoint, which knows the key.</summary>
    public Trust Trust { get; set; }

    /// <summary>Proves <see cref="UserId"/>, where it is valid (<see cref="UserTokens"/>); null = not given.</summary>
    public string? UserToken { get; internal set; }

    /// <summary>Where it came from; null where that cannot be told, or is of no interest.</summary>
    public ClientAddress? Client { get; internal set; }

    /// <summary>The network of <see cref="Client"/>, or that of the proxy that does not say who its client is.</summary>
    public ClientAddress Network { get; internal set; }

    /// <summary>How much may be kept of it.</summary>
    public TrackingLevel Tracking { get; internal set; }

    /// <summary>At least one of <see cref="UserId"/> and <see cref="AnonymousId"/> is there (an alias has a user id).</summary>
    public string? UserId { get; internal set; }
    public string? AnonymousId { get; internal set; }

    /// <summary>Alias: the name that is to stand for the same person as <see cref="UserId"/>. Null for other calls.</summary>
    public string? PreviousId { get; internal set; }

    /// <summary>64-bit hash of the message id (<see cref="MessageHash"/>), 0 when the sender gave none.</summary>
    public ulong Message { get; internal set; }

    /// <summary>What happened; <see cref="EventKind.Identified"/> for an alias.</summary>
    public EventKind Kind { get; internal set; }

    /// <summary>When it happened by the server's clock, Unix milliseconds: receivedAt − (sentAt − originalTimestamp).</summary>
    public long Time { get; internal set; }

    /// <summary>As the sender gave them, Unix milliseconds; null = not given.</summary>
    public long? OriginalTimestamp { get; internal set; }
    public long? SentAt { get; internal set; }

    /// <summary><see cref="EventMarks.TimeReplaced"/> where the time lay more than a day ahead, or could not be read.</summary>
    public EventMarks Marks { get; internal set; }

    /// <summary>See <see cref="Tracked.Crowd"/>; set by the intake.</summary>
    public byte Crowd { get; internal set; }

    /// <summary>Values of the call that were left out; null where there are none.</summary>
    public IReadOnlyList<FieldWarning>? Warnings { get; internal set; }

    /// <summary>The products it is about. Empty, never null.</summary>
    public IncomingLine[] Lines { get; internal set; } = [];

    /// <summary>See <see cref="Tracked.Reference"/>.</summary>
    public string? Reference { get; internal set; }

    /// <summary>See <see cref="Tracked.Label"/>.</summary>
    public string? Label { get; internal set; }

    /// <summary>Total, else value, else revenue, in ten-thousandths of <see cref="Currency"/>; null = not given.</summary>
    public long? Amount { get; internal set; }

    /// <summary>As in <see cref="Tracked.IsRunningTotal"/>.</summary>
    public bool IsRunningTotal { get; internal set; }

    public Currency Currency { get; internal set; }

    /// <summary>A review's stars (1 to 5), else 0.</summary>
    public float Rating { get; internal set; }

    public VisitSource? Source { get; internal set; }

    /// <summary>The answer that the whole event came of, as it was sent; null = not given.</summary>
    public string? RecommendationId { get; internal set; }

    /// <summary>What the ids say, once they were looked at; set by the intake.</summary>
    public Attribution[] Attributions { get; internal set; } = [];

    /// <summary>What the sending program says of itself in <c>context.userAgent</c>; null = not given.</summary>
    public string? UserAgent { get; internal set; }

    /// <summary>See <see cref="Tracked.IsMachine"/>; set by the endpoint, which knows the request.</summary>
    public bool IsMachine { get; internal set; }

    /// <summary>Null where the call carries nothing personal.</summary>
    public PersonalPart? Personal { get; internal set; }

    /// <summary>
    /// What the shop's server says was sent more than a day before it came is no wrong clock but history, sent again: it keeps
    /// its own times.
    /// </summary>
    internal void KeepHistory(long receivedAt)
    {
        const long day = 24L * 60 * 60 * 1000;
        var isCorrected = SentAt is { } sent && OriginalTimestamp is { } original && Time == receivedAt - (sent - original);
        if (isCorrected && SentAt < receivedAt - day)
            Time = OriginalTimestamp!.Value;
    }
}

/// <summary>
/// A product in a call. <paramref name="Price"/> in ten-thousandths, 0 = not given; <paramref name="Fields"/> null where only
/// the id was sent. <paramref name="RecommendationId"/>: the answer in which this product was recommended, null = not given.
/// </summary>
public readonly record struct IncomingLine(
    string ProductId,
    int Quantity,
    long Price,
    ProductFields? Fields,
    string? RecommendationId = null
);

/// <summary>
/// What a call says about a product beyond its id: the catalogue can be filled from it. <see cref="Price"/> in
/// ten-thousandths.
/// </summary>
public sealed record ProductFields
{
    public required string Id { get; init; }
    public string? Sku { get; init; }
    public string? Name { get; init; }
    public string? Brand { get; init; }
    public string? Category { get; init; }
    public string? Variant { get; init; }
    public long? Price { get; init; }
    public Currency Currency { get; init; }
    public string? Url { get; init; }
    public string? ImageUrl { get; init; }
}
