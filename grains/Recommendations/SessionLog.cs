namespace Personalization.Recommendations;

/// <summary>Clicks of recent sessions, session by session, in one ring of integers. A session that outgrows its block moves to
/// the front of the ring, so what the ring runs over is always the oldest. A session is known by its number, which grows by one;
/// a number whose session is gone yields nothing. One writer; readers beside it see a session as it was, as it is, or not at
/// all.</summary>
sealed class SessionLog
{
    const int SignalShift = 28;
    const int HeaderLength = 2; // slot, room
    const int FirstRoom = 4;

    /// <summary>Products are numbered below this, so that a click fits an integer together with its signal.</summary>
    public const int MaxProducts = 1 << SignalShift;

    readonly int _maxSessions;
    readonly int _maxClicks;
    readonly int _maxLength;
    readonly Dictionary<ulong, int> _open = [];
    volatile Slots _slots;
    volatile int[] _ring;
    volatile int _next; // number of the next session
    int _head; // where the next block goes
    int _tail; // oldest block
    int _limit; // end of the blocks that lie above the head
    int _blocks;

    public SessionLog(ItemIndexOptions options)
    {
        (_maxSessions, _maxClicks, _maxLength) = (options.MaxSessions, options.MaxClicks, options.MaxSessionLength);
        _slots = new Slots(Math.Min(256, _maxSessions));
        _ring = new int[Math.Min(1 << 12, _maxClicks)];
        if (_ring.Length < Needed(_maxLength))
            _ring = new int[Math.Min(_maxClicks, 4 * Needed(_maxLength))];
    }

    /// <summary>Sessions ever begun; the latest has this number less one.</summary>
    public int Begun => _next;

    /// <summary>Numbers the ring holds now: never above the bound.</summary>
    public int RoomTaken => _ring.Length;

    /// <summary>Sessions that can still be read.</summary>
    public int Live => _open.Count;

    public static int ProductOf(int click) => click & (MaxProducts - 1);

    public static Signal SignalOf(int click) => (Signal)(click >> SignalShift);

    /// <summary>The session of that key, begun if new. Writer only.</summary>
    public int Open(ulong key, int time)
    {
        if (_open.TryGetValue(key, out var session))
        {
            ref var last = ref _slots.All[SlotOf(session)].Time;
            last = Math.Max(last, time);
            return session;
        }
        session = _next;
        if (session == int.MaxValue)
            throw new InvalidOperationException("The index has numbered all the sessions it can.");
        var slot = SlotOf(session);
        if (slot >= _slots.All.Length)
            _slots = _slots.Grown(_maxSessions);
        else if (_slots.All[slot].Start >= 0)
            Forget(slot);
        ref var begun = ref _slots.All[slot];
        (begun.Count, begun.Time, begun.Start) = (0, time, -1);
        _slots.Keys[slot] = key;
        Volatile.Write(ref begun.Number, session);
        _open[key] = session;
        _next = session + 1;
        return session;
    }

    /// <summary>Adds a click at the end. Writer only.</summary>
    public void Append(int session, int product, Signal signal)
    {
        var slot = SlotOf(session);
        var (start, count) = (_slots.All[slot].Start, _slots.All[slot].Count);
        if (start < 0 || count == _ring[start + 1])
        {
            if (count == _maxLength)
                count = DropOlderHalf(slot, start);
            else
                start = Move(slot, start, count);
        }
        _ring[start + HeaderLength + count] = product | ((int)signal << SignalShift);
        Volatile.Write(ref _slots.All[slot].Count, count + 1);
    }

    /// <summary>Raises the signal of a click already there. Writer only.</summary>
    public void Strengthen(int session, int index, Signal signal)
    {
        ref var click = ref _ring[_slots.All[SlotOf(session)].Start + HeaderLength + index];
        if (SignalOf(click) < signal)
            click = ProductOf(click) | ((int)signal << SignalShift);
    }

    /// <summary>The session's clicks, oldest first (see <see cref="ProductOf"/>); empty when it is gone.</summary>
    public ReadOnlySpan<int> Clicks(int session)
    {
        var all = _slots.All;
        var slot = SlotOf(session);
        if ((uint)slot >= (uint)all.Length)
            return default;
        ref readonly var entry = ref all[slot];
        if (entry.Number != session)
            return default;
        var count = Volatile.Read(in entry.Count);
        var start = entry.Start;
        var clicks = _ring;
        if (start < 0 || start + HeaderLength + (long)count > clicks.Length)
            return default;
        return clicks.AsSpan(start + HeaderLength, count);
    }

    /// <summary>Time of each session's latest act, unix seconds; 0 when it is gone.</summary>
    public void TimesOf(ReadOnlySpan<int> sessions, Span<int> times)
    {
        var all = _slots.All;
        for (var i = 0; i < sessions.Length; i++)
        {
            var slot = SlotOf(sessions[i]);
            times[i] = (uint)slot < (uint)all.Length && all[slot].Number == sessions[i] ? all[slot].Time : 0;
        }
    }

    /// <summary>Key of the session; 0 when it is gone.</summary>
    public ulong KeyOf(int session)
    {
        var (columns, slot) = (_slots, SlotOf(session));
        return (uint)slot < (uint)columns.All.Length && columns.All[slot].Number == session ? columns.Keys[slot] : 0;
    }

    public void Save(ImageWriter image)
    {
        var kept = Math.Min(_next, _slots.All.Length);
        image.Write<Slot>(_slots.All.AsSpan(0, kept));
        image.Write<ulong>(_slots.Keys.AsSpan(0, kept));
        image.Write<int>(_ring);
        image.Write<int>([_next, _head, _tail, _limit, _blocks]);
    }

    public static SessionLog Load(ImageReader image, ItemIndexOptions options)
    {
        var log = new SessionLog(options);
        var slots = new Slots(image.Read<Slot>(), image.Read<ulong>());
        log._ring = image.Read<int>();
        if (image.Read<int>() is not { Length: 5 } state)
            throw new InvalidDataException("The image lacks its session log.");
        (log._next, log._head, log._tail, log._limit, log._blocks) = (state[0], state[1], state[2], state[3], state[4]);
        log._slots = slots.All.Length > 0 ? slots : log._slots;
        return log;
    }

    /// <summary>After loading: finds the sessions by their keys again. Writer only.</summary>
    public void Reopen()
    {
        _open.EnsureCapacity(_slots.All.Length);
        for (var slot = 0; slot < _slots.All.Length; slot++)
            if (_slots.All[slot].Start >= 0)
                _open[_slots.Keys[slot]] = _slots.All[slot].Number;
    }

    // A division is dear, and hardly an index has begun more sessions than it keeps.
    int SlotOf(int session) => session < _maxSessions ? session : session % _maxSessions;

    static int Needed(int room) => room + HeaderLength;

    int DropOlderHalf(int slot, int start)
    {
        var kept = _maxLength / 2;
        var clicks = _ring.AsSpan(start + HeaderLength, _maxLength);
        clicks[^kept..].CopyTo(clicks);
        _slots.All[slot].Count = kept;
        return kept;
    }

    /// <summary>Copies the session into a block of twice the room at the head. The place is given up first, because making
    /// room may run over it.</summary>
    int Move(int slot, int start, int count)
    {
        Span<int> clicks = stackalloc int[count];
        if (count > 0)
            _ring.AsSpan(start + HeaderLength, count).CopyTo(clicks);
        _slots.All[slot].Start = -1;
        var room = Math.Min(_maxLength, Math.Max(FirstRoom, count * 2));
        var moved = Allocate(slot, room);
        clicks.CopyTo(_ring.AsSpan(moved + HeaderLength));
        Volatile.Write(ref _slots.All[slot].Start, moved);
        return moved;
    }

    int Allocate(int slot, int room)
    {
        var needed = Needed(room);
        if (_head + needed > _ring.Length && !GrowRing(needed))
        {
            while (_blocks > 0 && _tail >= _head)
                Evict();
            _limit = _head;
            _head = 0;
            if (_blocks == 0)
                _tail = 0;
        }
        while (_blocks > 0 && _tail >= _head && _tail < _head + needed)
            Evict();
        if (_blocks == 0)
            _tail = _head;
        var place = _head;
        _ring[place] = slot;
        _ring[place + 1] = room;
        _head += needed;
        _blocks++;
        return place;
    }

    bool GrowRing(int needed)
    {
        if (_ring.Length >= _maxClicks || _head + (long)needed > _maxClicks)
            return false;
        var larger = _ring;
        Array.Resize(ref larger, (int)Math.Min(_maxClicks, Math.Max(_head + (long)needed, _ring.Length * 2L)));
        _ring = larger;
        return true;
    }

    void Evict()
    {
        var slot = _ring[_tail];
        if (_slots.All[slot].Start == _tail)
            Forget(slot);
        _tail += Needed(_ring[_tail + 1]);
        _blocks--;
        if (_tail == _limit && _tail > _head)
            _tail = 0;
    }

    void Forget(int slot)
    {
        _open.Remove(_slots.Keys[slot]);
        _slots.All[slot].Number = -1;
        _slots.All[slot].Start = -1;
    }

    /// <summary>Where a session's clicks lie: all that a prediction asks of it, in one place of memory.</summary>
    struct Slot
    {
        public int Number;
        public int Start;
        public int Count;
        public int Time;
    }

    /// <summary>Session n lives in slot n modulo the most sessions kept.</summary>
    sealed class Slots(Slot[] all, ulong[] keys)
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
