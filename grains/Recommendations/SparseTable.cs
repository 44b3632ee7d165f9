using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Personalization.Recommendations;

/// <summary>A table from integer keys to rows of numbers; rows lie in the order in which keys came. Reused between
/// predictions, so that it allocates only while it has not yet met its largest size; each begins with few places, so that what
/// a small one touches stays near the processor.</summary>
/// <param name="width">Numbers per row.</param>
sealed class SparseTable(int width)
{
    const int FewestPlaces = 1024;
    const int ZeroedAtOnce = 64;
    const uint Spreading = 2_654_435_769; // 2^32 over the golden ratio (Knuth, TAOCP vol. 3, 6.4)

    Place[] _places = new Place[FewestPlaces];
    int[] _keys = new int[(FewestPlaces / 2) + 1]; // the last is written and not kept
    Aligned<float> _values = new(FewestPlaces / 2 * width);
    int _shift = ShiftOf(FewestPlaces);
    int _room = FewestPlaces / 2; // rows until there have to be more places
    int _zeroed; // rows that are empty or in use

    /// <summary>A key and its row + 1; row 0 stands for an empty place.</summary>
    record struct Place(int Key, int Row);

    public int Count { get; private set; }

    public ReadOnlySpan<int> Keys => _keys.AsSpan(0, Count);

    /// <summary>All rows, one after the other.</summary>
    public Span<float> Values => _values.Span[..(Count * width)];

    public ref float First => ref _values.First;

    /// <summary>The first number of the row named at a place of what <see cref="AddAll"/> filled; not checked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref float At(int[] rows, int at) =>
        ref Unsafe.Add(ref _values.First, Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(rows), at) * width);

    public Span<float> Row(int row) => _values.Span.Slice(row * width, width);

    /// <param name="expected">How many keys may come: not a bound.</param>
    public void Clear(int expected = 0)
    {
        (Count, _zeroed) = (0, 0);
        Lay(Math.Max(FewestPlaces, (int)BitOperations.RoundUpToPowerOf2((uint)(2 * expected))));
    }

    /// <summary>The row of the key, added with zeros if new.</summary>
    public int Add(int key)
    {
        ref var place = ref Find(key);
        return place.Row > 0 ? place.Row - 1 : AddNew(key, ref place);
    }

    /// <summary>The first number of the key's row, added with zeros if new; valid until another key is added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref float At(int key)
    {
        ref var place = ref Find(key);
        var row = place.Row > 0 ? place.Row - 1 : AddNew(key, ref place);
        return ref Unsafe.Add(ref _values.First, row * width);
    }

    /// <summary>The rows of keys, which are added with zeros where new.</summary>
    /// <param name="all">Numbers that hold the keys.</param>
    /// <param name="mask">The bits of a number that are its key.</param>
    /// <param name="rows">As long; takes the row of each.</param>
    public void AddAll(ReadOnlySpan<int> all, int mask, Span<int> rows)
    {
        if (Count + all.Length > _room)
            Grow(all.Length);
        Zero(Count + all.Length);
        ref var first = ref MemoryMarshal.GetArrayDataReference(_places);
        ref var added = ref MemoryMarshal.GetArrayDataReference(_keys);
        var (shift, last, count) = (_shift, (int)(uint.MaxValue >> _shift), Count);
        rows = rows[..all.Length];
        for (var i = 0; i < all.Length; i++)
        {
            var key = all[i] & mask;
            var at = (int)((uint)key * Spreading >> shift);
            ref var place = ref Unsafe.Add(ref first, at);
            while ((place.Row != 0) & (place.Key != key))
                place = ref Unsafe.Add(ref first, at = (at + 1) & last);
            // Whether a key is new cannot be predicted: it is written in any case, and counted only if new.
            var isNew = (int)((uint)(place.Row - 1) >> 31);
            Unsafe.Add(ref added, count) = key;
            place = new(key, place.Row + (isNew * (count + 1)));
            count += isNew;
            rows[i] = place.Row - 1;
        }
        Count = count;
    }

    /// <summary>The row of the key, or -1.</summary>
    public int RowOf(int key) => Find(key).Row - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    ref Place Find(int key)
    {
        ref var first = ref MemoryMarshal.GetArrayDataReference(_places);
        var mask = (int)(uint.MaxValue >> _shift);
        // The shift leaves as many bits as there are places now: none lies outside.
        var at = (int)((uint)key * Spreading >> _shift);
        ref var place = ref Unsafe.Add(ref first, at);
        while (place.Row > 0 && place.Key != key)
            place = ref Unsafe.Add(ref first, at = (at + 1) & mask);
        return ref place;
    }

    int AddNew(int key, ref Place place)
    {
        if (Count == _room)
        {
            Grow(1);
            place = ref Find(key);
        }
        _keys[Count] = key;
        Zero(Count + 1);
        place = new(key, ++Count);
        return Count - 1;
    }

    /// <summary>Makes sure that the rows before this one were empty when they came to use.</summary>
    void Zero(int until)
    {
        if (until <= _zeroed)
            return;
        var from = _zeroed;
        _zeroed = Math.Max(until, Math.Min(_room, from + ZeroedAtOnce));
        _values.Span[(from * width)..(_zeroed * width)].Clear();
    }

    void Grow(int by)
    {
        Lay((int)BitOperations.RoundUpToPowerOf2((uint)(2 * (Count + by))));
        for (var row = 0; row < Count; row++)
            Find(_keys[row]) = new(_keys[row], row + 1);
    }

    /// <summary>Makes so many empty places, and rows for half of them.</summary>
    void Lay(int count)
    {
        (_room, _shift) = (count / 2, ShiftOf(count));
        if (_places.Length < count)
        {
            _places = new Place[count];
            Array.Resize(ref _keys, _room + 1);
            _values = _values.Grown(_room * width);
            return;
        }
        Array.Clear(_places, 0, count);
    }

    static int ShiftOf(int count) => 32 - BitOperations.Log2((uint)count);
}
