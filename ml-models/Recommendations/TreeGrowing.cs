using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Personalization.Models.Recommendations;

/// <summary>
/// Grows one symmetric tree at a time: copies what it looks at of the rows learned from, keeps them in the order of their leaves so
/// that memory is read from end to end, and finds the cut of each level by sums per leaf, column and bin. Only the smaller side of a
/// leaf's split is counted; the other is what it leaves of the leaf.
/// </summary>
sealed class TreeGrowing(BinnedLists binned, int depth)
{
    const int Bins = BinnedLists.Bins;

    // A row's bins, and its gradient in the upper half of an integer with its hessian in the lower: one addition sums both.
    byte[] _bins = [],
        _movedBins = [];
    long[] _rows = [],
        _movedRows = [];
    readonly int[] _ends = new int[1 << depth];
    readonly long[] _leaves = new long[1 << depth];
    long[] _sums = [];
    int[] _columns = [];
    int _width;

    /// <summary>What a gradient and a hessian of 1 count: they are rounded to integers.</summary>
    public (double OfGradient, double OfHessian) Scale { get; set; }

    /// <summary>Begins a tree on so many rows, each of which must be put, that may look at these columns.</summary>
    public void Begin(int rows, int[] columns)
    {
        (_columns, _width) = (columns, (columns.Length + 31) & ~31);
        if (_rows.Length < rows)
            (_rows, _movedRows) = (new long[rows], new long[rows]);
        if (_bins.Length < rows * _width)
            (_bins, _movedBins) = (new byte[rows * _width], new byte[rows * _width]);
        if (_sums.Length < columns.Length * Bins << (depth - 1))
            _sums = new long[columns.Length * Bins << (depth - 1)];
        _ends[0] = rows;
    }

    /// <param name="at">Place among the rows of this tree.</param>
    /// <param name="row">Of the lists.</param>
    /// <param name="gradient">Of the row.</param>
    /// <param name="hessian">Of the row.</param>
    public void Put(int at, int row, double gradient, double hessian)
    {
        _rows[at] = ((long)Math.Round(gradient * Scale.OfGradient) << 32) + (uint)(hessian * Scale.OfHessian);
        ref byte all = ref MemoryMarshal.GetReference(binned.Row(row));
        var bins = _bins.AsSpan(at * _width, _columns.Length);
        var columns = _columns.AsSpan(0, bins.Length);
        for (int i = 0; i < bins.Length; i++)
            bins[i] = Unsafe.Add(ref all, columns[i]);
    }

    /// <summary>Finds the best cut of a level and splits every leaf by it.</summary>
    public (int Column, int Cut) Split(int level, double lambda)
    {
        var bests = new (double Gain, int Cut)[_columns.Length];
        int shares = Math.Min(_columns.Length, Environment.ProcessorCount);
        Parallel.For(0, shares, share =>
        {
            int from = _columns.Length * share / shares,
                until = _columns.Length * (share + 1) / shares;
            Count(from, until, level);
            for (int i = from; i < until; i++)
                bests[i] = BestCut(i, level, lambda);
        });
        int best = 0;
        for (int i = 1; i < bests.Length; i++)
            if (bests[i].Gain > bests[best].Gain)
                best = i;
        int cut = bests[best].Cut,
            leaves = 1 << level;
        if (level == depth - 1)
            Sum(best, cut);
        else
            Part(best, cut, leaves);
        return (_columns[best], cut);
    }

    /// <summary>Gradient and hessian of a leaf once all levels are split; the first level is the lowest bit of its number.</summary>
    public (double Gradient, double Hessian) SumOf(int leaf) =>
        (GradientOf(_leaves[PlaceOf(leaf)]) / Scale.OfGradient, HessianOf(_leaves[PlaceOf(leaf)]) / Scale.OfHessian);

    static double GradientOf(long sum) => sum >> 32;

    static double HessianOf(long sum) => (uint)sum;

    // Leaves lie in the order in which their splits made them: the first level is the highest bit of their place.
    int PlaceOf(int leaf)
    {
        int place = 0;
        for (int level = 0; level < depth; level++)
            place |= (leaf >> level & 1) << (depth - 1 - level);
        return place;
    }

    Span<long> SumsOf(int place, int from, int until) =>
        _sums.AsSpan(((place * _columns.Length) + from) * Bins, (until - from) * Bins);

    int Start(int place) => place == 0 ? 0 : _ends[place - 1];

    /// <summary>Sums of some columns, per leaf and bin. Those of a leaf of the level before give way to its halves', the last leaf
    /// first.</summary>
    void Count(int from, int until, int level)
    {
        if (level == 0)
        {
            CountLeaf(0, from, until, SumsOf(0, from, until));
            return;
        }
        for (int parent = (1 << (level - 1)) - 1; parent >= 0; parent--)
        {
            int left = 2 * parent,
                right = left + 1;
            bool isRight = _ends[right] - _ends[left] <= _ends[left] - Start(left);
            var whole = SumsOf(parent, from, until);
            var small = SumsOf(isRight ? right : left, from, until);
            var large = SumsOf(isRight ? left : right, from, until);
            if (parent > 0)
            {
                CountLeaf(isRight ? right : left, from, until, small);
                for (int i = 0; i < whole.Length; i++)
                    large[i] = whole[i] - small[i];
                continue;
            }
            // The first leaf's left half takes its own place.
            var second = SumsOf(right, from, until);
            CountLeaf(isRight ? right : left, from, until, second);
            for (int i = 0; i < whole.Length; i++)
                (whole[i], second[i]) = isRight ? (whole[i] - second[i], second[i]) : (second[i], whole[i] - second[i]);
        }
    }

    void CountLeaf(int place, int from, int until, Span<long> sums)
    {
        sums.Clear();
        int start = Start(place),
            end = _ends[place];
        ref long first = ref MemoryMarshal.GetReference(sums);
        ref byte bins = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_bins), (nint)start * _width);
        nint width = _width;
        for (int row = start; row < end; row++, bins = ref Unsafe.Add(ref bins, width))
        {
            long sum = _rows[row];
            ref long column = ref first;
            // Each addition goes to another column: none waits for the one before.
            for (nint i = from; i < until; i++, column = ref Unsafe.Add(ref column, Bins))
                Unsafe.Add(ref column, (nint)Unsafe.Add(ref bins, i)) += sum;
        }
    }

    (double Gain, int Cut) BestCut(int column, int level, double lambda)
    {
        int cuts = binned.Cuts(_columns[column]).Length;
        Span<double> gains = stackalloc double[Bins];
        gains.Clear();
        double perGradient = 1 / Scale.OfGradient,
            perHessian = 1 / Scale.OfHessian;
        double Quality(long sum)
        {
            double gradient = GradientOf(sum) * perGradient;
            return gradient * gradient / ((HessianOf(sum) * perHessian) + lambda);
        }
        for (int place = 0; place < 1 << level; place++)
        {
            var sums = SumsOf(place, column, column + 1);
            long whole = 0,
                below = 0;
            foreach (long sum in sums)
                whole += sum;
            double quality = Quality(whole);
            for (int cut = 0; cut < cuts; cut++)
            {
                below += sums[cut];
                gains[cut] += Quality(below) + Quality(whole - below) - quality;
            }
        }
        int best = 0;
        for (int cut = 1; cut < cuts; cut++)
            if (gains[cut] > gains[best])
                best = cut;
        return (gains[best], best);
    }

    /// <summary>Parts every leaf's rows into those below the cut and those above it.</summary>
    void Part(int column, int cut, int leaves)
    {
        var ends = _ends.AsSpan(0, leaves).ToArray();
        Parallel.For(0, leaves, place =>
        {
            int from = place == 0 ? 0 : ends[place - 1],
                end = ends[place],
                left = from,
                right = end;
            for (int row = from; row < end; row++)
            {
                // Rows go to either end of their leaf's room, without a branch that would be guessed wrong every other time: sums
                // of integers do not mind the order.
                int isAbove = _bins[(row * _width) + column] > cut ? 1 : 0;
                right -= isAbove;
                int to = isAbove == 0 ? left : right;
                left += 1 - isAbove;
                _movedRows[to] = _rows[row];
                Copy(ref _bins[row * _width], ref _movedBins[to * _width]);
            }
            (_ends[2 * place], _ends[(2 * place) + 1]) = (left, end);
        });
        (_bins, _movedBins, _rows, _movedRows) = (_movedBins, _bins, _movedRows, _rows);
    }

    void Copy(ref byte from, ref byte to)
    {
        for (nuint at = 0; at < (nuint)_width; at += 32)
            Vector256.LoadUnsafe(ref from, at).StoreUnsafe(ref to, at);
    }

    /// <summary>Sums of the leaves that the last level makes: its rows need not be parted.</summary>
    void Sum(int column, int cut)
    {
        for (int place = 0; place < 1 << (depth - 1); place++)
        {
            var sums = SumsOf(place, column, column + 1);
            (_leaves[2 * place], _leaves[(2 * place) + 1]) = (0, 0);
            for (int bin = 0; bin < Bins; bin++)
                _leaves[(2 * place) + (bin > cut ? 1 : 0)] += sums[bin];
        }
    }
}
