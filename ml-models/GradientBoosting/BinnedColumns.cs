using System.Buffers;
using System.Numerics;

namespace Personalization.Models;

/// <summary>
/// Rows turned to bytes, column by column: at most 255 bins per column and one for missing values, so that the best split is
/// found in a histogram instead of a sorted list. Bins are cut between distinct values, or at quantiles where there are more.
/// </summary>
public sealed class BinnedColumns
{
    /// <summary>The bin of a missing value.</summary>
    public const byte Missing = 255;

    private const int MostCuts = 254;

    // Columns read side by side: a line of the cache holds that many values of a row.
    private const int Together = 16;

    private readonly byte[][] _bins;
    private readonly float[][] _cuts;
    private readonly byte[] _usual;
    private readonly UnusualRows _unusual;

    /// <param name="values">Row after row.</param>
    /// <param name="columns">Values in a row.</param>
    public BinnedColumns(float[] values, int columns)
    {
        Rows = values.Length / columns;
        _bins = new byte[columns][];
        _cuts = new float[columns][];
        _usual = new byte[columns];
        var unusual = new ulong[]?[columns];
        Parallel.For(0, (columns + Together - 1) / Together, block =>
        {
            int first = block * Together,
                last = Math.Min(first + Together, columns);
            float[][] some = Turned(values, columns, first, last);
            for (int column = first; column < last; column++)
            {
                Bin(some[column - first], column);
                unusual[column] = Unusual(column);
            }
        });
        Usable = [.. Enumerable.Range(0, columns).Where(column => _cuts[column].Length > 0)];
        _unusual = new(unusual, Usable);
    }

    /// <summary>The bin that most rows of a column lie in.</summary>
    public byte Usual(int column) => _usual[column];

    /// <inheritdoc cref="UnusualRows.Set"/>
    public int Set(int column) => _unusual.Set(column);

    /// <inheritdoc cref="UnusualRows.Rows"/>
    public int[]? Present(int set) => _unusual.Rows(set);

    // A bit per row; null where less than half of the rows lie in one bin: it is not worth telling them apart.
    private ulong[]? Unusual(int column)
    {
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        var bins = _bins[column].AsSpan(0, Rows);
        foreach (byte bin in bins)
            counts[bin]++;
        int usual = 0;
        for (int bin = 1; bin < 256; bin++)
            usual = counts[bin] > counts[usual] ? bin : usual;
        _usual[column] = (byte)usual;
        if (2 * counts[usual] < Rows)
            return null;
        var bits = new ulong[(Rows + 63) / 64];
        for (int row = 0; row < bins.Length; row++)
            bits[row >> 6] |= (bins[row] != usual ? 1UL : 0) << row;
        return bits;
    }

    private float[][] Turned(float[] values, int columns, int first, int last)
    {
        float[][] turned = [.. Enumerable.Range(first, last - first).Select(_ => new float[Rows])];
        for (int row = 0; row < Rows; row++)
        {
            var some = values.AsSpan(row * columns + first, last - first);
            for (int i = 0; i < some.Length; i++)
                turned[i][row] = some[i];
        }
        return turned;
    }

    public int Rows { get; }

    public int Columns => _bins.Length;

    /// <summary>The columns that hold more than one value; only they can split.</summary>
    public int[] Usable { get; }

    /// <summary>A byte per row, and beyond the last row so many more that a vector can be read from any row on.</summary>
    public byte[] Bins(int column) => _bins[column];

    /// <summary>A value's bin is the number of cuts that are not above it: bins 0..k hold what is below cut k.</summary>
    public float[] Cuts(int column) => _cuts[column];

    private void Bin(float[] values, int column)
    {
        // The value's order in the upper half, its row in the lower: sorting one sorts the other.
        var (sorted, spare) = (ArrayPool<ulong>.Shared.Rent(Rows), ArrayPool<ulong>.Shared.Rent(Rows));
        var bins = _bins[column] = new byte[Rows + Vector<byte>.Count];
        int count = 0;
        for (int row = 0; row < Rows; row++)
        {
            float value = values[row];
            if (float.IsNaN(value))
                bins[row] = Missing;
            else
                sorted[count++] = (ulong)Order(value) << 32 | (uint)row;
        }
        Sort(ref sorted, ref spare, count);
        var cuts = _cuts[column] = Cut(sorted.AsSpan(0, count), count < Rows);
        int bin = 0;
        foreach (ulong entry in sorted.AsSpan(0, count))
        {
            float value = Value((uint)(entry >> 32));
            while (bin < cuts.Length && cuts[bin] <= value)
                bin++;
            bins[(uint)entry] = (byte)bin;
        }
        ArrayPool<ulong>.Shared.Return(sorted);
        ArrayPool<ulong>.Shared.Return(spare);
    }

    // Unsigned numbers in the order of the floats; -0 is 0.
    private static uint Order(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value + 0f);
        return (uint)(bits ^ (bits >> 31 | int.MinValue));
    }

    private static float Value(uint order)
    {
        int bits = (int)order;
        return BitConverter.Int32BitsToSingle(bits < 0 ? bits ^ int.MinValue : ~bits);
    }

    // Least significant digit first, eleven bits at a time; a digit that all share is left out.
    private static void Sort(ref ulong[] sorted, ref ulong[] spare, int count)
    {
        const int digit = 11,
            buckets = 1 << digit;
        Span<int> places = stackalloc int[buckets];
        for (int shift = 32; shift < 64; shift += digit)
        {
            places.Clear();
            for (int i = 0; i < count; i++)
                places[(int)(sorted[i] >> shift) & (buckets - 1)]++;
            if (count > 0 && places[(int)(sorted[0] >> shift) & (buckets - 1)] == count)
                continue;
            for (int bucket = 0, place = 0; bucket < buckets; bucket++)
                (places[bucket], place) = (place, place + places[bucket]);
            for (int i = 0; i < count; i++)
                spare[places[(int)(sorted[i] >> shift) & (buckets - 1)]++] = sorted[i];
            (sorted, spare) = (spare, sorted);
        }
    }

    private static float[] Cut(ReadOnlySpan<ulong> sorted, bool anyMissing)
    {
        var cuts = new List<float>();
        if (sorted.IsEmpty)
            return [];
        // Below every known value lies a cut that parts the missing from the known.
        if (anyMissing)
            cuts.Add(At(sorted, 0));
        int room = MostCuts - cuts.Count,
            distinct = 1;
        for (int i = 1; i < sorted.Length; i++)
            distinct += sorted[i] >> 32 != sorted[i - 1] >> 32 ? 1 : 0;
        double step = distinct - 1 <= room ? 0 : (double)sorted.Length / (room + 1),
            next = step;
        for (int i = 1; i < sorted.Length; i++)
        {
            if (i < next || sorted[i] >> 32 == sorted[i - 1] >> 32)
                continue;
            float below = At(sorted, i - 1),
                above = At(sorted, i),
                middle = below + (above - below) / 2;
            cuts.Add(middle > below ? middle : above);
            // A frequent value may span several steps; what it used up is not given back.
            while (step > 0 && next <= i)
                next += step;
        }
        return [.. cuts];
    }

    private static float At(ReadOnlySpan<ulong> sorted, int index) => Value((uint)(sorted[index] >> 32));
}
