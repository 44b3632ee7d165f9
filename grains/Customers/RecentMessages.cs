using Personalization.Codec;

namespace Personalization.Customers;

/// <summary>
/// The message ids of the last day, as 64-bit hashes, by which a repeated delivery is known. Kept in two generations of at
/// least 24 hours each: an id is remembered for 24 to 48 hours and costs eight bytes. A mutable struct that lives in a field.
/// </summary>
public struct RecentMessages
{
    public const long Window = 24 * 3600_000;

    /// <summary>A customer that sends more in a day is a machine; its oldest ids are forgotten first.</summary>
    public const int Bound = 4096;

    BoundedList<ulong> _current,
        _previous;
    long _since;

    public readonly bool Contains(ulong message) => _current.Span.Contains(message) || _previous.Span.Contains(message);

    /// <summary>Remembers a message received at a time (Unix milliseconds).</summary>
    public void Add(ulong message, long received)
    {
        if (message == 0)
            return;
        if (_current.Count == 0)
            _since = received;
        else if (received - _since >= Window)
        {
            _previous = _current;
            _current = default;
            _since = received;
        }
        _current.Add(message, Bound);
    }

    public readonly void Save(ByteWriter w)
    {
        w.Signed(_since);
        Save(_current, w);
        Save(_previous, w);
    }

    public void Load(ref ByteReader r)
    {
        _since = r.Signed();
        _current = Read(ref r);
        _previous = Read(ref r);
    }

    static void Save(BoundedList<ulong> hashes, ByteWriter w)
    {
        w.Unsigned((ulong)hashes.Count);
        foreach (var hash in hashes.Span)
            w.Fixed64(hash);
    }

    static BoundedList<ulong> Read(ref ByteReader r)
    {
        var hashes = new BoundedList<ulong>();
        for (var left = r.Count(); left > 0; left--)
            hashes.Add(r.Fixed64(), Bound);
        return hashes;
    }
}
