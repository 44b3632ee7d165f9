using Personalization.Codec;

namespace Personalization.Outreach;

/// <summary>
/// What a person allowed and forbade, per channel and topic (R05). It is a set of facts, each with its time: "this name
/// said so" and "these two names are one person". What holds now is worked out from the facts in order of their time, so
/// it is the same in whatever order, and however often, they arrive.
/// </summary>
/// <remarks>
/// Every name has a side of its own until it is linked. A link merges two sides: one that never said anything adopts the
/// other's whole; where both did, the stricter wins per channel and topic (denied before unset before granted). What is
/// said later, under any of the names, holds for the merged side. Sides that are never linked must all allow.
/// Facts are firm or soft (<see cref="Firmness"/>): what a firm denial forbids only a firm grant allows again.
/// </remarks>
public sealed class ConsentLedger
{
    /// <summary>The topic that stands for all of a channel.</summary>
    public const string AllTopics = "*";

    /// <summary>
    /// No honest person says this much. Beyond it, soft facts are forgotten, then those without effect; where there are none, grants
    /// and links are not taken (which can only forbid), and a firm denial closes the ledger for good.
    /// </summary>
    const int Capacity = 128;

    Fact[] _facts = [];
    bool _closed;

    public int Count => _facts.Length;

    /// <summary>Nothing was said, and no names are linked.</summary>
    public bool IsEmpty => _facts.Length == 0 && !_closed;

    /// <summary>
    /// A name allowed or forbade a topic of a channel at a time (Unix milliseconds). A general denial (topic "*") takes
    /// back what was granted before it; a specific denial stands against a general grant.
    /// </summary>
    /// <param name="name">
    /// Number of the name it was said under. Where a change came in under none (a one-click unsubscription), the customer's
    /// own number; link that number to the names it is to count for, or it can only forbid.
    /// </param>
    /// <param name="firmness">How well it is proved that the person said so.</param>
    /// <param name="origin">Where it was said, for instance "one-click"; shown, and without effect.</param>
    public void Record(
        long name,
        string channel,
        string topic,
        bool granted,
        long time,
        Firmness firmness = Firmness.Firm,
        string origin = ""
    ) =>
        Add(
            new(time, granted ? FactKind.Granted : FactKind.Denied, name, 0, Normal(channel), Normal(topic))
            {
                IsFirm = firmness == Firmness.Firm,
                Origin = Known(origin),
            }
        );

    /// <summary>Two names were found to be one person at a time (Unix milliseconds).</summary>
    public void Link(long nameA, long nameB, long time)
    {
        if (nameA != nameB)
            Add(new(time, FactKind.Linked, Math.Min(nameA, nameB), Math.Max(nameA, nameB), "", "") { IsFirm = true });
    }

    /// <summary>
    /// Takes in another customer's facts: a merge. Without a <see cref="Link"/> the sides stay apart and both must allow.
    /// </summary>
    public void Absorb(ConsentLedger other)
    {
        _closed |= other._closed;
        foreach (var fact in other._facts)
            Add(fact);
    }

    /// <summary>Whether a message of this topic may go through this channel: granted, and not denied by any side.</summary>
    public bool Allows(string channel, string topic) => Answer(channel, topic) == Consent.Granted;

    /// <summary>What holds for a topic ("*" for what holds where nothing was said about a topic).</summary>
    public Consent Answer(string channel, string topic)
    {
        if (_closed)
            return Consent.Denied;
        (channel, topic) = (Normal(channel), Normal(topic));
        var answer = Consent.Granted;
        var said = false;
        foreach (var side in Sides())
        {
            if (!side.HasHistory)
                continue;
            said = true;
            answer = Stricter(answer, side.Answer(channel, topic));
        }
        return said ? answer : Consent.Unset;
    }

    /// <summary>Everything that was said, by time: for exports and the customer's own view.</summary>
    public IEnumerable<ConsentChange> Changes()
    {
        foreach (var fact in _facts)
            if (fact.Kind != FactKind.Linked)
                yield return new(fact.Time, fact.Channel, fact.Topic, fact.Kind == FactKind.Granted, fact.Origin);
    }

    /// <summary>Whether something was said of this topic, or of fewer than <paramref name="most"/> of the channel.</summary>
    public bool HasRoomFor(string channel, string topic, int most)
    {
        (channel, topic) = (Normal(channel), Normal(topic));
        var topics = new HashSet<string>();
        foreach (var fact in _facts)
            if (fact.Kind != FactKind.Linked && fact.Channel == channel)
                topics.Add(fact.Topic);
        return topics.Count < most || topics.Contains(topic);
    }

    /// <summary>What is forbidden now, and nothing else that was said.</summary>
    public ConsentLedger OnlyDenials()
    {
        var denials = new ConsentLedger { _closed = _closed };
        foreach (var fact in _facts)
            if (fact.Kind == FactKind.Denied && Answer(fact.Channel, fact.Topic) == Consent.Denied)
                denials.Add(fact);
        return denials;
    }

    public void Save(ByteWriter to)
    {
        to.Bool(_closed);
        to.Unsigned((ulong)_facts.Length);
        foreach (var fact in _facts)
        {
            to.Byte((byte)fact.Kind);
            to.Bool(fact.IsFirm);
            to.Signed(fact.Time);
            to.Signed(fact.Name);
            if (fact.Kind == FactKind.Linked)
            {
                to.Signed(fact.Other);
                continue;
            }
            to.Text(fact.Channel);
            to.Text(fact.Topic);
            to.Text(fact.Origin);
        }
    }

    /// <exception cref="InvalidDataException">The bytes are not what <see cref="Save"/> wrote.</exception>
    public static ConsentLedger Load(ref ByteReader from)
    {
        var closed = from.Bool();
        var facts = new Fact[from.Count()];
        for (var i = 0; i < facts.Length; i++)
        {
            var kind = (FactKind)from.Byte();
            if (kind > FactKind.Linked)
                throw new InvalidDataException("A consent is of no known kind.");
            var (isFirm, time, name) = (from.Bool(), from.Signed(), from.Signed());
            facts[i] =
                kind == FactKind.Linked
                    ? new(time, kind, name, from.Signed(), "", "") { IsFirm = isFirm }
                    : new(time, kind, name, 0, Normal(from.Text() ?? ""), Normal(from.Text() ?? ""))
                    {
                        IsFirm = isFirm,
                        Origin = Known(from.Text() ?? ""),
                    };
        }
        return new() { _facts = facts, _closed = closed };
    }

    static Consent Stricter(Consent a, Consent b) => a < b ? a : b;

    void Add(Fact fact)
    {
        if (Array.BinarySearch(_facts, fact) >= 0)
            return;
        if (_facts.Length >= Capacity && !ForgetSoft() && !ForgetOne())
        {
            _closed |= fact is { Kind: FactKind.Denied, IsFirm: true };
            return;
        }
        var at = ~Array.BinarySearch(_facts, fact);
        _facts = [.. _facts[..at], fact, .. _facts[at..]];
    }

    /// <summary>
    /// Removes a fact whose removal changes no answer: between an earlier and a later one of the same name, channel and topic,
    /// where all are firm.
    /// </summary>
    bool ForgetOne()
    {
        for (var i = 1; i < _facts.Length - 1; i++)
        {
            if (_facts[i].Kind == FactKind.Linked || !SameTopic(i, 0, i) || !SameTopic(i, i + 1, _facts.Length))
                continue;
            _facts = [.. _facts[..i], .. _facts[(i + 1)..]];
            return true;
        }
        return false;
    }

    /// <summary>What nothing proves makes room: what was said again since, or else the oldest.</summary>
    bool ForgetSoft()
    {
        var at = -1;
        for (var i = 0; i < _facts.Length && (at < 0 || !SameTopic(at, at + 1, _facts.Length)); i++)
            if (!_facts[i].IsFirm && (at < 0 || SameTopic(i, i + 1, _facts.Length)))
                at = i;
        if (at >= 0)
            _facts = [.. _facts[..at], .. _facts[(at + 1)..]];
        return at >= 0;
    }

    bool SameTopic(int index, int from, int until)
    {
        var fact = _facts[index];
        for (var i = from; i < until; i++)
            if (
                _facts[i].Kind != FactKind.Linked
                && _facts[i].Name == fact.Name
                && _facts[i].Channel == fact.Channel
                && _facts[i].Topic == fact.Topic
            )
                return true;
        return false;
    }

    List<Side> Sides()
    {
        var sides = new List<Side>();
        foreach (var fact in _facts)
        {
            var side = SideOf(sides, fact.Name);
            if (fact.Kind != FactKind.Linked)
            {
                side.Say(fact.Channel, fact.Topic, fact.Kind == FactKind.Granted, fact.IsFirm);
                continue;
            }
            var other = SideOf(sides, fact.Other);
            if (ReferenceEquals(side, other))
                continue;
            side.Merge(other);
            sides.Remove(other);
        }
        return sides;
    }

    static Side SideOf(List<Side> sides, long name)
    {
        foreach (var side in sides)
            if (side.Names.Contains(name))
                return side;
        var added = new Side { Names = [name] };
        sides.Add(added);
        return added;
    }

    /// <summary>One instance of each word in use: most ledgers hold the same few.</summary>
    static string Normal(string word)
    {
        word = word.Trim().ToLowerInvariant();
        if (word.Length > 64)
            word = word[..64];
        return Known(word);
    }

    static string Known(string word) => string.IsInterned(word) ?? word;

    /// <summary>In order of the time; at one time grants, then denials, then links: the strictest reading of a tie.</summary>
    enum FactKind : byte
    {
        Granted = 0,
        Denied = 1,
        Linked = 2,
    }

    readonly record struct Fact(long Time, FactKind Kind, long Name, long Other, string Channel, string Topic) : IComparable<Fact>
    {
        public bool IsFirm { get; init; }
        public string Origin { get; init; } = "";

        public int CompareTo(Fact other)
        {
            var order = Time.CompareTo(other.Time);
            if (order == 0)
                order = Kind.CompareTo(other.Kind);
            if (order == 0)
                order = Name.CompareTo(other.Name);
            if (order == 0)
                order = Other.CompareTo(other.Other);
            if (order == 0)
                order = string.CompareOrdinal(Channel, other.Channel);
            if (order == 0)
                order = string.CompareOrdinal(Topic, other.Topic);
            // Firm grants before soft ones and firm denials after soft ones: the strictest reading of a tie again.
            if (order == 0)
                order = Kind == FactKind.Granted ? other.IsFirm.CompareTo(IsFirm) : IsFirm.CompareTo(other.IsFirm);
            return order == 0 ? string.CompareOrdinal(Origin, other.Origin) : order;
        }
    }

    /// <summary>Names that are one person, and what they said.</summary>
    sealed class Side
    {
        public required List<long> Names { get; init; }
        readonly Dictionary<(string Channel, string Topic), Said> _said = [];

        public bool HasHistory { get; private set; }

        public Consent Answer(string channel, string topic) => Effective(channel, topic).Consent;

        Said Effective(string channel, string topic) =>
            _said.TryGetValue((channel, topic), out var specific)
                ? specific
                : _said.GetValueOrDefault((channel, AllTopics), new(Consent.Unset, false));

        public void Say(string channel, string topic, bool granted, bool isFirm)
        {
            HasHistory = true;
            var isFirmlyDenied = Effective(channel, topic) is { Consent: Consent.Denied, IsFirm: true };
            if (granted && !isFirm && isFirmlyDenied)
                return;
            if (topic == AllTopics)
                foreach (var (key, said) in _said)
                    if (key.Channel == channel && (said.Consent == Consent.Unset || !granted && said.Consent == Consent.Granted))
                        _said.Remove(key);
                    else if (key.Channel == channel && !granted && isFirm)
                        _said[key] = said with { IsFirm = true };
            _said[(channel, topic)] = granted ? new(Consent.Granted, isFirm) : new(Consent.Denied, isFirm || isFirmlyDenied);
        }

        public void Merge(Side other)
        {
            Names.AddRange(other.Names);
            if (!other.HasHistory)
                return;
            if (!HasHistory)
            {
                foreach (var (key, said) in other._said)
                    _said[key] = said;
                HasHistory = true;
                return;
            }
            var merged = new Dictionary<(string Channel, string Topic), Said>();
            foreach (var key in _said.Keys.Concat(other._said.Keys))
                merged[key] = Stricter(Effective(key.Channel, key.Topic), other.Effective(key.Channel, key.Topic));
            _said.Clear();
            foreach (var (key, said) in merged)
                _said[key] = said;
        }

        static Said Stricter(Said a, Said b) =>
            a.Consent == b.Consent ? a with { IsFirm = a.IsFirm || b.IsFirm }
            : a.Consent < b.Consent ? a
            : b;
    }

    readonly record struct Said(Consent Consent, bool IsFirm);
}

/// <summary>A change of consent, as it was said. <paramref name="Time"/> in Unix milliseconds.</summary>
[GenerateSerializer, Immutable, Alias("consent-change")]
public readonly record struct ConsentChange(long Time, string Channel, string Topic, bool Granted, string Origin);

/// <summary>How well it is proved that the person said so.</summary>
public enum Firmness : byte
{
    /// <summary>A grant from a browser that is signed in, or the withdrawal of a visitor whom nothing proves.</summary>
    Soft = 0,

    /// <summary>
    /// The shop's server, an import or a confirmed address granted it; or a signed call, a signed link, one click or the shop's
    /// server withdrew it.
    /// </summary>
    Firm = 1,
}

/// <summary>What a person said about a topic, the strictest first.</summary>
public enum Consent : byte
{
    Denied = 0,

    /// <summary>Nothing was said, so nothing is sent.</summary>
    Unset = 1,
    Granted = 2,
}
