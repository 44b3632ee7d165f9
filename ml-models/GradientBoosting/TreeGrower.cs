using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Personalization.Churn;
using Sum = System.Runtime.Intrinsics.Vector128<long>;

namespace Personalization.Models;

/// <summary>
/// Grows one tree on gradients and hessians by histograms (Chen, Guestrin: XGBoost, 2016; the larger child's histogram is its
/// parent's less its sibling's).
/// </summary>
internal sealed class TreeGrower
{
    /// <summary>Splits from root to leaf at most: a leaf's number is a byte.</summary>
    public const int MostDepth = 8;

    // Where a split's rows go; of a leaf only its number.
    private readonly record struct Test(int Column, byte Bin, bool MissingLeft, int Left, int Right, byte Leaf);

    // What is left of a cut through a column, and how much better the two sides are.
    private readonly record struct Cut(double Quality, int Slot, int Bin, bool MissingLeft, Sum Left);

    private readonly record struct Split(Cut Cut, Sum Right, double LeftValue, double RightValue);

    // A node's leaf value may not leave these, or a constraint further up would be broken.
    private readonly record struct Bounds(double Low, double High)
    {
        public static Bounds None { get; } = new(double.NegativeInfinity, double.PositiveInfinity);
    }

    private readonly BinnedColumns _data;
    private readonly BoostingSettings _settings;
    private readonly GradientHistograms _histograms;
    private readonly int[] _scratch;
    private readonly List<Test> _tests = [];
    private readonly List<float> _values = [];
    private int[] _columns = [];
    private int[] _rows = [];

    public TreeGrower(BinnedColumns data, BoostingSettings settings)
    {
        if (settings.Depth is < 1 or > MostDepth)
            throw new ArgumentException($"Trees are 1 to {MostDepth} splits deep.", nameof(settings));
        (_data, _settings, _histograms, _scratch) = (data, settings, new(data), new int[data.Rows]);
    }

    /// <summary>The nodes of the last tree.</summary>
    public List<ForestNode> Nodes { get; } = [];

    /// <summary>Sum of hessians at each node.</summary>
    public List<float> Cover { get; } = [];

    /// <param name="rows">All rows, those to learn from first and ascending; reordered.</param>
    /// <param name="count">How many there are to learn from.</param>
    /// <param name="columns">Columns to split on; reordered.</param>
    /// <param name="gradients">Per row: prediction less target.</param>
    /// <param name="hessians">Per row, not below 0.</param>
    public void Grow(int[] rows, int count, int[] columns, float[] gradients, float[] hessians)
    {
        (_rows, _columns) = (rows, columns);
        Nodes.Clear();
        Cover.Clear();
        _tests.Clear();
        _values.Clear();
        _histograms.Begin(gradients, hessians, rows.AsSpan(count), columns);
        var total = _histograms.Total();
        var histogram = _histograms.Rent();
        _histograms.Fill(histogram, rows, 0, count, total);
        Grow(0, count, total, Value(total), Bounds.None, histogram, 0);
        _histograms.Return(histogram);
    }

    /// <summary>Adds to every row's score what the last tree says of it, those too that were not learned from.</summary>
    public void AddTo(double[] scores)
    {
        Span<double> values = stackalloc double[1 << MostDepth];
        for (int leaf = 0; leaf < _values.Count; leaf++)
            values[leaf] = _values[leaf];
        Span<byte> leaves = stackalloc byte[Vector<byte>.Count];
        Span<Vector<byte>> below = stackalloc Vector<byte>[2 << MostDepth];
        for (int first = 0; first < scores.Length; first += leaves.Length)
        {
            Leaves(first, below).CopyTo(leaves);
            var some = scores.AsSpan(first, Math.Min(leaves.Length, scores.Length - first));
            for (int i = 0; i < some.Length; i++)
                some[i] += values[leaves[i]];
        }
    }

    // Of as many rows as a vector holds, the leaf each falls into. Children stand after their parent: from the last to the root.
    private Vector<byte> Leaves(int row, Span<Vector<byte>> below)
    {
        var tests = CollectionsMarshal.AsSpan(_tests);
        for (int index = tests.Length - 1; index >= 0; index--)
        {
            ref readonly var test = ref tests[index];
            if (test.Column < 0)
            {
                below[index] = new(test.Leaf);
                continue;
            }
            // Missing is the highest bin: one more, and it is the lowest.
            byte turn = test.MissingLeft ? (byte)1 : (byte)0;
            var bins = new Vector<byte>(_data.Bins(test.Column), row) + new Vector<byte>(turn);
            var left = Vector.LessThanOrEqual(bins, new Vector<byte>((byte)(test.Bin + turn)));
            below[index] = Vector.ConditionalSelect(left, below[test.Left], below[test.Right]);
        }
        return below[0];
    }

    private double Gradient(in Sum sum) => sum[0] * _histograms.Step.Gradient;

    private double Hessian(in Sum sum) => sum[1] * _histograms.Step.Hessian;

    private double Value(in Sum sum) => -Gradient(sum) / (Hessian(sum) + _settings.Lambda);

    // Uses up the histogram: it becomes that of the larger child.
    private int Grow(int start, int count, in Sum total, double value, in Bounds bounds, Sum[]? histogram, int depth)
    {
        int index = Nodes.Count;
        float step = (float)(_settings.LearningRate * value);
        Nodes.Add(new(step, 0, 0, -1, false));
        Cover.Add((float)Math.Max(Hessian(total), 1e-6));
        _tests.Add(new(-1, 0, false, 0, 0, (byte)_values.Count));
        if (histogram is null || BestSplit(histogram, total, bounds) is not { } split)
        {
            _values.Add(step);
            return index;
        }
        int column = _columns[split.Cut.Slot];
        var (left, right) = Children(start, count, split, bounds, histogram, depth + 1);
        Nodes[index] = new(_data.Cuts(column)[split.Cut.Bin], left, right, (short)column, split.Cut.MissingLeft);
        _tests[index] = new(column, (byte)split.Cut.Bin, split.Cut.MissingLeft, left, right, 0);
        return index;
    }

    private (int Left, int Right) Children(int start, int count, in Split split, in Bounds bounds, Sum[] histogram, int depth)
    {
        var (leftBounds, rightBounds) = Narrowed(split, bounds);
        // Nothing is added up below the last split: nobody needs to know which rows come there.
        if (depth >= _settings.Depth)
            return (
                Grow(start, 0, split.Cut.Left, split.LeftValue, leftBounds, null, depth),
                Grow(start, 0, split.Right, split.RightValue, rightBounds, null, depth)
            );
        int leftCount = Partition(_rows.AsSpan(start, count), split.Cut);
        int rightStart = start + leftCount,
            rightCount = count - leftCount;
        bool leftSmaller = leftCount < rightCount;
        var smaller = _histograms.Rent();
        if (leftSmaller)
            _histograms.Fill(smaller, _rows, start, leftCount, split.Cut.Left);
        else
            _histograms.Fill(smaller, _rows, rightStart, rightCount, split.Right);
        _histograms.Subtract(histogram, smaller);
        var (ofLeft, ofRight) = leftSmaller ? (smaller, histogram) : (histogram, smaller);
        int left = Grow(start, leftCount, split.Cut.Left, split.LeftValue, leftBounds, ofLeft, depth);
        int right = Grow(rightStart, rightCount, split.Right, split.RightValue, rightBounds, ofRight, depth);
        _histograms.Return(smaller);
        return (left, right);
    }

    // Below a constrained split neither side may pass the middle between the two.
    private (Bounds Left, Bounds Right) Narrowed(in Split split, in Bounds bounds)
    {
        double middle = (split.LeftValue + split.RightValue) / 2;
        return _settings.Direction(_columns[split.Cut.Slot]) switch
        {
            > 0 => (bounds with { High = middle }, bounds with { Low = middle }),
            < 0 => (bounds with { Low = middle }, bounds with { High = middle }),
            _ => (bounds, bounds),
        };
    }

    private Split? BestSplit(Sum[] histogram, in Sum total, in Bounds bounds)
    {
        // What is gained counts from what the node gains as a leaf.
        var best = new Cut(Quality(total, Value(total)) + 1e-6, -1, 0, false, Sum.Zero);
        for (int slot = 0; slot < _columns.Length; slot++)
        {
            var sums = histogram.AsSpan(slot * GradientHistograms.Slots, GradientHistograms.Slots);
            if (_settings.Direction(_columns[slot]) == 0 && bounds == Bounds.None)
                FreeCuts(slot, sums, total, ref best);
            else
                BoundCuts(slot, sums, total, bounds, ref best);
        }
        if (best.Slot < 0)
            return null;
        var right = total - best.Left;
        return new(best, right, Within(Value(best.Left), bounds), Within(Value(right), bounds));
    }

    private void FreeCuts(int slot, ReadOnlySpan<Sum> sums, in Sum total, ref Cut best)
    {
        var (gradientStep, hessianStep) = _histograms.Step;
        double least = _settings.MinChildWeight,
            lambda = _settings.Lambda,
            gradient = Gradient(total),
            hessian = Hessian(total);
        var (below, missing) = (Sum.Zero, sums[BinnedColumns.Missing]);
        int cuts = _data.Cuts(_columns[slot]).Length;
        for (int cut = 0; cut < cuts; cut++)
        {
            // A cut that no row here lies at parts them as the one before did.
            if (cut > 0 && sums[cut] == Sum.Zero)
                continue;
            below += sums[cut];
            double quality = Quality(below[0] * gradientStep, below[1] * hessianStep);
            if (quality > best.Quality)
                best = new(quality, slot, cut, false, below);
            if (missing[1] == 0)
                continue;
            var left = below + missing;
            quality = Quality(left[0] * gradientStep, left[1] * hessianStep);
            if (quality > best.Quality)
                best = new(quality, slot, cut, true, left);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        double Quality(double leftGradient, double leftHessian)
        {
            double rightGradient = gradient - leftGradient,
                rightHessian = hessian - leftHessian;
            return leftHessian < least || rightHessian < least
                ? double.NegativeInfinity
                : leftGradient * leftGradient / (leftHessian + lambda) + rightGradient * rightGradient / (rightHessian + lambda);
        }
    }

    private void BoundCuts(int slot, ReadOnlySpan<Sum> sums, in Sum total, in Bounds bounds, ref Cut best)
    {
        int cuts = _data.Cuts(_columns[slot]).Length,
            direction = _settings.Direction(_columns[slot]);
        var (below, missing) = (Sum.Zero, sums[BinnedColumns.Missing]);
        for (int cut = 0; cut < cuts; cut++)
        {
            below += sums[cut];
            foreach (bool missingLeft in (ReadOnlySpan<bool>)[false, true])
            {
                var left = missingLeft ? below + missing : below;
                double quality = Quality(left, total - left, direction, bounds);
                if (quality > best.Quality)
                    best = new(quality, slot, cut, missingLeft, left);
            }
        }
    }

    // Of both sides of a split together; one that is not allowed has none.
    private double Quality(in Sum left, in Sum right, int direction, in Bounds bounds)
    {
        double leftValue = Within(Value(left), bounds),
            rightValue = Within(Value(right), bounds);
        return
            Hessian(left) < _settings.MinChildWeight
            || Hessian(right) < _settings.MinChildWeight
            || direction * (rightValue - leftValue) < 0
            ? double.NegativeInfinity
            : Quality(left, leftValue) + Quality(right, rightValue);
    }

    private static double Within(double value, in Bounds bounds) => Math.Clamp(value, bounds.Low, bounds.High);

    // Twice the loss that a leaf of this value takes away; at the unconstrained value it is G²/(H + lambda).
    private double Quality(in Sum sum, double value) => -value * (2 * Gradient(sum) + (Hessian(sum) + _settings.Lambda) * value);

    // Keeps the order of the rows: memory is then read forwards. Without branches: which way a row goes cannot be guessed.
    private int Partition(Span<int> rows, in Cut split)
    {
        byte[] bins = _data.Bins(_columns[split.Slot]);
        int left = 0,
            right = 0,
            cut = split.Bin,
            missing = split.MissingLeft ? 1 : 0;
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
