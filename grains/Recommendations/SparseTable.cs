using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Personalization.Recommendations;

/// <summary>A table from integer keys to rows of numbers; rows lie in the order in which keys came. Reused between
/// predictions, so that it allocates only while it has not yet met its largest size.</summary>
/// <param name="width">Numbers per row.</param>
internal sealed class SparseTable(int width)
{
    private Place[] places = new Place[1024];
    private int[] keys = new int[512];
    private float[] values = new float[512 * width];
    private int shift = 32 - 10;

    /// <summary>A key and its row + 1; row 0 stands for an empty place.</summary>
    private record struct Place(int Key, int Row);

    public int Count { get; private set; }

    public ReadOnlySpan<int> Keys => keys.AsSpan(0, Count);

    /// <summary>All rows, one after the other.</summary>
    public Span<float> Values => values.AsSpan(0, Count * width);

    public Span<float> Row(int row) => values.AsSpan(row * width, width);

    public void Clear()
    {
        Array.Clear(places);
        Count = 0;
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
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(values), row * width);
    }

    /// <summary>The row of the key, or -1.</summary>
    public int RowOf(int key) => Find(key).Row - 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Place Find(int key)
    {
        var all = places;
        var mask = all.Length - 1;
        ref var first = ref MemoryMarshal.GetArrayDataReference(all);
        // The shift leaves as many bits as the table's length has: no place lies outside.
        var at = (int)((uint)key * 2654435769u >> shift);
        ref var place = ref Unsafe.Add(ref first, at);
        while (place.Row > 0 && place.Key != key) place = ref Unsafe.Add(ref first, at = (at + 1) & mask);
        return ref place;
    }

    private int AddNew(int key, ref Place place)
    {
        if (Count == keys.Length)
        {
            Grow();
            place = ref Find(key);
        }
        keys[Count] = key;
        Row(Count).Clear();
        place = new(key, ++Count);
        return Count - 1;
    }

    private void Grow()
    {
        Array.Resize(ref keys, keys.Length * 2);
        Array.Resize(ref values, values.Length * 2);
        places = new Place[places.Length * 2];
        shift = 32 - BitOperations.Log2((uint)places.Length);
        for (var row = 0; row < Count; row++) Find(keys[row]) = new(keys[row], row + 1);
    }
}
