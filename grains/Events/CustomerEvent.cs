namespace Personalization.Events;

/// <summary>
/// One fact of a customer's history, as the journal keeps it. A fact is either <see cref="Tracked"/> (it came from
/// outside) or one of the decisions that a turn made. State is what facts make of it and nothing else.
/// </summary>
[GenerateSerializer, Immutable, Alias("customer-event")]
public abstract record CustomerEvent
{
    /// <summary>When it happened, Unix milliseconds UTC. For decisions, when it was decided.</summary>
    [Id(0)]
    public required long Time { get; init; }
}

/// <summary>How an event came to have the values it has.</summary>
[Flags]
public enum EventMarks : byte
{
    None = 0,

    /// <summary>Brought in by an import: history, which sends no message.</summary>
    Imported = 1,

    /// <summary>The sender's clock was more than a day ahead, so <see cref="CustomerEvent.Time"/> is the time of receipt.</summary>
    TimeReplaced = 2,

    /// <summary>An order that was already known by its number came again: kept, not counted a second time.</summary>
    RepeatedOrder = 4,

    /// <summary>The first event of a visit.</summary>
    VisitStart = 8,

    /// <summary>It came in under a user id: a known customer.</summary>
    UnderUserId = 16,

    /// <summary>
    /// Said with the public write key alone: nothing proves it. It describes a visitor, and counts neither as money nor as consent
    /// (docs/trust.md). Events without this mark came from the shop's server, a signed call or an import.
    /// </summary>
    Claimed = 32,

    /// <summary>
    /// Said by a browser that proved who it is (docs/trust.md). Without this mark and <see cref="Claimed"/> the shop's server or an
    /// import said it.
    /// </summary>
    Signed = 64,

    /// <summary>An order of which so far only the public key had told: what was counted apart for it is taken back.</summary>
    ReplacesClaim = 128,
}

/// <summary>
/// What a storefront, an importer or a person reported about a customer. Flat on purpose: the fields that a kind does
/// not use are null or 0 and take no room in the journal.
/// </summary>
[GenerateSerializer, Immutable, Alias("tracked")]
public sealed record Tracked : CustomerEvent
{
    [Id(0)]
    public required EventKind Kind { get; init; }

    /// <summary>64-bit hash of the sender's message id, by which a repeated delivery is known; 0 = the sender gave none.</summary>
    [Id(1)]
    public ulong Message { get; init; }

    /// <summary>
    /// Number of the name (see <see cref="Identity.BoundName"/>) the event came in under. Unmerging goes by it.
    /// </summary>
    [Id(2)]
    public long Name { get; init; }

    /// <summary>The second name that the same call carried (the anonymous id beside the user id), or 0.</summary>
    [Id(3)]
    public long LinkedName { get; init; }

    /// <summary>When the server received it, Unix milliseconds UTC.</summary>
    [Id(4)]
    public long Received { get; init; }

    [Id(5)]
    public EventMarks Marks { get; init; }

    /// <summary>The customer's visit it belongs to, counted from 1 in order of arrival; set in the turn. 0 = not part of a visit.</summary>
    [Id(6)]
    public int Visit { get; init; }

    /// <summary>The products it is about: one for a view, many for an order. Empty, never null.</summary>
    [Id(7)]
    public OrderLine[] Lines { get; init; } = [];

    /// <summary>
    /// What the event refers to: the order id for checkout and orders, otherwise the list, promotion, coupon, cart,
    /// group, review, or (for subscriptions) the channel. Sealed in the journal, as an order's id leads to a person.
    /// </summary>
    [Id(8)]
    public string? Reference { get; init; }

    /// <summary>
    /// A label: the event's own name for <see cref="EventKind.Other"/>, the category of a list, the topic of a subscription, the
    /// reason of a cancellation, the page or screen name. Anybody may write anything into it, so the journal has it sealed.
    /// </summary>
    [Id(9)]
    public string? Label { get; init; }

    /// <summary>The event's amount (an order's total) in ten-thousandths of <see cref="Currency"/>.</summary>
    [Id(10)]
    public long Amount { get; init; }

    [Id(11)]
    public Currency Currency { get; init; }

    /// <summary>
    /// <see cref="Amount"/> in ten-thousandths of the shop's base currency, at the rate of the day the event was taken in;
    /// null where the shop has no rate for the currency.
    /// </summary>
    [Id(12)]
    public long? BaseAmount { get; init; }

    /// <summary>
    /// What the event added to the revenue (orders) or to the cancelled amount (cancellations) when it was taken in,
    /// ten-thousandths of the base currency: totals are sums of it.
    /// </summary>
    [Id(13)]
    public long Counted { get; init; }

    /// <summary>
    /// What the event added to the revenue that is only claimed, in the same way; below 0 where <see cref="EventMarks.ReplacesClaim"/>.
    /// </summary>
    [Id(17)]
    public long ClaimCounted { get; init; }

    /// <summary>
    /// What an event other than a cancellation changed of the cancelled amount: an order that came after its cancellation, or was
    /// changed, sets another bound.
    /// </summary>
    [Id(33)]
    public long CancelCounted { get; init; }

    /// <summary>What the event added to the refunded amount, in the same way.</summary>
    [Id(34)]
    public long RefundCounted { get; init; }

    /// <summary>
    /// Of a refund: the amount is what was refunded of the order in all so far, as a platform repeats it with every word about the
    /// order, and not what this refund adds.
    /// </summary>
    [Id(35)]
    public bool IsRunningTotal { get; init; }

    /// <summary>A review's stars (1 to 5), else 0.</summary>
    [Id(14)]
    public float Rating { get; init; }

    /// <summary>Where the visit came from, when the call says so.</summary>
    [Id(15)]
    public VisitSource? Source { get; init; }

    /// <summary>
    /// How many claimed events like it came from the same network lately, in eighths of powers of two; 255 where the same visitor had
    /// done so already. 0 = none, and for every event that somebody vouches for. Popularity counts it for so much less.
    /// </summary>
    [Id(30)]
    public byte Crowd { get; init; }

    /// <summary>
    /// The recommendations that its products are counted for; a call brings those whose ids it carried, the turn decides. Empty,
    /// never null.
    /// </summary>
    [Id(31)]
    public Attribution[] Attributions { get; init; } = [];

    /// <summary>A program sent it, by what it says of itself (docs/recommendations.md): recorded, and counted apart.</summary>
    [Id(32)]
    public bool IsMachine { get; init; }

    /// <summary>What identifies a person: sealed in the journal with the customer's own key. Null after an erasure.</summary>
    [Id(16)]
    public PersonalPart? Personal { get; init; }

    /// <summary>There is a <see cref="Reference"/> that cannot be read here: without the sealed part, or after an erasure.</summary>
    [Id(18)]
    public bool ReferenceIsSealed { get; init; }

    /// <summary>The same for the <see cref="Label"/> of a subscription or its end: which topic it was about.</summary>
    [Id(19)]
    public bool LabelIsSealed { get; init; }

    /// <summary>Of other events it does not matter that a label was there.</summary>
    public bool HasTopic => LabelIsSealed || (Label is not null && Kind is EventKind.Subscribed or EventKind.Unsubscribed);

    public bool HasReference => Reference is not null || ReferenceIsSealed;
}

/// <summary>A product with its quantity and unit price; the price in ten-thousandths of the event's currency, 0 = not given.</summary>
[GenerateSerializer, Immutable, Alias("order-line")]
public readonly record struct OrderLine(int Product, int Quantity, long Price);

/// <summary>
/// Campaign (UTM) values and the referring host of a visit. Only the host of a referrer is kept here: its path can identify
/// people. The journal seals term and content; the others stay in the clear, for statistics by source.
/// </summary>
[GenerateSerializer, Immutable, Alias("visit-source")]
public sealed record VisitSource(
    string? Source,
    string? Medium,
    string? Campaign,
    string? Term,
    string? Content,
    string? ReferrerHost
);

/// <summary>
/// The part of an event that can identify a person: addresses, free text, URLs, search words, traits, and the
/// properties of unknown events. All text as it was sent; JSON where it was JSON.
/// </summary>
[GenerateSerializer, Immutable, Alias("personal-part")]
public sealed record PersonalPart
{
    [Id(0)]
    public string? Url { get; init; }

    [Id(1)]
    public string? Title { get; init; }

    [Id(2)]
    public string? Referrer { get; init; }

    /// <summary>What was searched for.</summary>
    [Id(3)]
    public string? Query { get; init; }

    /// <summary>Free text: a review, a comment, a note, an inquiry.</summary>
    [Id(4)]
    public string? Text { get; init; }

    /// <summary>A JSON object of traits (identify, group).</summary>
    [Id(5)]
    public string? Traits { get; init; }

    /// <summary>A JSON object of the properties that have no field of their own.</summary>
    [Id(6)]
    public string? Properties { get; init; }

    /// <summary>IANA time zone and BCP 47 locale of the sender, for instance "Europe/Lisbon", "pt-PT".</summary>
    [Id(7)]
    public string? TimeZone { get; init; }

    [Id(8)]
    public string? Locale { get; init; }

    /// <summary>The user id that the visitor says is theirs, where nothing proves it: an identify with the public key (docs/trust.md).</summary>
    [Id(9)]
    public string? Claims { get; init; }

    /// <summary>True where nothing is filled in, so that nothing need be sealed.</summary>
    public bool IsEmpty => this == Nothing;

    static readonly PersonalPart Nothing = new();
}
