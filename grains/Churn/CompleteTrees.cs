using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Personalization.Churn;

/// <summary>
/// A forest's trees filled up to one depth, so that every row takes the same steps: no branch to mispredict, and eight rows
/// are scored at once, all tests of a tree side by side.
/// </summary>
internal sealed class CompleteTrees
{
    /// <summary>Deeper trees would be mostly padding.</summary>
    public const int MostDepth = 4;

    /// <summary>Rows scored at once.</summary>
    public const int Lanes = 8;

    // A column as tests see it: a missing value lies beyond every threshold, on the side that was learned.
    private readonly record struct Column(short Feature, float Missing);

    private readonly int _depth;
    private readonly int _trees;
    private readonly Column[] _columns;
    private readonly float[] _thresholds;
    private readonly int[] _places;
    private readonly float[] _leaves;

    public CompleteTrees(ForestNode[] nodes, int[] roots, int depth)
    {
        (_depth, _trees) = (depth, roots.Length);
        _columns = [.. nodes.Where(node => !node.IsLeaf).Select(ColumnOf).Distinct()];
        if (_columns.Length == 0)
            _columns = [default];
        _thresholds = new float[roots.Length * ((1 << depth) - 1)];
        _places = new int[_thresholds.Length];
        _leaves = new float[roots.Length << depth];
        for (int tree = 0; tree < roots.Length; tree++)
            Fill(nodes, roots[tree], tree, 0, 0);
    }

    private static Column ColumnOf(ForestNode node) =>
        new(node.Feature, node.MissingLeft ? float.NegativeInfinity : float.PositiveInfinity);

    /// <summary>One row: here plain numbers are faster than lanes of which seven would be idle.</summary>
    public double Score(ReadOnlySpan<float> row, double bias)
    {
        Span<float> columns = _columns.Length <= 256 ? stackalloc float[_columns.Length] : new float[_columns.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            float value = row[_columns[i].Feature];
            columns[i] = float.IsNaN(value) ? _columns[i].Missing : value;
        }
        double score = bias;
        int inner = (1 << _depth) - 1;
        ref float column = ref MemoryMarshal.GetReference(columns);
        ref float threshold = ref MemoryMarshal.GetArrayDataReference(_thresholds), leaf = ref MemoryMarshal.GetArrayDataReference(_leaves);
        ref int place = ref MemoryMarshal.GetArrayDataReference(_places);
        for (int tree = 0; tree < _trees; tree++)
        {
            int at = 0;
            if (_depth == 2)
            {
                // All three tests, needed or not: none waits for another.
                int root = Step(ref column, ref threshold, ref place, 0), left = Step(ref column, ref threshold, ref place, 1);
                int right = Step(ref column, ref threshold, ref place, 2);
                at = 2 * root + (left & (root - 1) | right & -root);
            }
            else
            {
                for (int level = 0; level < _depth; level++)
                    at = 2 * at + 1 + Step(ref column, ref threshold, ref place, at);
                at -= inner;
            }
            score += Unsafe.Add(ref leaf, at);
            threshold = ref Unsafe.Add(ref threshold, inner);
            place = ref Unsafe.Add(ref place, inner);
            leaf = ref Unsafe.Add(ref leaf, inner + 1);
        }
        return score;
    }

    // 1: to the right.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Step(ref float column, ref float threshold, ref int place, int test) =>
        Unsafe.Add(ref column, Unsafe.Add(ref place, test)) >= Unsafe.Add(ref threshold, test) ? 1 : 0;

    /// <param name="rows">Row after row.</param>
    /// <param name="width">Values in a row.</param>
    /// <param name="bias">What scores begin with.</param>
    /// <param name="scores">One per row.</param>
    public void Score(ReadOnlySpan<float> rows, int width, double bias, Span<double> scores)
    {
        Span<Vector256<float>> columns = _columns.Length <= 192
            ? stackalloc Vector256<float>[_columns.Length]
            : new Vector256<float>[_columns.Length];
        Span<double> eight = stackalloc double[Lanes];
        for (int first = 0; first < scores.Length; first += Lanes)
        {
            int count = Math.Min(Lanes, scores.Length - first);
            Gather(rows[(first * width)..], width, count, columns);
            ScoreLanes(columns, bias, eight);
            eight[..count].CopyTo(scores[first..]);
        }
    }

    // Column by column, a lane per row; lanes without a row are left as they are, their scores are not looked at.
    private void Gather(ReadOnlySpan<float> rows, int width, int count, Span<Vector256<float>> columns)
    {
        var values = MemoryMarshal.Cast<Vector256<float>, float>(columns);
        for (int lane = 0; lane < count; lane++)
        {
            var row = rows.Slice(lane * width, width);
            for (int place = 0; place < _columns.Length; place++)
            {
                var column = _columns[place];
                float value = row[column.Feature];
                values[place * Lanes + lane] = float.IsNaN(value) ? column.Missing : value;
            }
        }
    }

    // Places and counts were made together by the constructor: no index can lie outside.
    private void ScoreLanes(ReadOnlySpan<Vector256<float>> columns, double bias, Span<double> scores)
    {
        Vector256<double> low = Vector256.Create(bias), high = low;
        Span<Vector256<float>> ways = stackalloc Vector256<float>[1 << MostDepth >> 1];
        int inner = (1 << _depth) - 1;
        ref var column = ref MemoryMarshal.GetReference(columns);
        ref float threshold = ref MemoryMarshal.GetArrayDataReference(_thresholds), leaf = ref MemoryMarshal.GetArrayDataReference(_leaves);
        ref int place = ref MemoryMarshal.GetArrayDataReference(_places);
        for (int tree = 0; tree < _trees; tree++)
        {
            var value = _depth == 2
                ? Vector256.ConditionalSelect(Right(ref column, ref threshold, ref place, 0),
                    Choose(ref column, ref threshold, ref place, 2, ref leaf, 2),
                    Choose(ref column, ref threshold, ref place, 1, ref leaf, 0))
                : Climb(ref column, ref threshold, ref place, ref leaf, ways);
            var (below, above) = Vector256.Widen(value);
            low += below;
            high += above;
            threshold = ref Unsafe.Add(ref threshold, inner);
            place = ref Unsafe.Add(ref place, inner);
            leaf = ref Unsafe.Add(ref leaf, inner + 1);
        }
        low.CopyTo(scores);
        high.CopyTo(scores[(Lanes / 2)..]);
    }

    // From the lowest tests up to the root, each picks between the two below it.
    private Vector256<float> Climb(
        ref Vector256<float> column, ref float threshold, ref int place, ref float leaf, Span<Vector256<float>> ways)
    {
        if (_depth == 0)
            return Vector256.Create(leaf);
        int lowest = 1 << _depth >> 1;
        for (int i = 0; i < lowest; i++)
            ways[i] = Choose(ref column, ref threshold, ref place, lowest - 1 + i, ref leaf, 2 * i);
        for (int level = lowest / 2; level > 0; level /= 2)
            for (int i = 0; i < level; i++)
                ways[i] = Vector256.ConditionalSelect(
                    Right(ref column, ref threshold, ref place, level - 1 + i), ways[2 * i + 1], ways[2 * i]);
        return ways[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Choose(
        ref Vector256<float> column, ref float threshold, ref int place, int test, ref float leaf, int left) =>
        Vector256.ConditionalSelect(Right(ref column, ref threshold, ref place, test),
            Vector256.Create(Unsafe.Add(ref leaf, left + 1)), Vector256.Create(Unsafe.Add(ref leaf, left)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Right(ref Vector256<float> column, ref float threshold, ref int place, int test) =>
        Vector256.GreaterThanOrEqual(
            Unsafe.Add(ref column, Unsafe.Add(ref place, test)), Vector256.Create(Unsafe.Add(ref threshold, test)));

    // Below an early leaf all tests lead to copies of it.
    private void Fill(ForestNode[] nodes, int index, int tree, int level, int at)
    {
        int inner = (1 << _depth) - 1;
        var node = nodes[index];
        if (level == _depth)
        {
            _leaves[(tree << _depth) + at - inner] = node.Threshold;
            return;
        }
        if (!node.IsLeaf)
            (_thresholds[tree * inner + at], _places[tree * inner + at]) =
                (node.Threshold, Array.IndexOf(_columns, ColumnOf(node)));
        Fill(nodes, node.IsLeaf ? index : node.Left, tree, level + 1, 2 * at + 1);
        Fill(nodes, node.IsLeaf ? index : node.Right, tree, level + 1, 2 * at + 2);
    }
}
