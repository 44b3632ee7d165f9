using Personalization.Codec;
using Personalization.Events;
using Personalization.Identity;

namespace Personalization.Journal;

/// <summary>A name wanted for a customer since a time.</summary>
public readonly record struct NameClaim(NameKind Kind, string Value, long Customer, long Since);

public sealed record ProductRow(long Change, int Number, string Id, byte[]? Body);

/// <summary>One customer's part of a commit: its turn's events, at the version after the one it was decided upon.</summary>
/// <param name="Customer">The customer's number.</param>
/// <param name="Version">The version this entry becomes; it conflicts when the journal has it already, or lacks the one before.</param>
/// <param name="Time">When the turn was, Unix milliseconds.</param>
/// <param name="Body">Behaviour, by <see cref="EventCodec"/>.</param>
/// <param name="Personal">Personal part in the clear, empty when there is none; the store seals it with the customer's key.</param>
public sealed record TurnEntry(long Customer, int Version, long Time, ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> Personal)
{
    /// <summary>
    /// What <see cref="Body"/> says, where the caller has it at hand: projections in this process need not read it again.
    /// </summary>
    public IReadOnlyList<CustomerEvent>? Events { get; init; }
}

/// <summary>A turn (two, for a merge) with its effects.</summary>
public sealed class Commit
{
    public required IReadOnlyList<TurnEntry> Turns { get; init; }

    /// <summary>Names that move to another customer; a move whose name no longer points to <c>From</c> is a conflict.</summary>
    public IReadOnlyList<NameMove> Names { get; init; } = [];

    /// <summary>New due times.</summary>
    public IReadOnlyList<DueTime> Due { get; init; } = [];

    public IReadOnlyList<OutboxEntry> Outbox { get; init; } = [];
    public IReadOnlyList<(Guid Message, OutboxState From, OutboxState To)> OutboxMoves { get; init; } = [];

    /// <summary>Keys of imported facts, kept for ever so that importing again changes nothing.</summary>
    public IReadOnlyList<UInt128> ImportKeys { get; init; } = [];
}

/// <summary>When a customer is to be woken, Unix milliseconds; null for not at all.</summary>
/// <param name="IsStranger">Nobody vouches for this visitor: customers that are due come first.</param>
public readonly record struct DueTime(long Customer, long? Time, bool IsStranger = false);

/// <summary>A name moves to another customer.</summary>
public readonly record struct NameMove(long Name, long From, long To, long Since);

public enum CommitOutcome : byte
{
    Committed,

    /// <summary>Another activation wrote first: reload, decide again.</summary>
    VersionConflict,

    /// <summary>A name was moved meanwhile: resolve again.</summary>
    NameConflict,

    /// <summary>A message is no longer in the state it was to be moved from: read it again.</summary>
    MessageConflict,
}

/// <summary><see cref="Position"/> is that of the commit's last entry; 0 where it was not committed.</summary>
public readonly record struct CommitResult(CommitOutcome Outcome, long Position);

public sealed record Snapshot(long Customer, int Version, byte[] Body);

/// <summary>An entry of the journal. <see cref="Personal"/> is empty when there was none, or when its key has been destroyed.</summary>
public sealed record JournalEntry(long Position, long Customer, int Version, long Time, byte[] Body, byte[] Personal)
{
    public IReadOnlyList<CustomerEvent>? AtHand { get; init; }

    /// <summary>What happened. Whether the events show their personal parts is not said: for readers who do not need them.</summary>
    /// <exception cref="InvalidDataException">The bytes are damaged.</exception>
    public IReadOnlyList<CustomerEvent> Behaviour() => AtHand ?? EventCodec.Read(Body, []);

    /// <summary>
    /// What happened, with the personal parts. Of damaged bytes what can be read is there: nothing, or behaviour alone.
    /// </summary>
    public List<CustomerEvent> Events(out InvalidDataException? damage)
    {
        damage = null;
        try
        {
            return EventCodec.Read(Body, Personal);
        }
        catch (InvalidDataException damaged)
        {
            damage = damaged;
        }
        try
        {
            return EventCodec.Read(Body, []);
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }
}

/// <summary>The life of a message. The numbers stand in the database.</summary>
public enum OutboxState : byte
{
    /// <summary>Decided, waiting for its time.</summary>
    Queued = 1,

    /// <summary>
    /// Checked again and recorded as dispatched; the transport is being called, or the process died while it was.
    /// </summary>
    Dispatched = 2,

    /// <summary>Taken by the transport.</summary>
    Sent = 3,

    /// <summary>Decided against at the last check.</summary>
    Withheld = 4,

    /// <summary>Refused by the transport for good.</summary>
    Failed = 5,

    /// <summary>A crash between dispatch and answer: it may or may not have left, and is never tried again.</summary>
    Unknown = 6,
}

/// <summary>A message to a customer on its way. Its content is made at dispatch, not before.</summary>
public sealed record OutboxEntry(
    Guid Message,
    long Customer,
    string Playbook,
    string Occasion,
    string Channel,
    long NotBefore,
    OutboxState State,
    string? Detail = null
);

/// <summary>The database cannot be used now; the message says which and why, without personal data or secrets.</summary>
public sealed class StoreUnavailableException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The database is there and refuses what it was given: the same again would be refused again.</summary>
    public bool IsRefusal { get; init; }
}
