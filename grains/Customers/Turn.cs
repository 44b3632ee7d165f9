using Personalization.Events;
using Personalization.Journal;
using Personalization.Outreach;

namespace Personalization.Customers;

/// <summary>
/// What a turn decided: a value that the host carries out in one transaction. The customer's state already shows it, but
/// no caller sees that state before the commit, and a host whose commit fails throws the state away.
/// </summary>
public sealed class Turn
{
    /// <summary>To be appended to the journal as one entry, in this order. Empty: nothing happened, nothing to commit.</summary>
    public List<CustomerEvent> Events { get; } = [];

    /// <summary>Messages to be put into the outbox.</summary>
    public List<MessageQueued> Queued { get; } = [];

    /// <summary>Messages to be taken out of it.</summary>
    public List<MessageWithheld> Withdrawn { get; } = [];

    /// <summary>The message that this turn dispatches.</summary>
    public MessageDispatched? Dispatched { get; set; }

    /// <summary>The dispatched message that this turn puts back into the queue.</summary>
    public MessagePutOff? PutOff { get; set; }

    /// <summary>
    /// What it says about addresses, to be kept there: what forbids before the commit, what allows after it; null for nothing.
    /// </summary>
    public List<(string Address, AddressFact Fact)>? Notices { get; private set; }

    /// <summary>Events that say something about an address, each with the address the customer had then; null for none.</summary>
    public List<(Tracked Said, KnownAddress At)>? Decisions { get; set; }

    /// <summary>The address the customer had before.</summary>
    public KnownAddress Before { get; init; }

    /// <summary>When the customer had last ordered before.</summary>
    public long BoughtBefore { get; init; }

    /// <summary>A confirmation to be asked for, if the address lets it through.</summary>
    public OptIn? OptIn { get; set; }

    /// <summary>True when <see cref="Due"/> is to be written: a new due time, or null for none.</summary>
    public bool DueChanges { get; private set; }

    public long? Due { get; private set; }

    /// <summary>Which of the given events were known before; null when none was.</summary>
    public bool[]? Duplicates { get; set; }

    public bool IsEmpty => Events.Count == 0 && !DueChanges;

    public void Told(string address, AddressFact fact) => (Notices ??= []).Add((address, fact));

    public void WakeAt(long? due)
    {
        Due = due;
        DueChanges = true;
    }
}
