using Personalization.Codec;

namespace Personalization.Outreach;

/// <summary>
/// What is known of an address, on whatever profile it stands: what its owner allowed and forbade, whether it exists, what was
/// sent to it lately, and when its owner was asked to confirm. Plain data without the address; times in Unix milliseconds.
/// </summary>
public sealed class Mailbox
{
    const byte Version = 1;

    /// <summary>An owner who does not answer is asked once a day, and so often in 30 days.</summary>
    const int MostAsked = 3;

    /// <summary>
    /// No honest owner decides about more topics. A denial of yet another is one of all, and a grant is passed over, so that the
    /// ledger never fills up and closes.
    /// </summary>
    const int MostTopics = 48;
    const long Day = 86_400_000,
        Month = 30 * Day;

    /// <summary>Facts about an address come under no name.</summary>
    const long Owner = 0;

    ConsentLedger _consents = new();
    List<Asked> _asked = [];

    /// <summary>What counts against caps.</summary>
    internal MessageLedger Sends { get; private set; } = new();

    /// <summary>When something was last bought by whomever has the address; 0 = never.</summary>
    public long BoughtAt { get; private set; }

    /// <summary>When a hard bounce said that there is no such mailbox; 0 = never.</summary>
    public long BouncedAt { get; private set; }

    /// <summary>Whether that still holds: the shop's server or a confirmation may have opened the address again since.</summary>
    public bool IsBounced => BouncedAt != 0 && !_consents.Changes().Any(change => change.Granted && change.Time > BouncedAt);

    public bool IsEmpty => _consents.IsEmpty && _asked.Count == 0 && Sends.IsEmpty && BouncedAt == 0 && BoughtAt == 0;

    /// <summary>Whether nothing of this topic may be sent, whatever a profile says.</summary>
    public bool Refuses(string channel, string topic) => IsBounced || _consents.Answer(channel, topic) == Consent.Denied;

    /// <summary>
    /// Whether the address itself agreed: its owner confirmed it, or the shop's server said so of one that it told.
    /// </summary>
    public bool Allows(string channel, string topic) => !IsBounced && _consents.Allows(channel, topic);

    /// <summary>Takes in a fact; the order and the number of times do not matter.</summary>
    public void Record(AddressFact fact)
    {
        if (fact.Word == AddressWord.Bounced)
            BouncedAt = Math.Max(BouncedAt, fact.Time);
        else if (fact.Word == AddressWord.Bought)
            BoughtAt = Math.Max(BoughtAt, fact.Time);
        else if (TopicOf(fact) is { } topic)
            _consents.Record(Owner, fact.Channel, topic, fact.Word == AddressWord.Granted, fact.Time, Firmness.Firm, fact.Origin);
    }

    string? TopicOf(AddressFact fact) =>
        fact.Topic == ConsentLedger.AllTopics || _consents.HasRoomFor(fact.Channel, fact.Topic, MostTopics) ? fact.Topic
        : fact.Word == AddressWord.Denied ? ConsentLedger.AllTopics
        : null;

    /// <summary>
    /// Whether its owner may be asked now to confirm a subscription; true again for a message that was let through before. Never
    /// where the owner wants nothing at all on this channel.
    /// </summary>
    public bool Ask(OptInRequest request)
    {
        if (IsBounced || _consents.Answer(request.Channel, ConsentLedger.AllTopics) == Consent.Denied)
            return false;
        if (request.When == AskWhen.Refused && !Refuses(request.Channel, request.Topic))
            return false;
        if (request.When == AskWhen.NotAllowed && Allows(request.Channel, request.Topic))
            return false;
        if (_asked.Exists(asked => asked.Message == request.Message))
            return true;
        _asked.RemoveAll(asked => request.Now - asked.Time >= Month);
        if (_asked.Count >= MostAsked || _asked.Exists(asked => request.Now - asked.Time < Day))
            return false;
        _asked.Add(new(request.Message, request.Now));
        return true;
    }

    /// <summary>A message is about to leave: it counts from now on, unless it is released.</summary>
    public void Reserve(Guid message, string playbook, long now) => Sends.Queued(message, playbook, now);

    /// <summary>The message did not leave after all.</summary>
    public void Release(Guid message, string playbook, long now) => Sends.Withheld(message, playbook, now);

    /// <summary>
    /// Erasure: forgets what was sent and allowed. What forbids stays, so that the person is not written to again.
    /// </summary>
    public void Forget()
    {
        if (!IsBounced)
            BouncedAt = 0;
        _consents = _consents.OnlyDenials();
        Sends = new();
        _asked = [];
        BoughtAt = 0;
    }

    public byte[] ToBytes()
    {
        using var to = new ByteWriter();
        to.Byte(Version);
        _consents.Save(to);
        Sends.Save(to);
        to.Signed(BouncedAt);
        to.Unsigned((ulong)_asked.Count);
        foreach (var asked in _asked)
        {
            to.Guid(asked.Message);
            to.Signed(asked.Time);
        }
        to.Signed(BoughtAt);
        return to.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are not what <see cref="ToBytes"/> wrote.</exception>
    public static Mailbox Of(ReadOnlySpan<byte> bytes)
    {
        var from = new ByteReader(bytes);
        if (from.Byte() != Version)
            throw new InvalidDataException("An address is kept in a newer format; upgrade this server.");
        return new Mailbox
        {
            _consents = ConsentLedger.Load(ref from),
            Sends = MessageLedger.Load(ref from),
            BouncedAt = from.Signed(),
            _asked = [.. from.Array(static (ref ByteReader r) => new Asked(r.Guid(), r.Signed()))],
            // Builds before it wrote no more, and read no further.
            BoughtAt = from.AtEnd ? 0 : from.Signed(),
        };
    }

    readonly record struct Asked(Guid Message, long Time);
}

/// <summary>What can be said of an address.</summary>
public enum AddressWord : byte
{
    Denied = 0,
    Granted = 1,

    /// <summary>A hard bounce: there is no such mailbox.</summary>
    Bounced = 2,

    /// <summary>Something was bought by a customer who has the address.</summary>
    Bought = 3,
}

/// <summary>Something firm about an address: never what only the public key said. <paramref name="Time"/> in Unix milliseconds.</summary>
[GenerateSerializer, Immutable, Alias("address-fact")]
public readonly record struct AddressFact(string Channel, string Topic, AddressWord Word, long Time, string Origin);

/// <summary>When the owner of an address is asked to confirm.</summary>
public enum AskWhen : byte
{
    Always = 0,

    /// <summary>Only where the address itself has not agreed yet.</summary>
    NotAllowed = 1,

    /// <summary>Only where the address refuses what the profile allows.</summary>
    Refused = 2,
}

/// <summary>The wish to ask the owner of an address. <paramref name="Now"/> in Unix milliseconds.</summary>
[GenerateSerializer, Immutable, Alias("opt-in-request")]
public sealed record OptInRequest(Guid Message, string Channel, string Topic, AskWhen When, long Now);
