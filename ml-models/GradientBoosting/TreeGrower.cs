using Personalization.Churn;
// Gradient, hessian: added in one instruction.
using Sum = System.Runtime.Intrinsics.Vector128<double>;

namespace Personalization.Models;

/// <summary>
/// Grows one tree on gradients and hessians by histograms (Chen, Guestrin: XGBoost, 2016; the larger child's histogram is its
/// parent's less its sibling's). Columns are scanned in parallel, each by one thread: the result does not depend on timing.
/// </summary>
internal sealed class TreeGrower(BinnedColumns data, BoostingSettings settings)
{
    private const int Slots = 256;
    // Below this much work, waking a second thread costs more than it brings.
    private const int WorthSharing = 100_000;

    private readonly record struct Split(double Gain, int Slot, int Cut, bool MissingLeft, Sum Left, Sum Right);

    private readonly int[] _scratch = new int[data.Rows];
    private readonly Stack<Sum[]> _histograms = new();
    private readonly Sum[] _gathered = new Sum[data.Rows];
    private Sum[] _sums = [];
    private int[] _columns = [];
    private int[] _rows = [];

    /// <summary>The nodes of the last tree; thresholds of inner nodes are values, <see cref="Cuts"/> their bins.</summary>
    public List<ForestNode> Nodes { get; } = [];

    /// <summary>Sum of hessians at each node.</summary>
    public List<float> Cover { get; } = [];

    /// <summary>The cut at which each node splits; -1 at leaves.</summary>
    public List<int> Cuts { get; } = [];

    /// <param name="rows">Rows to learn from; reordered.</param>
    /// <param name="columns">Columns to split on.</param>
    /// <param name="sums">Per row: gradient (prediction minus label) and hessian (p(1-p)).</param>
    public void Grow(int[] rows, int[] columns, Sum[] sums)
    {
        (_rows, _columns, _sums) = (rows, columns, sums);
        Nodes.Clear();
        Cover.Clear();
        Cuts.Clear();
        var total = Sum.Zero;
        foreach (int row in rows)
            total += sums[row];
        var histogram = Rent();
        Fill(histogram, 0, rows.Length);
        Grow(0, rows.Length, total, histogram, 0);
        _histograms.Push(histogram);
    }

    /// <summary>The value of the leaf that a row of the binned data falls into.</summary>
    public float Value(int row)
    {
        int index = 0;
        while (Cuts[index] >= 0)
        {
            byte bin = data.Bins(Nodes[index].Feature)[row];
            bool left = bin == BinnedColumns.Missing ? Nodes[index].MissingLeft : bin <= Cuts[index];
            index = left ? Nodes[index].Left : Nodes[index].Right;
        }
        return Nodes[index].Threshold;
    }

    // Uses up the histogram: it becomes that of the larger child.
    private int Grow(int start, int count, Sum total, Sum[]? histogram, int depth)
    {
        int index = Nodes.Count;
        double value = -settings.LearningRate * total[0] / (total[1] + settings.Lambda);
        Nodes.Add(new((float)value, 0, 0, -1, false));
        Cover.Add((float)total[1]);
        Cuts.Add(-1);
        if (histogram is null || BestSplit(histogram, total) is not { Gain: > 1e-6 } split)
            return index;
        int column = _columns[split.Slot];
        int leftCount = Partition(start, count, data.Bins(column), split);
        var (left, right) = Children(start, leftCount, count, split, histogram, depth);
        Nodes[index] = new(data.Cuts(column)[split.Cut], left, right, (short)column, split.MissingLeft);
        Cuts[index] = split.Cut;
        return index;
    }

    private (int Left, int Right) Children(
        int start, int leftCount, int count, in Split split, Sum[] histogram, int depth)
    {
        if (depth + 1 >= settings.Depth)
            return (Grow(start, leftCount, split.Left, null, depth + 1),
                Grow(start + leftCount, count - leftCount, split.Right, null, depth + 1));
        bool leftSmaller = 2 * leftCount < count;
        var smaller = Rent();
        Fill(smaller, leftSmaller ? start : start + leftCount, leftSmaller ? leftCount : count - leftCount);
        for (int i = 0; i < _columns.Length * Slots; i++)
            histogram[i] -= smaller[i];
        int left = Grow(start, leftCount, split.Left, leftSmaller ? smaller : histogram, depth + 1);
        int right = Grow(start + leftCount, count - leftCount, split.Right, leftSmaller ? histogram : smaller, depth + 1);
        _histograms.Push(smaller);
        return (left, right);
    }

    private Sum[] Rent() => _histograms.TryPop(out var free) && free.Length >= _columns.Length * Slots
        ? free
        : new Sum[_columns.Length * Slots];

    private void Fill(Sum[] histogram, int start, int count)
    {
        // Once per node, so that every column reads them one after the other.
        for (int i = 0; i < count; i++)
            _gathered[i] = _sums[_rows[start + i]];
        if ((long)count * _columns.Length < WorthSharing)
            for (int slot = 0; slot < _columns.Length; slot++)
                FillColumn(histogram, slot, start, count);
        else
            Parallel.For(0, _columns.Length, slot => FillColumn(histogram, slot, start, count));
    }

    private void FillColumn(Sum[] histogram, int slot, int start, int count)
    {
        var sums = histogram.AsSpan(slot * Slots, Slots);
        sums.Clear();
        byte[] bins = data.Bins(_columns[slot]);
        var rows = _rows.AsSpan(start, count);
        var gathered = _gathered.AsSpan(0, count);
        for (int i = 0; i < rows.Length; i++)
            sums[bins[rows[i]]] += gathered[i];
    }

    private Split? BestSplit(Sum[] histogram, Sum total)
    {
        Split? best = null;
        for (int slot = 0; slot < _columns.Length; slot++)
        {
            var sums = histogram.AsSpan(slot * Slots, Slots);
            int cuts = data.Cuts(_columns[slot]).Length;
            var missing = sums[BinnedColumns.Missing];
            var below = Sum.Zero;
            for (int cut = 0; cut < cuts; cut++)
            {
                below += sums[cut];
                Consider(ref best, slot, cut, false, below, total);
                if (missing[1] > 0)
                    Consider(ref best, slot, cut, true, below + missing, total);
            }
        }
        return best;
    }

    private void Consider(ref Split? best, int slot, int cut, bool missingLeft, in Sum left, in Sum total)
    {
        var right = total - left;
        if (left[1] < settings.MinChildWeight || right[1] < settings.MinChildWeight)
            return;
        double gain = Quality(left) + Quality(right) - Quality(total);
        if (best is null || gain > best.Value.Gain)
            best = new(gain, slot, cut, missingLeft, left, right);
    }

    private double Quality(in Sum sum) => sum[0] * sum[0] / (sum[1] + settings.Lambda);

    // Keeps the order of the rows: memory is then read forwards.
    private int Partition(int start, int count, byte[] bins, in Split split)
    {
        int left = start, right = 0;
        for (int i = start; i < start + count; i++)
        {
            int row = _rows[i];
            byte bin = bins[row];
            if (bin == BinnedColumns.Missing ? split.MissingLeft : bin <= split.Cut)
                _rows[left++] = row;
            else
                _scratch[right++] = row;
        }
        _scratch.AsSpan(0, right).CopyTo(_rows.AsSpan(left));
        return left - start;
    }
}
