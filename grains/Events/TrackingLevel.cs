namespace Personalization.Events;

/// <summary>How much is kept of what a visitor does, the most first. The numbers stand in the journal.</summary>
public enum TrackingLevel : byte
{
    Full = 0,

    /// <summary>What happened, without what tells who: no traits, addresses, texts, campaigns or referrers, and no names joined.</summary>
    Anonymous = 1,

    /// <summary>Nothing.</summary>
    None = 2,
}

/// <summary>What a tracking level leaves of an event.</summary>
public static class TrackingLevels
{
    /// <summary>
    /// The event as it may be kept, or null. What a person decides about messages always holds, and so does an order that the
    /// shop's server reports: both are no tracking.
    /// </summary>
    public static Tracked? Limited(this Tracked e, TrackingLevel level)
    {
        if (level == TrackingLevel.Full || IsDecision(e.Kind))
            return e;
        var isBusiness = (e.Marks & (EventMarks.Claimed | EventMarks.Signed)) == 0 && IsOrder(e.Kind);
        if (level == TrackingLevel.None && !isBusiness || e.Kind is EventKind.Identified or EventKind.Grouped)
            return null;
        return e with { Personal = null, Source = null };
    }

    /// <summary>Consent given and taken back, and what mail servers report of an address.</summary>
    public static bool IsDecision(EventKind kind) =>
        kind is EventKind.Subscribed or EventKind.Unsubscribed or EventKind.MessageBounced or EventKind.MessageMarkedAsSpam;

    static bool IsOrder(EventKind kind) =>
        kind
            is EventKind.OrderCompleted
                or EventKind.OrderUpdated
                or EventKind.OrderCancelled
                or EventKind.OrderRefunded
                or EventKind.OrderPaid
                or EventKind.OrderShipped
                or EventKind.OrderDelivered;
}
