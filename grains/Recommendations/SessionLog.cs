namespace Personalization.Recommendations;

/// <summary>Clicks of recent sessions, session by session, in one ring of integers. A session that outgrows its block moves to
/// the front of the ring, so what the ring runs over is always the oldest. A session is known by its number, which grows by one;
/// a number whose session is gone yields nothing. One writer; readers beside it see a session as it was, as it is, or not at
/// all.</summary>
internal sealed class SessionLog
{
    private const int SignalShift = 28;
    private const int HeaderLength = 2; // slot, room
    private const int FirstRoom = 4;

    /// <summary>Products are numbered below this, so that a click fits an integer together with its signal.</summary>
    public const int MaxProducts = 1 << SignalShift;

    private readonly int maxSessions;
    private readonly int maxClicks;
    private readonly int maxLength;
    private readonly Dictionary<ulong, int> open = [];
    private volatile Slots slots;
    private volatile int[] ring;
    private volatile int next; // number of the next session
    private int head; // where the next block goes
    private int tail; // oldest block
    private int limit; // end of the blocks that lie above the head
    private int blocks;

    public SessionLog(ItemIndexOptions options)
    {
        (maxSessions, maxClicks, maxLength) = (options.MaxSessions, options.MaxClicks, options.MaxSessionLength);
        slots = new Slots(Math.Min(256, maxSessions));
        ring = new int[Math.Min(1 << 12, maxClicks)];
        if (ring.Length < Needed(maxLength))
            ring = new int[Math.Min(maxClicks, 4 * Needed(maxLength))];
    }

    /// <summary>Sessions ever begun; the latest has this number less one.</summary>
    public int Begun => next;

    /// <summary>Numbers the ring holds now: never above the bound.</summary>
    public int RoomTaken => ring.Length;

    /// <summary>Sessions that can still be read.</summary>
    public int Live => open.Count;

    public static int ProductOf(int click) => click & (MaxProducts - 1);

    public static Signal SignalOf(int click) => (Signal)(click >> SignalShift);

    /// <summary>The session of that key, begun if new. Writer only.</summary>
    public int Open(ulong key, int time)
    {
        if (open.TryGetValue(key, out var session))
        {
            ref var last = ref slots.All[SlotOf(session)].Time;
            last = Math.Max(last, time);
            return session;
        }
        session = next;
        if (session == int.MaxValue)
            throw new InvalidOperationException("The index has numbered all the sessions it can.");
        var slot = SlotOf(session);
        if (slot >= slots.All.Length)
            slots = slots.Grown(maxSessions);
        else if (slots.All[slot].Start >= 0)
            Forget(slot);
        ref var begun = ref slots.All[slot];
        (begun.Count, begun.Time, begun.Start) = (0, time, -1);
        slots.Keys[slot] = key;
        Volatile.Write(ref begun.Number, session);
        open[key] = session;
        next = session + 1;
        return session;
    }

    /// <summary>Adds a click at the end. Writer only.</summary>
    public void Append(int session, int product, Signal signal)
    {
        var slot = SlotOf(session);
        var (start, count) = (slots.All[slot].Start, slots.All[slot].Count);
        if (start < 0 || count == ring[start + 1])
        {
            if (count == maxLength)
                count = DropOlderHalf(slot, start);
            else
                start = Move(slot, start, count);
        }
        ring[start + HeaderLength + count] = product | ((int)signal << SignalShift);
        Volatile.Write(ref slots.All[slot].Count, count + 1);
    }

    /// <summary>Raises the signal of a click already there. Writer only.</summary>
    public void Strengthen(int session, int index, Signal signal)
    {
        ref var click = ref ring[slots.All[SlotOf(session)].Start + HeaderLength + index];
        if (SignalOf(click) < signal)
            click = ProductOf(click) | ((int)signal << SignalShift);
    }

    /// <summary>The session's clicks, oldest first (see <see cref="ProductOf"/>); empty when it is gone.</summary>
    public ReadOnlySpan<int> Clicks(int session)
    {
        var all = slots.All;
        var slot = SlotOf(session);
        if ((uint)slot >= (uint)all.Length)
            return default;
        ref readonly var entry = ref all[slot];
        if (entry.Number != session)
            return default;
        var count = Volatile.Read(in entry.Count);
        var start = entry.Start;
        var clicks = ring;
        if (start < 0 || start + HeaderLength + (long)count > clicks.Length)
            return default;
        return clicks.AsSpan(start + HeaderLength, count);
    }

    /// <summary>Time of each session's latest act, unix seconds; 0 when it is gone.</summary>
    public void TimesOf(ReadOnlySpan<int> sessions, Span<int> times)
    {
        var all = slots.All;
        for (var i = 0; i < sessions.Length; i++)
        {
            var slot = SlotOf(sessions[i]);
            times[i] = (uint)slot < (uint)all.Length && all[slot].Number == sessions[i] ? all[slot].Time : 0;
        }
    }

    /// <summary>Key of the session; 0 when it is gone.</summary>
    public ulong KeyOf(int session)
    {
        var (columns, slot) = (slots, SlotOf(session));
        return (uint)slot < (uint)columns.All.Length && columns.All[slot].Number == session ? columns.Keys[slot] : 0;
    }

    public void Save(ImageWriter image)
    {
        var kept = Math.Min(next, slots.All.Length);
        image.Write<Slot>(slots.All.AsSpan(0, kept));
        image.Write<ulong>(slots.Keys.AsSpan(0, kept));
        image.Write<int>(ring);
        image.Write<int>([next, head, tail, limit, blocks]);
    }

    public static SessionLog Load(ImageReader image, ItemIndexOptions options)
    {
        var log = new SessionLog(options);
        var slots = new Slots(image.Read<Slot>(), image.Read<ulong>());
        log.ring = image.Read<int>();
        if (image.Read<int>() is not { Length: 5 } state)
            throw new InvalidDataException("The image lacks its session log.");
        (log.next, log.head, log.tail, log.limit, log.blocks) = (state[0], state[1], state[2], state[3], state[4]);
        log.slots = slots.All.Length > 0 ? slots : log.slots;
        return log;
    }

    /// <summary>After loading: finds the sessions by their keys again. Writer only.</summary>
    public void Reopen()
    {
        open.EnsureCapacity(slots.All.Length);
        for (var slot = 0; slot < slots.All.Length; slot++)
            if (slots.All[slot].Start >= 0)
                open[slots.Keys[slot]] = slots.All[slot].Number;
    }

    // A division is dear, and hardly an index has begun more sessions than it keeps.
    private int SlotOf(int session) => session < maxSessions ? session : session % maxSessions;

    private static int Needed(int room) => room + HeaderLength;

    private int DropOlderHalf(int slot, int start)
    {
        var kept = maxLength / 2;
        var clicks = ring.AsSpan(start + HeaderLength, maxLength);
        clicks[^kept..].CopyTo(clicks);
        slots.All[slot].Count = kept;
        return kept;
    }

    /// <summary>Copies the session into a block of twice the room at the head. The place is given up first, because making
    /// room may run over it.</summary>
    private int Move(int slot, int start, int count)
    {
        Span<int> clicks = stackalloc int[count];
        if (count > 0)
            ring.AsSpan(start + HeaderLength, count).CopyTo(clicks);
        slots.All[slot].Start = -1;
        var room = Math.Min(maxLength, Math.Max(FirstRoom, count * 2));
        var moved = Allocate(slot, room);
        clicks.CopyTo(ring.AsSpan(moved + HeaderLength));
        Volatile.Write(ref slots.All[slot].Start, moved);
        return moved;
    }

    private int Allocate(int slot, int room)
    {
        var needed = Needed(room);
        if (head + needed > ring.Length && !GrowRing(needed))
        {
            while (blocks > 0 && tail >= head)
                Evict();
            limit = head;
            head = 0;
            if (blocks == 0)
                tail = 0;
        }
        while (blocks > 0 && tail >= head && tail < head + needed)
            Evict();
        if (blocks == 0)
            tail = head;
        var place = head;
        ring[place] = slot;
        ring[place + 1] = room;
        head += needed;
        blocks++;
        return place;
    }

    private bool GrowRing(int needed)
    {
        if (ring.Length >= maxClicks || head + (long)needed > maxClicks)
            return false;
        var larger = ring;
        Array.Resize(ref larger, (int)Math.Min(maxClicks, Math.Max(head + (long)needed, ring.Length * 2L)));
        ring = larger;
        return true;
    }

    private void Evict()
    {
        var slot = ring[tail];
        if (slots.All[slot].Start == tail)
            Forget(slot);
        tail += Needed(ring[tail + 1]);
        blocks--;
        if (tail == limit && tail > head)
            tail = 0;
    }

    private void Forget(int slot)
    {
        open.Remove(slots.Keys[slot]);
        slots.All[slot].Number = -1;
        slots.All[slot].Start = -1;
    }

    /// <summary>Where a session's clicks lie: all that a prediction asks of it, in one place of memory.</summary>
    private struct Slot
    {
        public int Number;
        public int Start;
        public int Count;
        public int Time;
    }

    /// <summary>Session n lives in slot n modulo the most sessions kept.</summary>
    private sealed class Slots(Slot[] all, ulong[] keys)
    {
        public readonly Slot[] All = all;
        public readonly ulong[] Keys = keys;

        public Slots(int size)
            : this(new Slot[size], new ulong[size]) => Array.Fill(All, new() { Number = -1, Start = -1 });

        public Slots Grown(int most)
        {
            var grown = new Slots((int)Math.Min(most, All.Length * 2L));
            All.CopyTo(grown.All, 0);
            Keys.CopyTo(grown.Keys, 0);
            return grown;
        }
    }
}
