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
/// </remarks>
public sealed class ConsentLedger
{
    /// <summary>The topic that stands for all of a channel.</summary>
    public const string AllTopics = "*";

    /// <summary>
    /// No honest person says this much. Beyond it, facts without effect are forgotten; where there are none, grants and links
    /// are not taken (which can only forbid), and a denial closes the ledger for good.
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
    public void Record(long name, string channel, string topic, bool granted, long time) =>
        Add(new(time, granted ? FactKind.Granted : FactKind.Denied, name, 0, Normal(channel), Normal(topic)));

    /// <summary>Two names were found to be one person at a time (Unix milliseconds).</summary>
    public void Link(long nameA, long nameB, long time)
    {
        if (nameA != nameB)
            Add(new(time, FactKind.Linked, Math.Min(nameA, nameB), Math.Max(nameA, nameB), "", ""));
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

    /// <summary>Everything that was said and linked, by time: for exports and the customer's own view.</summary>
    public IEnumerable<(long Time, long Name, string Channel, string Topic, bool Granted)> Changes()
    {
        foreach (var fact in _facts)
            if (fact.Kind != FactKind.Linked)
                yield return (fact.Time, fact.Name, fact.Channel, fact.Topic, fact.Kind == FactKind.Granted);
    }

    public void Save(ByteWriter to)
    {
        to.Bool(_closed);
        to.Unsigned((ulong)_facts.Length);
        foreach (var fact in _facts)
        {
            to.Byte((byte)fact.Kind);
            to.Signed(fact.Time);
            to.Signed(fact.Name);
            if (fact.Kind == FactKind.Linked)
            {
                to.Signed(fact.Other);
                continue;
            }
            to.Text(fact.Channel);
            to.Text(fact.Topic);
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
            var (time, name) = (from.Signed(), from.Signed());
            facts[i] =
                kind == FactKind.Linked
                    ? new(time, kind, name, from.Signed(), "", "")
                    : new(time, kind, name, 0, Normal(from.Text() ?? ""), Normal(from.Text() ?? ""));
        }
        return new() { _facts = facts, _closed = closed };
    }

    static Consent Stricter(Consent a, Consent b) => a < b ? a : b;

    void Add(Fact fact)
    {
        if (Array.BinarySearch(_facts, fact) >= 0)
            return;
        if (_facts.Length >= Capacity && !ForgetOne())
        {
            _closed |= fact.Kind == FactKind.Denied;
            return;
        }
        var at = ~Array.BinarySearch(_facts, fact);
        _facts = [.. _facts[..at], fact, .. _facts[at..]];
    }

    /// <summary>
    /// Removes a fact whose removal changes no answer: between an earlier and a later one of the same name, channel and topic.
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
                side.Say(fact.Channel, fact.Topic, fact.Kind == FactKind.Granted);
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
        return string.IsInterned(word) ?? word;
    }

    /// <summary>In order of the time; at one time grants, then denials, then links: the strictest reading of a tie.</summary>
    enum FactKind : byte
    {
        Granted = 0,
        Denied = 1,
        Linked = 2,
    }

    readonly record struct Fact(long Time, FactKind Kind, long Name, long Other, string Channel, string Topic) : IComparable<Fact>
    {
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
            return order == 0 ? string.CompareOrdinal(Topic, other.Topic) : order;
        }
    }

    /// <summary>Names that are one person, and what they said.</summary>
    sealed class Side
    {
        public required List<long> Names { get; init; }
        readonly Dictionary<(string Channel, string Topic), Consent> _said = [];

        public bool HasHistory { get; private set; }

        public Consent Answer(string channel, string topic) =>
            _said.TryGetValue((channel, topic), out var specific)
                ? specific
                : _said.GetValueOrDefault((channel, AllTopics), Consent.Unset);

        public void Say(string channel, string topic, bool granted)
        {
            HasHistory = true;
            if (topic == AllTopics)
                foreach (var (key, consent) in _said)
                    if (key.Channel == channel && (consent == Consent.Unset || !granted && consent == Consent.Granted))
                        _said.Remove(key);
            _said[(channel, topic)] = granted ? Consent.Granted : Consent.Denied;
        }

        public void Merge(Side other)
        {
            Names.AddRange(other.Names);
            if (!other.HasHistory)
                return;
            if (!HasHistory)
            {
                foreach (var (key, consent) in other._said)
                    _said[key] = consent;
                HasHistory = true;
                return;
            }
            var merged = new Dictionary<(string Channel, string Topic), Consent>();
            foreach (var key in _said.Keys.Concat(other._said.Keys))
                merged[key] = Stricter(Answer(key.Channel, key.Topic), other.Answer(key.Channel, key.Topic));
            _said.Clear();
            foreach (var (key, consent) in merged)
                _said[key] = consent;
        }
    }
}

/// <summary>What a person said about a topic, the strictest first.</summary>
public enum Consent : byte
{
    Denied = 0,

    /// <summary>Nothing was said, so nothing is sent.</summary>
    Unset = 1,
    Granted = 2,
}
