using System.Buffers.Binary;
using Personalization.Codec;

namespace Personalization.Outreach;

/// <summary>Where a message stands, as the customer remembers it.</summary>
public enum MessageState : byte
{
    Queued = 1,

    /// <summary>Given to the transport; it counts, whatever became of it.</summary>
    Dispatched = 2,
    Withheld = 3,
}

/// <summary>
/// The messages of one customer that caps are counted by: 24 bytes each, the newest <see cref="Capacity"/> of them, what
/// was withheld forgotten first. Folded from MessageQueued, MessageDispatched and MessageWithheld.
/// </summary>
public sealed class MessageLedger
{
    public const int Capacity = 64;

    Entry[] _entries = [];
    int _count;

    /// <summary>
    /// Time (Unix seconds) of the newest entry that counted and had to be forgotten, or <see cref="int.MinValue"/>.
    /// </summary>
    int _forgotten = int.MinValue;

    public int Count => _count;

    public bool IsEmpty => _count == 0 && _forgotten == int.MinValue;

    /// <summary>
    /// A message was put into the outbox, to leave at <paramref name="notBefore"/> (Unix milliseconds), or back into it because
    /// it had not left.
    /// </summary>
    public void Queued(Guid message, string playbook, long notBefore) => Set(message, playbook, notBefore, MessageState.Queued);

    /// <summary>A message was given to the transport at a time (Unix milliseconds).</summary>
    public void Dispatched(Guid message, string playbook, long time) => Set(message, playbook, time, MessageState.Dispatched);

    /// <summary>A message was decided against at a time (Unix milliseconds). One already dispatched stays so.</summary>
    public void Withheld(Guid message, string playbook, long time) => Set(message, playbook, time, MessageState.Withheld);

    /// <summary>What became of a message, or null where it is not remembered.</summary>
    public MessageState? StateOf(Guid message)
    {
        var index = IndexOf(Key(message));
        return index < 0 ? null : _entries[index].State;
    }

    /// <summary>
    /// The earliest time (Unix milliseconds) at or after <paramref name="at"/> at which one more message stays within a
    /// cap. Messages waiting in the outbox count like sent ones.
    /// </summary>
    /// <param name="counts">Which playbooks count, by <see cref="PlaybookKey"/>.</param>
    /// <param name="besides">Messages that are weighed themselves and so do not count while they wait.</param>
    /// <returns><see cref="long.MaxValue"/> for a cap of no messages at all.</returns>
    internal long RoomAt(long at, Cap cap, Func<uint, bool> counts, ReadOnlySpan<Guid> besides)
    {
        if (cap.Messages <= 0)
            return long.MaxValue;
        Span<int> newest = stackalloc int[Capacity];
        var found = 0;
        foreach (var entry in _entries.AsSpan(0, _count))
            if (
                entry.State != MessageState.Withheld
                && counts(entry.Playbook)
                && !(entry.State == MessageState.Queued && IsAmong(entry.Message, besides))
            )
                newest[found++] = entry.Time;
        newest = newest[..found];
        newest.Sort();
        // The n-th newest has to leave the window. What had to be forgotten may have been of any playbook: it counts.
        var binding = found >= cap.Messages ? newest[found - cap.Messages] : _forgotten;
        return binding == int.MinValue ? at : Math.Max(at, binding * 1000L + cap.WithinMilliseconds);
    }

    /// <summary>A playbook's name in four bytes.</summary>
    internal static uint PlaybookKey(string playbook)
    {
        var key = 2166136261u; // FNV-1a
        foreach (var character in playbook)
            key = (key ^ character) * 16777619u;
        return key;
    }

    public void Save(ByteWriter to)
    {
        to.Signed(_forgotten);
        to.Unsigned((ulong)_count);
        foreach (var entry in _entries.AsSpan(0, _count))
        {
            to.Fixed64(entry.Message);
            to.Unsigned(entry.Playbook);
            to.Signed(entry.Time);
            to.Byte((byte)entry.State);
        }
    }

    /// <exception cref="InvalidDataException">The bytes are not what <see cref="Save"/> wrote.</exception>
    public static MessageLedger Load(ref ByteReader from)
    {
        var ledger = new MessageLedger { _forgotten = from.Int(), _count = from.Count() };
        if (ledger._count > Capacity)
            throw new InvalidDataException("A message ledger is longer than it can be.");
        ledger._entries = new Entry[ledger._count];
        for (var i = 0; i < ledger._count; i++)
        {
            ledger._entries[i] = new(from.Fixed64(), (uint)from.Unsigned(), from.Int(), (MessageState)from.Byte());
            if (ledger._entries[i].State is < MessageState.Queued or > MessageState.Withheld)
                throw new InvalidDataException("A message is in no known state.");
        }
        return ledger;
    }

    void Set(Guid message, string playbook, long time, MessageState state)
    {
        var entry = new Entry(Key(message), PlaybookKey(playbook), Seconds(time), state);
        var index = IndexOf(entry.Message);
        if (index >= 0)
        {
            if (_entries[index].State != MessageState.Dispatched || state != MessageState.Withheld)
                _entries[index] = entry;
            return;
        }
        if (_count == Capacity && !Forget(entry))
            return;
        if (_count == _entries.Length)
            Array.Resize(ref _entries, Math.Min(Capacity, Math.Max(2, _count * 2)));
        _entries[_count++] = entry;
    }

    /// <summary>
    /// Makes room by removing the oldest withheld one, else the oldest; false when that is the new one itself.
    /// </summary>
    bool Forget(Entry added)
    {
        var (victim, oldest) = (-1, added);
        for (var i = 0; i < _count; i++)
            if (GoesBefore(_entries[i], oldest))
                (victim, oldest) = (i, _entries[i]);
        if (oldest.State != MessageState.Withheld)
            _forgotten = Math.Max(_forgotten, oldest.Time);
        if (victim < 0)
            return false;
        _entries[victim] = _entries[--_count];
        return true;
    }

    static bool GoesBefore(Entry a, Entry b)
    {
        var (aCounts, bCounts) = (a.State != MessageState.Withheld, b.State != MessageState.Withheld);
        return aCounts == bCounts ? a.Time < b.Time : !aCounts;
    }

    int IndexOf(ulong message)
    {
        for (var i = 0; i < _count; i++)
            if (_entries[i].Message == message)
                return i;
        return -1;
    }

    static bool IsAmong(ulong message, ReadOnlySpan<Guid> messages)
    {
        foreach (var other in messages)
            if (Key(other) == message)
                return true;
        return false;
    }

    /// <summary>Message ids are hashes: any eight bytes of one stand for it. These are free of its version bits.</summary>
    static ulong Key(Guid message)
    {
        Span<byte> bytes = stackalloc byte[16];
        message.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>Rounded up, so that no window ends early.</summary>
    static int Seconds(long milliseconds) => (int)Math.Clamp((milliseconds + 999) / 1000, int.MinValue + 1L, int.MaxValue);

    readonly record struct Entry(ulong Message, uint Playbook, int Time, MessageState State);
}
