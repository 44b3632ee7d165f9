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

    readonly EntrySignal signal = new(time, position);
    readonly Lock gate = new();
    readonly JournalEntry?[] ring = new JournalEntry?[Capacity];

    /// <summary>Position of the oldest entry that is here, and of the next to come.</summary>
    long first = position + 1,
        next = position + 1;

    public long Position => signal.Position;

    /// <summary>Takes what was committed, in the order of the journal.</summary>
    /// <param name="turns">Of one commit.</param>
    /// <param name="last">The position of the last of them.</param>
    public void Append(IReadOnlyList<TurnEntry> turns, long last)
    {
        lock (gate)
        {
            var at = last - turns.Count + 1;
            if (at != next)
                first = at;
            for (var i = 0; i < turns.Count; i++, at++)
                ring[at % Capacity] = new JournalEntry(
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
            next = at;
            first = Math.Max(first, next - Capacity);
        }
        signal.Advance(last);
    }

    /// <summary>Entries after a position; null where they go back further than what is here.</summary>
    public List<JournalEntry>? TryRead(long after, int limit)
    {
        lock (gate)
        {
            if (after + 1 < first)
                return null;
            var entries = new List<JournalEntry>((int)Math.Clamp(next - after - 1, 0, limit));
            for (var at = after + 1; at < next && entries.Count < limit; at++)
                entries.Add(ring[at % Capacity]!);
            return entries;
        }
    }

    public Task WaitAsync(long beyond, TimeSpan atMost, CancellationToken cancel) => signal.WaitAsync(beyond, atMost, cancel);

    static byte[] BytesOf(ReadOnlyMemory<byte> body) =>
        MemoryMarshal.TryGetArray(body, out var segment) && segment.Array is { } array && array.Length == body.Length
            ? array
            : body.ToArray();
}
