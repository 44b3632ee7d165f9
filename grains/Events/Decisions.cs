namespace Personalization.Events;

/// <summary>Why a warning was raised. The numbers stand in the journal.</summary>
public enum WarningPolicy : byte
{
    /// <summary>The churn model's risk crossed its threshold.</summary>
    Churn = 1,

    /// <summary>Many product views and no cart (R32).</summary>
    ViewedNotCarted = 2,

    /// <summary>A cart, and no checkout.</summary>
    CartLeft = 3,

    /// <summary>A checkout begun, and no order.</summary>
    CheckoutLeft = 4,

    /// <summary>A registration begun and not finished.</summary>
    RegistrationLeft = 5,
}

/// <summary>What became of a warning. The first two are the system's, the rest a marketer's (R33).</summary>
public enum WarningOutcome : byte
{
    None = 0,

    /// <summary>The customer came back by an event that answers the warning.</summary>
    Resolved = 1,

    /// <summary>The customer stayed away beyond the time in which the warning was of use.</summary>
    Expired = 2,
    Contacted = 3,
    WonBack = 4,
    BoughtElsewhere = 5,
    NotInterested = 6,
    Wrong = 7,
}

/// <summary>A warning was raised. <see cref="MoneyAtRisk"/> in ten-thousandths of the base currency.</summary>
public sealed record WarningRaised : CustomerEvent
{
    public required Guid Warning { get; init; }
    public required WarningPolicy Policy { get; init; }
    public required float Risk { get; init; }
    public required long MoneyAtRisk { get; init; }
    public required string[] Reasons { get; init; }
    public required string Model { get; init; }
}

/// <summary>Time or events changed what an open warning says. Amount as in <see cref="WarningRaised"/>.</summary>
public sealed record WarningUpdated : CustomerEvent
{
    public required Guid Warning { get; init; }
    public required float Risk { get; init; }
    public required long MoneyAtRisk { get; init; }
    public required string[] Reasons { get; init; }
    public required string Model { get; init; }
}

/// <summary>A warning was closed by an event or by a person (<see cref="By"/>), or its outcome was corrected.</summary>
public sealed record WarningClosed : CustomerEvent
{
    public required Guid Warning { get; init; }
    public required WarningOutcome Outcome { get; init; }

    /// <summary>Who said so; null for the system.</summary>
    public string? By { get; init; }
    public string? Note { get; init; }
}

/// <summary>Why a message was withheld. The numbers stand in the journal.</summary>
public enum Withheld : byte
{
    None = 0,
    NoAddress = 1,
    NoConsent = 2,
    CapReached = 3,
    SameContentTooSoon = 4,
    NoLongerApplies = 5,
    NothingToOffer = 6,
    TransportRefused = 7,
    QuietHours = 8,
    Superseded = 9,
    DeliveryUnknown = 10,

    /// <summary>In the playbook's control group, which gets nothing so that its effect can be measured.</summary>
    HeldOut = 11,

    /// <summary>The occasion was brought by an import.</summary>
    FromImport = 12,

    /// <summary>Somebody with the same address has bought since: a guest's cart, and the account made at the checkout.</summary>
    BoughtMeanwhile = 13,
}

/// <summary>A message was put into the outbox, to be checked again when it is dispatched.</summary>
[GenerateSerializer, Immutable, Alias("message-queued")]
public sealed record MessageQueued : CustomerEvent
{
    /// <summary>Derived from (customer, playbook, occasion): the same occasion cannot be queued twice.</summary>
    [Id(0)]
    public required Guid Message { get; init; }

    [Id(1)]
    public required string Playbook { get; init; }

    /// <summary>What it is about, for instance a warning's id or the cart's beginning.</summary>
    [Id(2)]
    public required string Occasion { get; init; }

    [Id(3)]
    public required string Channel { get; init; }

    /// <summary>Not to be dispatched before this time (Unix milliseconds): the end of quiet hours.</summary>
    [Id(4)]
    public required long NotBefore { get; init; }
}

/// <summary>A message was given to the transport: recorded before the transport is called, so that it happens at most once.</summary>
public sealed record MessageDispatched : CustomerEvent
{
    public required Guid Message { get; init; }
    public required string Playbook { get; init; }
    public required string Channel { get; init; }

    /// <summary>The products recommended inside.</summary>
    public required int[] Products { get; init; }
}

/// <summary>A message was decided against, and why: the other half of the ledger.</summary>
[GenerateSerializer, Immutable, Alias("message-withheld")]
public sealed record MessageWithheld : CustomerEvent
{
    [Id(0)]
    public required Guid Message { get; init; }

    [Id(1)]
    public required string Playbook { get; init; }

    [Id(2)]
    public required string Occasion { get; init; }

    [Id(3)]
    public required Withheld Why { get; init; }
}

/// <summary>Consent for a channel and topic changed other than by a tracked event: one-click unsubscribe, a preference page, an agent.</summary>
[GenerateSerializer, Immutable, Alias("consent-changed")]
public sealed record ConsentChanged : CustomerEvent
{
    /// <summary>The <see cref="Origin"/> where the owner of the address confirmed a subscription.</summary>
    public const string Confirmed = "confirmed";

    [Id(0)]
    public required string Channel { get; init; }

    /// <summary>The topic, or "*" for all of the channel. Empty where it cannot be read any more.</summary>
    [Id(1)]
    public required string Topic { get; init; }

    [Id(2)]
    public required bool Granted { get; init; }

    /// <summary>Where it was said, for instance "one-click".</summary>
    [Id(3)]
    public required string Origin { get; init; }

    /// <summary>The customer it was said as: stays with it when histories are merged or unmerged.</summary>
    [Id(4)]
    public long Customer { get; init; }

    /// <summary>
    /// The name under which a subscription was asked for that is confirmed here, 0 for none: who confirms it answers for what that
    /// name said.
    /// </summary>
    [Id(5)]
    public long Name { get; init; }
}

/// <summary>The shop's server said how much is kept of what this customer does.</summary>
[GenerateSerializer, Immutable, Alias("tracking-changed")]
public sealed record TrackingChanged : CustomerEvent
{
    [Id(0)]
    public required TrackingLevel Level { get; init; }

    /// <summary>Who decided it.</summary>
    [Id(1)]
    public required string By { get; init; }
}

/// <summary>
/// This customer absorbed another's history up to <see cref="UpToVersion"/> (identity: a merge, undone by <see
/// cref="Unmerged"/>).
/// </summary>
public sealed record Merged : CustomerEvent
{
    public required long Source { get; init; }
    public required int UpToVersion { get; init; }

    /// <summary>The names that moved: a later unmerge takes back what came in under them.</summary>
    public required long[] Names { get; init; }

    /// <summary>Who asked for it; null when it was the identification itself.</summary>
    public string? By { get; init; }

    /// <summary>
    /// What the joined history amounts to: an order told on both sides counts once, which sums of the two would not know. Null in
    /// entries of older versions.
    /// </summary>
    public HistoryTotals? Together { get; init; }
}

/// <summary>This customer's history ended by a merge; calls that still reach it are answered by <see cref="Target"/>.</summary>
public sealed record Forwarded : CustomerEvent
{
    public required long Target { get; init; }
}

/// <summary>
/// A merge was undone: what <see cref="Source"/> brought, and what has come in under its names since, left again.
/// </summary>
public sealed record Unmerged : CustomerEvent
{
    public required long Source { get; init; }
    public required long[] Names { get; init; }
    public required string By { get; init; }

    /// <summary>What each side's history amounts to after the unmerge: sums cannot be taken apart without the history.</summary>
    public HistoryTotals Stays { get; init; }
    public HistoryTotals Leaves { get; init; }
}

/// <summary>Sums over a history. Times in Unix milliseconds, amounts in ten-thousandths of the base currency.</summary>
public readonly record struct HistoryTotals(
    bool Known,
    long FirstSeen,
    long LastSeen,
    int Events,
    int Orders,
    long Revenue,
    int Cancellations,
    long Cancelled,
    long LastOrder
)
{
    /// <summary>Orders of which only the public key has told, and their amounts: in none of the other sums.</summary>
    public int ClaimedOrders { get; init; }
    public long ClaimedRevenue { get; init; }

    /// <summary>Besides what was cancelled; 0 in entries of older versions.</summary>
    public long Refunded { get; init; }
}

/// <summary>A forwarded customer stands on its own again, with what came in under its names at <see cref="From"/> up to that customer's version.</summary>
public sealed record Reopened : CustomerEvent
{
    public required long From { get; init; }
    public required int UpToVersion { get; init; }
    public required long[] Names { get; init; }
    public required string By { get; init; }
}

/// <summary>A product never to be shown to this customer (or shown again).</summary>
[GenerateSerializer, Immutable, Alias("never-show")]
public sealed record NeverShow : CustomerEvent
{
    [Id(0)]
    public required int Product { get; init; }

    [Id(1)]
    public required bool Hidden { get; init; }
}

/// <summary>This customer got an answer of an experiment's variant for the first time.</summary>
public sealed record ExperimentExposed : CustomerEvent
{
    public required string Experiment { get; init; }

    /// <summary>When the run of the experiment began, Unix milliseconds.</summary>
    public required long Begun { get; init; }

    /// <summary>Its place among the variants, from 0.</summary>
    public required int Variant { get; init; }
}

/// <summary>
/// The person asked to be forgotten: names and keys are destroyed, and history before this belongs to no one any more.
/// </summary>
public sealed record Erased : CustomerEvent
{
    public required string By { get; init; }
}
