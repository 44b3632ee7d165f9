using System.Runtime.InteropServices;
using Personalization.Journal;

namespace Personalization.Storage.Sqlite;

/// <summary>
/// The newest entries of the journal, in memory as they were committed, without their personal parts: projections, which are
/// seldom far behind, need not read them from the file again. Wakes those who wait for more.
/// </summary>
sealed class JournalTail(TimeProvider time, long position)
{
    const int Capacity = 4_096;

    readonly EntrySignal _signal = new(time, position);
    readonly Lock _gate = new();
    readonly JournalEntry?[] _ring = new JournalEntry?[Capacity];

    /// <summary>Position of the oldest entry that is here, and of the next to come.</summary>
    long _first = position + 1,
        _next = position + 1;

    public long Position => _signal.Position;

    /// <summary>Takes what was committed, in the order of the journal.</summary>
    /// <param name="turns">Of one commit.</param>
    /// <param name="last">The position of the last of them.</param>
    public void Append(IReadOnlyList<TurnEntry> turns, long last)
    {
        lock (_gate)
        {
            var at = last - turns.Count + 1;
            if (at != _next)
                _first = at;
            for (var i = 0; i < turns.Count; i++, at++)
                _ring[at % Capacity] = new JournalEntry(
                    at,
                    turns[i].Customer,
                    turns[i].Version,
                    turns[i].Time,
                    BytesOf(turns[i].Body),
                    []
                )
                {
                    AtHand = turns[i].Events,
                };
            _next = at;
            _first = Math.Max(_first, _next - Capacity);
        }
        _signal.Advance(last);
    }

    /// <summary>Entries after a position; null where they go back further than what is here.</summary>
    public List<JournalEntry>? TryRead(long after, int limit)
    {
        lock (_gate)
        {
            if (after + 1 < _first)
                return null;
            var entries = new List<JournalEntry>((int)Math.Clamp(_next - after - 1, 0, limit));
            for (var at = after + 1; at < _next && entries.Count < limit; at++)
                entries.Add(_ring[at % Capacity]!);
            return entries;
        }
    }

    public Task WaitAsync(long beyond, TimeSpan atMost, CancellationToken cancel) => _signal.WaitAsync(beyond, atMost, cancel);

    static byte[] BytesOf(ReadOnlyMemory<byte> body) =>
        MemoryMarshal.TryGetArray(body, out var segment) && segment.Array is { } array && array.Length == body.Length
            ? array
            : body.ToArray();
}
