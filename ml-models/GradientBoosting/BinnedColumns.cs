using System.Buffers;

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

    private readonly byte[][] _bins;
    private readonly float[][] _cuts;
    private readonly byte[] _usual;
    private readonly int[] _sets;
    private readonly List<int[]?> _present = [null];

    /// <param name="values">Row after row.</param>
    /// <param name="columns">Values in a row.</param>
    public BinnedColumns(float[] values, int columns)
    {
        Rows = values.Length / columns;
        _bins = new byte[columns][];
        _cuts = new float[columns][];
        (_usual, _sets) = (new byte[columns], new int[columns]);
        var present = new int[]?[columns];
        Parallel.For(0, columns, column =>
        {
            Bin(values, columns, column);
            present[column] = WithoutUsual(column);
        });
        Usable = [.. Enumerable.Range(0, columns).Where(column => _cuts[column].Length > 0)];
        foreach (int column in Usable)
            _sets[column] = SetOf(present[column]);
    }

    /// <summary>The bin that most rows of a column lie in.</summary>
    public byte Usual(int column) => _usual[column];

    /// <summary>Columns of one set are usual in the same rows; set 0 are those in which no bin is usual.</summary>
    public int Set(int column) => _sets[column];

    /// <summary>The rows, ascending, in which columns of a set are not usual; null of set 0.</summary>
    public int[]? Present(int set) => _present[set];

    // Null where less than half of the rows lie in one bin: it is not worth telling them apart.
    private int[]? WithoutUsual(int column)
    {
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        byte[] bins = _bins[column];
        foreach (byte bin in bins)
            counts[bin]++;
        int usual = 0;
        for (int bin = 1; bin < 256; bin++)
            usual = counts[bin] > counts[usual] ? bin : usual;
        _usual[column] = (byte)usual;
        if (2 * counts[usual] < Rows)
            return null;
        var rows = new int[Rows - counts[usual]];
        for (int row = 0, count = 0; count < rows.Length; row++)
            if (bins[row] != usual)
                rows[count++] = row;
        return rows;
    }

    private int SetOf(int[]? rows)
    {
        if (rows is null)
            return 0;
        int set = _present.FindIndex(other => other is not null && rows.AsSpan().SequenceEqual(other));
        if (set >= 0)
            return set;
        _present.Add(rows);
        return _present.Count - 1;
    }

    public int Rows { get; }

    public int Columns => _bins.Length;

    /// <summary>The columns that hold more than one value; only they can split.</summary>
    public int[] Usable { get; }

    public byte[] Bins(int column) => _bins[column];

    /// <summary>A value's bin is the number of cuts that are not above it: bins 0..k hold what is below cut k.</summary>
    public float[] Cuts(int column) => _cuts[column];

    private void Bin(float[] values, int columns, int column)
    {
        // The value's order in the upper half, its row in the lower: sorting one sorts the other.
        var (sorted, spare) = (ArrayPool<ulong>.Shared.Rent(Rows), ArrayPool<ulong>.Shared.Rent(Rows));
        var bins = _bins[column] = new byte[Rows];
        int count = 0;
        for (int row = 0; row < Rows; row++)
        {
            float value = values[row * columns + column];
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
        const int digit = 11, buckets = 1 << digit;
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
        int room = MostCuts - cuts.Count, distinct = 1;
        for (int i = 1; i < sorted.Length; i++)
            distinct += sorted[i] >> 32 != sorted[i - 1] >> 32 ? 1 : 0;
        double step = distinct - 1 <= room ? 0 : (double)sorted.Length / (room + 1), next = step;
        for (int i = 1; i < sorted.Length; i++)
        {
            if (i < next || sorted[i] >> 32 == sorted[i - 1] >> 32)
                continue;
            float below = At(sorted, i - 1), above = At(sorted, i), middle = below + (above - below) / 2;
            cuts.Add(middle > below ? middle : above);
            // A frequent value may span several steps; what it used up is not given back.
            while (step > 0 && next <= i)
                next += step;
        }
        return [.. cuts];
    }

    private static float At(ReadOnlySpan<ulong> sorted, int index) => Value((uint)(sorted[index] >> 32));
}
