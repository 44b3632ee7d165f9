using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
// Gradient, hessian, in whole steps of the tree's scale: sums are exact, whatever their order.
using Sum = System.Runtime.Intrinsics.Vector128<long>;

namespace Personalization.Models;

/// <summary>
/// A tree's gradients added up per column and bin. Gradients are rounded to 16 bits, as in Shi et al.: Quantized training of
/// gradient boosting decision trees (2022), but finely enough that rounding needs no dice. Columns are added up in parallel, each
/// by one thread.
/// </summary>
internal sealed class GradientHistograms(BinnedColumns data)
{
    /// <summary>Sums of a column, one per bin.</summary>
    public const int Slots = 256;

    // Below this much work, waking a second thread costs more than it brings.
    private const int WorthSharing = 100_000;

    // Rows after which the packed sums are emptied: 2^14 rows of at most 2^16 steps stay within 31 bits.
    private const int Chunk = 1 << 14;
    private const double Steps = 1 << 16;

    // Columns added up side by side: a row's number and its sums are read once for all of them.
    private const int Together = 4;

    // From this share on it is faster to go through all rows in a row: those not learned from add nothing.
    private const double MostRows = 0.72;

    // Columns added up side by side: neighbours that leave out the same rows.
    private readonly record struct Group(int Slot, int Count, int[]? Rows);

    // Gradient and hessian in one number; of a row that is not learned from, 0.
    private readonly long[] _packed = new long[data.Rows];

    // The same, but of the rows of one node alone.
    private readonly long[] _masked = new long[data.Rows];
    private readonly Stack<Sum[]> _free = new();
    private readonly List<Group> _groups = [];
    private int[] _columns = [];
    private int _learned;

    /// <summary>What a step of gradients, and one of hessians, stands for.</summary>
    public (double Gradient, double Hessian) Step { get; private set; }

    /// <param name="gradients">Per row.</param>
    /// <param name="hessians">Per row, not below 0.</param>
    /// <param name="rest">Rows that are not learned from.</param>
    /// <param name="columns">Columns to split on; reordered, so that those stand together that are added up together.</param>
    public void Begin(float[] gradients, float[] hessians, ReadOnlySpan<int> rest, int[] columns)
    {
        Array.Sort(columns, (a, b) => (data.Set(a), a).CompareTo((data.Set(b), b)));
        (_columns, _learned) = (columns, data.Rows - rest.Length);
        _groups.Clear();
        for (int slot = 0; slot < columns.Length; )
        {
            int count = 1,
                set = data.Set(columns[slot]);
            while (count < Together && slot + count < columns.Length && data.Set(columns[slot + count]) == set)
                count++;
            _groups.Add(new(slot, count, data.Present(set)));
            slot += count;
        }
        Pack(gradients, hessians);
        foreach (int row in rest)
            _packed[row] = 0;
    }

    private void Pack(float[] gradients, float[] hessians)
    {
        Step = (Math.Max(Largest(gradients), 1e-12) / Steps, Math.Max(Largest(hessians), 1e-12) / Steps);
        var (perGradient, perHessian) = ((float)(1 / Step.Gradient), (float)(1 / Step.Hessian));
        int row = 0;
        for (; row + Vector<float>.Count <= _packed.Length; row += Vector<float>.Count)
        {
            var gradient = Vector.ConvertToInt32(Vector.Round(new Vector<float>(gradients, row) * perGradient));
            var hessian = Vector.ConvertToInt32(Vector.Round(new Vector<float>(hessians, row) * perHessian));
            Vector.Widen(gradient, out var gradients0, out var gradients1);
            Vector.Widen(hessian, out var hessians0, out var hessians1);
            ((gradients0 << 32) + hessians0).CopyTo(_packed, row);
            ((gradients1 << 32) + hessians1).CopyTo(_packed, row + Vector<long>.Count);
        }
        for (; row < _packed.Length; row++)
            _packed[row] =
                ((long)MathF.Round(gradients[row] * perGradient) << 32) + (long)MathF.Round(hessians[row] * perHessian);
    }

    private static float Largest(float[] values)
    {
        var largest = Vector<float>.Zero;
        int i = 0;
        for (; i + Vector<float>.Count <= values.Length; i += Vector<float>.Count)
            largest = Vector.Max(largest, Vector.Abs(new Vector<float>(values, i)));
        float result = 0;
        for (int lane = 0; lane < Vector<float>.Count; lane++)
            result = Math.Max(result, largest[lane]);
        for (; i < values.Length; i++)
            result = Math.Max(result, Math.Abs(values[i]));
        return result;
    }

    // The gradient in the upper half, signed; the hessian in the lower, never negative: both are added at once.
    private static Sum Unpacked(long packed) => Vector128.Create(packed >> 32, packed & 0xFFFF_FFFF);

    /// <summary>Of all rows that are learned from.</summary>
    public Sum Total()
    {
        var total = Sum.Zero;
        foreach (long packed in _packed)
            total += Unpacked(packed);
        return total;
    }

    /// <summary>Room for the sums of all columns, <see cref="Slots"/> each; to be given back.</summary>
    public Sum[] Rent() =>
        _free.TryPop(out var free) && free.Length >= _columns.Length * Slots ? free : new Sum[_columns.Length * Slots];

    public void Return(Sum[] histogram) => _free.Push(histogram);

    /// <param name="histogram">Filled.</param>
    /// <param name="rows">Holds the node's rows, ascending.</param>
    /// <param name="start">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="total">The node's sum.</param>
    public void Fill(Sum[] histogram, int[] rows, int start, int count, Sum total)
    {
        bool root = count == _learned;
        long[] values = root ? _packed : _masked;
        if (!root)
            foreach (int row in rows.AsSpan(start, count))
                _masked[row] = _packed[row];
        if ((long)count * _columns.Length < WorthSharing)
            foreach (var group in _groups)
                Fill(histogram, group, rows.AsSpan(start, count), total, values);
        else
            Parallel.For(0, _groups.Count, group => Fill(histogram, _groups[group], rows.AsSpan(start, count), total, values));
        if (!root)
            foreach (int row in rows.AsSpan(start, count))
                _masked[row] = 0;
    }

    private void Fill(Sum[] histogram, in Group group, ReadOnlySpan<int> rows, in Sum total, long[] values)
    {
        var sums = histogram.AsSpan(group.Slot * Slots, group.Count * Slots);
        sums.Clear();
        // Rows that hold a column's usual value need not be looked at one by one, unless the node is smaller than the others.
        bool spared = group.Rows is not null && group.Rows.Length < rows.Length;
        AddUp(sums, group, spared ? group.Rows : rows, !spared && rows.Length > MostRows * data.Rows, values);
        for (int i = 0; i < group.Count && spared; i++)
        {
            var usual = total;
            foreach (var sum in sums.Slice(i * Slots, Slots))
                usual -= sum;
            sums[i * Slots + data.Usual(_columns[group.Slot + i])] += usual;
        }
    }

    private void AddUp(Span<Sum> sums, in Group group, ReadOnlySpan<int> rows, bool all, long[] values)
    {
        Span<long> tables = stackalloc long[Together * Slots];
        // Of the last columns there may be too few: the last one is added up again, and nobody looks at it.
        int slot = group.Slot,
            last = group.Count - 1,
            length = all ? data.Rows : rows.Length;
        byte[] first = data.Bins(_columns[slot]),
            second = data.Bins(_columns[slot + Math.Min(1, last)]);
        byte[] third = data.Bins(_columns[slot + Math.Min(2, last)]),
            fourth = data.Bins(_columns[slot + last]);
        for (int start = 0; start < length; start += Chunk)
        {
            int count = Math.Min(Chunk, length - start);
            tables.Clear();
            if (all)
                AddUp(tables, first, second, third, fourth, start, count, values);
            else if (last == 0)
                AddUp(tables, first, rows.Slice(start, count), values);
            else
                AddUp(tables, first, second, third, fourth, rows.Slice(start, count), values);
            for (int i = 0; i <= last; i++)
                Empty(tables.Slice(i * Slots, Slots), sums.Slice(i * Slots, Slots), data.Cuts(_columns[slot + i]).Length);
        }
    }

    // Beyond the last cut lies nothing but what is missing.
    private static void Empty(ReadOnlySpan<long> table, Span<Sum> sums, int cuts)
    {
        for (int bin = 0; bin <= cuts; bin++)
            sums[bin] += Unpacked(table[bin]);
        sums[BinnedColumns.Missing] += Unpacked(table[BinnedColumns.Missing]);
    }

    // The loops that training spends its time in. Bins are bytes and rows are rows of the data: no index can lie outside.
    private static void AddUp(
        Span<long> tables,
        byte[] bins0,
        byte[] bins1,
        byte[] bins2,
        byte[] bins3,
        int start,
        int count,
        long[] values
    )
    {
        ref long table0 = ref tables[0],
            table1 = ref tables[Slots];
        ref long table2 = ref tables[2 * Slots],
            table3 = ref tables[3 * Slots];
        ref byte bin0 = ref bins0[start],
            bin1 = ref bins1[start],
            bin2 = ref bins2[start],
            bin3 = ref bins3[start];
        ref long value = ref values[start];
        for (nint row = 0; row < count; row++)
        {
            long sum = Unsafe.Add(ref value, row);
            Unsafe.Add(ref table0, (nint)Unsafe.Add(ref bin0, row)) += sum;
            Unsafe.Add(ref table1, (nint)Unsafe.Add(ref bin1, row)) += sum;
            Unsafe.Add(ref table2, (nint)Unsafe.Add(ref bin2, row)) += sum;
            Unsafe.Add(ref table3, (nint)Unsafe.Add(ref bin3, row)) += sum;
        }
    }

    private static void AddUp(
        Span<long> tables,
        byte[] bins0,
        byte[] bins1,
        byte[] bins2,
        byte[] bins3,
        ReadOnlySpan<int> rows,
        long[] values
    )
    {
        ref long table0 = ref tables[0],
            table1 = ref tables[Slots];
        ref long table2 = ref tables[2 * Slots],
            table3 = ref tables[3 * Slots];
        ref byte bin0 = ref bins0[0],
            bin1 = ref bins1[0],
            bin2 = ref bins2[0],
            bin3 = ref bins3[0];
        ref long value = ref values[0];
        foreach (int number in rows)
        {
            nint row = number;
            long sum = Unsafe.Add(ref value, row);
            Unsafe.Add(ref table0, (nint)Unsafe.Add(ref bin0, row)) += sum;
            Unsafe.Add(ref table1, (nint)Unsafe.Add(ref bin1, row)) += sum;
            Unsafe.Add(ref table2, (nint)Unsafe.Add(ref bin2, row)) += sum;
            Unsafe.Add(ref table3, (nint)Unsafe.Add(ref bin3, row)) += sum;
        }
    }

    private static void AddUp(Span<long> tables, byte[] bins, ReadOnlySpan<int> rows, long[] values)
    {
        ref long table = ref tables[0],
            value = ref values[0];
        ref byte bin = ref bins[0];
        foreach (int row in rows)
            Unsafe.Add(ref table, (nint)Unsafe.Add(ref bin, (nint)row)) += Unsafe.Add(ref value, (nint)row);
    }

    /// <summary>From a node's sums to those of the child that was not added up.</summary>
    public void Subtract(Sum[] histogram, Sum[] child)
    {
        for (int slot = 0; slot < _columns.Length; slot++)
        {
            Span<Sum> sums = histogram.AsSpan(slot * Slots, Slots),
                less = child.AsSpan(slot * Slots, Slots);
            for (int bin = data.Cuts(_columns[slot]).Length; bin >= 0; bin--)
                sums[bin] -= less[bin];
            sums[BinnedColumns.Missing] -= less[BinnedColumns.Missing];
        }
    }
}
