using System.Numerics;

namespace Personalization.Recommendations;

/// <summary>Scratch table from integer keys to rows of numbers; rows lie in the order in which keys came. Reused between
/// predictions, so that it allocates only while it has not yet met its largest size.</summary>
/// <param name="width">Numbers per row.</param>
internal sealed class SparseTable(int width)
{
    private int[] places = new int[1024]; // row + 1, or 0
    private int[] keys = new int[512];
    private float[] values = new float[512 * width];
    private int shift = 32 - 10;

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
        var at = Find(key);
        if (places[at] > 0) return places[at] - 1;
        if (Count == keys.Length)
        {
            Grow();
            at = Find(key);
        }
        keys[Count] = key;
        Row(Count).Clear();
        places[at] = ++Count;
        return Count - 1;
    }

    /// <summary>The row of the key, or -1.</summary>
    public int RowOf(int key) => places[Find(key)] - 1;

    private int Find(int key)
    {
        var mask = places.Length - 1;
        var at = (int)((uint)key * 2654435769u >> shift);
        while (places[at] > 0 && keys[places[at] - 1] != key) at = (at + 1) & mask;
        return at;
    }

    private void Grow()
    {
        Array.Resize(ref keys, keys.Length * 2);
        Array.Resize(ref values, values.Length * 2);
        places = new int[places.Length * 2];
        shift = 32 - BitOperations.Log2((uint)places.Length);
        for (var row = 0; row < Count; row++) places[Find(keys[row])] = row + 1;
    }
}
