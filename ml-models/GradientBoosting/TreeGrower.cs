using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Personalization.Churn;
// Gradient, hessian, in whole steps of the tree's scale: sums are exact, whatever their order.
using Sum = System.Runtime.Intrinsics.Vector128<long>;

namespace Personalization.Models;

/// <summary>A leaf of the last tree and the rows that fell into it.</summary>
/// <param name="Value">What it adds to their scores.</param>
/// <param name="Start">Of the rows learned from.</param>
/// <param name="Count">Rows learned from.</param>
/// <param name="RestStart">Of the other rows.</param>
/// <param name="RestCount">Other rows.</param>
internal readonly record struct Leaf(float Value, int Start, int Count, int RestStart, int RestCount);

/// <summary>
/// Grows one tree on gradients and hessians by histograms (Chen, Guestrin: XGBoost, 2016; the larger child's histogram is its
/// parent's less its sibling's). Gradients are rounded to 16 bits, as in Shi et al.: Quantized training of gradient boosting
/// decision trees (2022), but finely enough that rounding needs no dice. Columns are scanned in parallel, each by one thread.
/// </summary>
internal sealed class TreeGrower(BinnedColumns data, BoostingSettings settings)
{
    private const int Slots = 256;
    // Below this much work, waking a second thread costs more than it brings.
    private const int WorthSharing = 100_000;
    // Rows after which the packed sums are emptied: 2^14 rows of at most 2^16 steps stay within 31 bits.
    private const int Chunk = 1 << 14;
    private const double Steps = 1 << 16;
    // Columns added up side by side: a row's number and its sums are read once for all of them.
    private const int Together = 4;

    private readonly record struct Split(
        double Gain, int Slot, int Cut, bool MissingLeft, Sum Left, Sum Right, double LeftValue, double RightValue);

    // A node's leaf value may not leave these, or a constraint further up would be broken.
    private readonly record struct Bounds(double Low, double High);

    // A node's share of the rows: those learned from, and those that only fall through.
    private readonly record struct Share(int Start, int Count, int RestStart, int RestCount);

    // Columns added up side by side: neighbours that leave out the same rows.
    private readonly record struct Group(int Slot, int Count, int[]? Rows);

    private readonly int[] _scratch = new int[data.Rows];
    // Gradient and hessian in one number; of a row that is not learned from, 0.
    private readonly long[] _packed = new long[data.Rows];
    // The same, but of the rows of one node alone.
    private readonly long[] _masked = new long[data.Rows];
    private readonly Stack<Sum[]> _histograms = new();
    private readonly List<Leaf> _leaves = [];
    private readonly List<Group> _groups = [];
    private int[] _columns = [];
    private int[] _rows = [];
    private int[] _rest = [];
    private double _gradientStep, _hessianStep;

    /// <summary>The nodes of the last tree.</summary>
    public List<ForestNode> Nodes { get; } = [];

    /// <summary>Sum of hessians at each node.</summary>
    public List<float> Cover { get; } = [];

    /// <summary>Where the last tree's rows went.</summary>
    public IReadOnlyList<Leaf> Leaves => _leaves;

    /// <param name="rows">Rows to learn from; reordered, so that each leaf's stand together.</param>
    /// <param name="rest">Rows that only fall through the tree; reordered too.</param>
    /// <param name="columns">Columns to split on.</param>
    /// <param name="gradients">Per row: prediction less target.</param>
    /// <param name="hessians">Per row, not below 0.</param>
    public void Grow(int[] rows, int[] rest, int[] columns, double[] gradients, double[] hessians)
    {
        (_rows, _rest, _columns) = (rows, rest, columns);
        // Neighbours that leave out the same rows can be added up side by side.
        Array.Sort(_columns, (a, b) => (data.Set(a), a).CompareTo((data.Set(b), b)));
        Form();
        Nodes.Clear();
        Cover.Clear();
        _leaves.Clear();
        Pack(gradients, hessians);
        var total = Sum.Zero;
        foreach (int row in rows)
            total += Unpacked(_packed[row]);
        var histogram = Rent();
        Fill(histogram, 0, rows.Length, total);
        Grow(new(0, rows.Length, 0, rest.Length), total, Value(total), new(double.NegativeInfinity, double.PositiveInfinity),
            histogram, 0);
        _histograms.Push(histogram);
    }

    private void Pack(double[] gradients, double[] hessians)
    {
        _gradientStep = Math.Max(Largest(gradients), 1e-12) / Steps;
        _hessianStep = Math.Max(Largest(hessians), 1e-12) / Steps;
        var (perGradient, perHessian) = (new Vector<double>(1 / _gradientStep), new Vector<double>(1 / _hessianStep));
        int row = 0;
        for (; row + Vector<double>.Count <= _packed.Length; row += Vector<double>.Count)
        {
            var gradient = Vector.ConvertToInt64(Vector.Round(new Vector<double>(gradients, row) * perGradient));
            var hessian = Vector.ConvertToInt64(Vector.Round(new Vector<double>(hessians, row) * perHessian));
            ((gradient << 32) + hessian).CopyTo(_packed, row);
        }
        for (; row < _packed.Length; row++)
            _packed[row] = ((long)Math.Round(gradients[row] / _gradientStep) << 32) + (long)Math.Round(hessians[row] / _hessianStep);
        foreach (int other in _rest)
            _packed[other] = 0;
    }

    private static double Largest(double[] values)
    {
        var largest = Vector<double>.Zero;
        int i = 0;
        for (; i + Vector<double>.Count <= values.Length; i += Vector<double>.Count)
            largest = Vector.Max(largest, Vector.Abs(new Vector<double>(values, i)));
        double result = 0;
        for (int lane = 0; lane < Vector<double>.Count; lane++)
            result = Math.Max(result, largest[lane]);
        for (; i < values.Length; i++)
            result = Math.Max(result, Math.Abs(values[i]));
        return result;
    }

    private void Form()
    {
        _groups.Clear();
        for (int slot = 0; slot < _columns.Length;)
        {
            int count = 1, set = data.Set(_columns[slot]);
            while (count < Together && slot + count < _columns.Length && data.Set(_columns[slot + count]) == set)
                count++;
            _groups.Add(new(slot, count, data.Present(set)));
            slot += count;
        }
    }

    // The gradient in the upper half, signed; the hessian in the lower, never negative: both are added at once.
    private static Sum Unpacked(long packed) => Vector128.Create(packed >> 32, packed & 0xFFFF_FFFF);

    private double Gradient(in Sum sum) => sum[0] * _gradientStep;

    private double Hessian(in Sum sum) => sum[1] * _hessianStep;

    private double Value(in Sum sum) => -Gradient(sum) / (Hessian(sum) + settings.Lambda);

    // Uses up the histogram: it becomes that of the larger child.
    private int Grow(in Share share, in Sum total, double value, in Bounds bounds, Sum[]? histogram, int depth)
    {
        int index = Nodes.Count;
        float step = (float)(settings.LearningRate * value);
        Nodes.Add(new(step, 0, 0, -1, false));
        Cover.Add((float)Math.Max(Hessian(total), 1e-6));
        if (histogram is null || BestSplit(histogram, total, bounds) is not { Gain: > 1e-6 } split)
        {
            _leaves.Add(new(step, share.Start, share.Count, share.RestStart, share.RestCount));
            return index;
        }
        int column = _columns[split.Slot];
        byte[] bins = data.Bins(column);
        int leftCount = Partition(_rows.AsSpan(share.Start, share.Count), bins, split);
        int leftRest = Partition(_rest.AsSpan(share.RestStart, share.RestCount), bins, split);
        var left = share with { Count = leftCount, RestCount = leftRest };
        var right = new Share(share.Start + leftCount, share.Count - leftCount,
            share.RestStart + leftRest, share.RestCount - leftRest);
        var (leftNode, rightNode) = Children(left, right, split, bounds, histogram, depth + 1);
        Nodes[index] = new(data.Cuts(column)[split.Cut], leftNode, rightNode, (short)column, split.MissingLeft);
        return index;
    }

    private (int Left, int Right) Children(
        in Share left, in Share right, in Split split, in Bounds bounds, Sum[] histogram, int depth)
    {
        var (leftBounds, rightBounds) = Narrowed(split, bounds);
        if (depth >= settings.Depth)
            return (Grow(left, split.Left, split.LeftValue, leftBounds, null, depth),
                Grow(right, split.Right, split.RightValue, rightBounds, null, depth));
        bool leftSmaller = left.Count < right.Count;
        var smaller = Rent();
        if (leftSmaller)
            Fill(smaller, left.Start, left.Count, split.Left);
        else
            Fill(smaller, right.Start, right.Count, split.Right);
        for (int i = 0; i < _columns.Length * Slots; i++)
            histogram[i] -= smaller[i];
        int leftNode = Grow(left, split.Left, split.LeftValue, leftBounds, leftSmaller ? smaller : histogram, depth);
        int rightNode = Grow(right, split.Right, split.RightValue, rightBounds, leftSmaller ? histogram : smaller, depth);
        _histograms.Push(smaller);
        return (leftNode, rightNode);
    }

    // Below a constrained split neither side may pass the middle between the two.
    private (Bounds Left, Bounds Right) Narrowed(in Split split, in Bounds bounds)
    {
        double middle = (split.LeftValue + split.RightValue) / 2;
        return settings.Direction(_columns[split.Slot]) switch
        {
            > 0 => (bounds with { High = middle }, bounds with { Low = middle }),
            < 0 => (bounds with { Low = middle }, bounds with { High = middle }),
            _ => (bounds, bounds),
        };
    }

    private Sum[] Rent() => _histograms.TryPop(out var free) && free.Length >= _columns.Length * Slots
        ? free
        : new Sum[_columns.Length * Slots];

    private void Fill(Sum[] histogram, int start, int count, Sum total)
    {
        bool root = count == _rows.Length;
        long[] values = root ? _packed : _masked;
        if (!root)
            foreach (int row in _rows.AsSpan(start, count))
                _masked[row] = _packed[row];
        if ((long)count * _columns.Length < WorthSharing)
            foreach (var group in _groups)
                Fill(histogram, group, start, count, total, values);
        else
            Parallel.For(0, _groups.Count, group => Fill(histogram, _groups[group], start, count, total, values));
        if (!root)
            foreach (int row in _rows.AsSpan(start, count))
                _masked[row] = 0;
    }

    private void Fill(Sum[] histogram, in Group group, int start, int count, in Sum total, long[] values)
    {
        var sums = histogram.AsSpan(group.Slot * Slots, group.Count * Slots);
        sums.Clear();
        // Rows that hold a column's usual value need not be looked at one by one, unless the node is smaller than the others.
        bool spared = group.Rows is not null && group.Rows.Length < count;
        AddUp(sums, group, spared ? group.Rows : _rows.AsSpan(start, count), values);
        for (int i = 0; i < group.Count && spared; i++)
        {
            var usual = total;
            foreach (var sum in sums.Slice(i * Slots, Slots))
                usual -= sum;
            sums[i * Slots + data.Usual(_columns[group.Slot + i])] += usual;
        }
    }

    private void AddUp(Span<Sum> sums, in Group group, ReadOnlySpan<int> rows, long[] values)
    {
        Span<long> tables = stackalloc long[Together * Slots];
        // Of the last columns there may be too few: the last one is added up again, and nobody looks at it.
        int slot = group.Slot, last = group.Count - 1;
        byte[] first = data.Bins(_columns[slot]), second = data.Bins(_columns[slot + Math.Min(1, last)]);
        byte[] third = data.Bins(_columns[slot + Math.Min(2, last)]), fourth = data.Bins(_columns[slot + last]);
        for (; !rows.IsEmpty; rows = rows[Math.Min(Chunk, rows.Length)..])
        {
            tables.Clear();
            var chunk = rows[..Math.Min(Chunk, rows.Length)];
            if (group.Count == 1)
                AddUp(tables, first, chunk, values);
            else
                AddUp(tables, first, second, third, fourth, chunk, values);
            for (int i = 0; i < sums.Length; i++)
                sums[i] += Unpacked(tables[i]);
        }
    }

    // The loops that training spends its time in. Bins are bytes and rows are rows of the data: no index can lie outside.
    private static void AddUp(
        Span<long> tables, byte[] bins0, byte[] bins1, byte[] bins2, byte[] bins3, ReadOnlySpan<int> rows, long[] values)
    {
        ref long table0 = ref tables[0], table1 = ref tables[Slots], table2 = ref tables[2 * Slots], table3 = ref tables[3 * Slots];
        ref byte bin0 = ref bins0[0], bin1 = ref bins1[0], bin2 = ref bins2[0], bin3 = ref bins3[0];
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
        ref long table = ref tables[0], value = ref values[0];
        ref byte bin = ref bins[0];
        foreach (int row in rows)
            Unsafe.Add(ref table, (nint)Unsafe.Add(ref bin, (nint)row)) += Unsafe.Add(ref value, (nint)row);
    }

    private Split? BestSplit(Sum[] histogram, in Sum total, in Bounds bounds)
    {
        Split? best = null;
        double quality = Quality(total, Value(total));
        for (int slot = 0; slot < _columns.Length; slot++)
        {
            var sums = histogram.AsSpan(slot * Slots, Slots);
            int cuts = data.Cuts(_columns[slot]).Length, direction = settings.Direction(_columns[slot]);
            var missing = sums[BinnedColumns.Missing];
            var below = Sum.Zero;
            for (int cut = 0; cut < cuts; cut++)
            {
                // A cut that no row here lies at parts them as the one before did.
                if (cut > 0 && sums[cut] == Sum.Zero)
                    continue;
                below += sums[cut];
                Consider(ref best, slot, cut, false, direction, below, total, quality, bounds);
                if (missing[1] > 0)
                    Consider(ref best, slot, cut, true, direction, below + missing, total, quality, bounds);
            }
        }
        return best;
    }

    private void Consider(
        ref Split? best, int slot, int cut, bool missingLeft, int direction, in Sum left, in Sum total, double quality,
        in Bounds bounds)
    {
        var right = total - left;
        if (Hessian(left) < settings.MinChildWeight || Hessian(right) < settings.MinChildWeight)
            return;
        double leftValue = Math.Clamp(Value(left), bounds.Low, bounds.High);
        double rightValue = Math.Clamp(Value(right), bounds.Low, bounds.High);
        if (direction * (rightValue - leftValue) < 0)
            return;
        double gain = Quality(left, leftValue) + Quality(right, rightValue) - quality;
        if (best is null || gain > best.Value.Gain)
            best = new(gain, slot, cut, missingLeft, left, right, leftValue, rightValue);
    }

    // Twice the loss that a leaf of this value takes away; at the unconstrained value it is G²/(H + lambda).
    private double Quality(in Sum sum, double value) =>
        -value * (2 * Gradient(sum) + (Hessian(sum) + settings.Lambda) * value);

    // Keeps the order of the rows: memory is then read forwards. Without branches: which way a row goes cannot be guessed.
    private int Partition(Span<int> rows, byte[] bins, in Split split)
    {
        int left = 0, right = 0, cut = split.Cut, missing = split.MissingLeft ? 1 : 0;
        foreach (int row in rows)
        {
            int bin = bins[row];
            int goesLeft = (bin <= cut ? 1 : 0) | (bin == BinnedColumns.Missing ? missing : 0);
            rows[left] = row;
            _scratch[right] = row;
            left += goesLeft;
            right += 1 - goesLeft;
        }
        _scratch.AsSpan(0, right).CopyTo(rows[left..]);
        return left;
    }
}
