using Personalization.Outreach;

namespace Personalization.Customers;

/// <summary>
/// What is between the shop and a customer: consents, messages, warnings. Most customers have none of it for most of their
/// time, so a state has one only once there is something to remember.
/// </summary>
public sealed class OutreachState
{
    /// <summary>Of those who have none; to be read only.</summary>
    public static readonly OutreachState None = new();

    public ConsentLedger Consents = new();
    public Suppression Suppression = new();
    public MessageLedger Messages = new();

    /// <summary>Messages in the outbox that were neither dispatched nor withheld.</summary>
    public BoundedList<WaitingMessage> Waiting;
    public BoundedList<OpenWarning> Warnings;

    /// <summary>The warnings closed last: the same occasion is not warned of again.</summary>
    public BoundedList<Guid> ClosedWarnings;

    public bool IsEmpty =>
        Consents.IsEmpty && Suppression.IsEmpty && Messages.IsEmpty && Waiting.Count + Warnings.Count + ClosedWarnings.Count == 0;
}
