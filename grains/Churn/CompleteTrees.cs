using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Personalization.Churn;

/// <summary>
/// A forest's trees filled up to one depth, so that every row takes the same steps: no branch to mispredict, and a block of rows
/// is scored side by side, tree after tree. One row and many give the same sum to the last bit: leaves of some trees are added
/// as floats, these sums as doubles.
/// </summary>
sealed class CompleteTrees
{
    /// <summary>Deeper trees would be mostly padding.</summary>
    public const int MaxDepth = 4;

    const int Lanes = 8;

    // Lanes of one block: what a tree is made of is read once for all of them.
    const int Vectors = 4;

    const int Block = Lanes * Vectors;

    // Trees whose leaves are added as floats: few enough that rounding stays below a ten-millionth of a leaf.
    const int Bunch = 16;

    // A column as tests see it: a missing value lies beyond every threshold, on the side that was learned.
    readonly record struct Column(short Feature, float Missing);

    readonly int _depth;
    readonly int _trees;
    readonly Column[] _columns;
    readonly float[] _thresholds;
    readonly int[] _places;
    readonly float[] _leaves;

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

    static Column ColumnOf(ForestNode node) =>
        new(node.Feature, node.MissingLeft ? float.NegativeInfinity : float.PositiveInfinity);

    /// <summary>One row: here plain numbers are faster than lanes of which most would be idle.</summary>
    public double Score(ReadOnlySpan<float> row, double bias)
    {
        Span<float> columns = _columns.Length <= 256 ? stackalloc float[_columns.Length] : new float[_columns.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            float value = row[_columns[i].Feature];
            columns[i] = float.IsNaN(value) ? _columns[i].Missing : value;
        }
        int inner = (1 << _depth) - 1;
        ref float column = ref MemoryMarshal.GetReference(columns);
        ref float threshold = ref MemoryMarshal.GetArrayDataReference(_thresholds);
        ref float leaf = ref MemoryMarshal.GetArrayDataReference(_leaves);
        ref int place = ref MemoryMarshal.GetArrayDataReference(_places);
        double score = bias;
        for (int first = 0; first < _trees; first += Bunch)
        {
            float sum = 0;
            for (int tree = Math.Min(Bunch, _trees - first); tree > 0; tree--)
            {
                sum += Unsafe.Add(ref leaf, LeafOf(ref column, ref threshold, ref place));
                threshold = ref Unsafe.Add(ref threshold, inner);
                place = ref Unsafe.Add(ref place, inner);
                leaf = ref Unsafe.Add(ref leaf, inner + 1);
            }
            score += sum;
        }
        return score;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    int LeafOf(ref float column, ref float threshold, ref int place)
    {
        if (_depth == 2)
        {
            // All three tests, needed or not: none waits for another.
            int root = Step(ref column, ref threshold, ref place, 0),
                left = Step(ref column, ref threshold, ref place, 1);
            int right = Step(ref column, ref threshold, ref place, 2);
            return 2 * root + (left & (root - 1) | right & -root);
        }
        int at = 0;
        for (int level = 0; level < _depth; level++)
            at = 2 * at + 1 + Step(ref column, ref threshold, ref place, at);
        return at - ((1 << _depth) - 1);
    }

    // 1: to the right.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Step(ref float column, ref float threshold, ref int place, int test) =>
        Unsafe.Add(ref column, Unsafe.Add(ref place, test)) >= Unsafe.Add(ref threshold, test) ? 1 : 0;

    /// <param name="rows">Row after row.</param>
    /// <param name="width">Values in a row.</param>
    /// <param name="bias">What scores begin with.</param>
    /// <param name="scores">One per row.</param>
    public void Score(ReadOnlySpan<float> rows, int width, double bias, Span<double> scores)
    {
        Span<Vector256<float>> columns =
            _columns.Length <= 192
                ? stackalloc Vector256<float>[_columns.Length * Vectors]
                : new Vector256<float>[_columns.Length * Vectors];
        Span<double> block = stackalloc double[Block];
        for (int first = 0; first < scores.Length; first += Block)
        {
            int count = Math.Min(Block, scores.Length - first);
            Gather(rows.Slice(first * width, count * width), width, columns);
            block.Fill(bias);
            ScoreBlock(columns, block);
            block[..count].CopyTo(scores[first..]);
        }
    }

    // Column by column, a lane per row. Where rows are fewer the last one stands again: what it scores there is not looked at.
    void Gather(ReadOnlySpan<float> rows, int width, Span<Vector256<float>> columns)
    {
        for (int vector = 0; vector < Vectors; vector++)
        {
            ref float row = ref MemoryMarshal.GetReference(rows);
            nint last = rows.Length - width,
                at = vector * Lanes * (nint)width;
            nint at0 = nint.Min(at, last),
                at1 = nint.Min(at + width, last),
                at2 = nint.Min(at + 2 * width, last);
            nint at3 = nint.Min(at + 3 * width, last),
                at4 = nint.Min(at + 4 * width, last),
                at5 = nint.Min(at + 5 * width, last);
            nint at6 = nint.Min(at + 6 * width, last),
                at7 = nint.Min(at + 7 * width, last);
            ref var lanes = ref columns[vector];
            foreach (ref readonly var column in _columns.AsSpan())
            {
                ref float value = ref Unsafe.Add(ref row, (nint)column.Feature);
                var values = Vector256.Create(
                    Unsafe.Add(ref value, at0),
                    Unsafe.Add(ref value, at1),
                    Unsafe.Add(ref value, at2),
                    Unsafe.Add(ref value, at3),
                    Unsafe.Add(ref value, at4),
                    Unsafe.Add(ref value, at5),
                    Unsafe.Add(ref value, at6),
                    Unsafe.Add(ref value, at7)
                );
                lanes = Vector256.ConditionalSelect(Vector256.Equals(values, values), values, Vector256.Create(column.Missing));
                lanes = ref Unsafe.Add(ref lanes, Vectors);
            }
        }
    }

    // Places and counts were made together by the constructor: no index can lie outside.
    void ScoreBlock(ReadOnlySpan<Vector256<float>> columns, Span<double> scores)
    {
        Span<Vector256<float>> ways = stackalloc Vector256<float>[1 << MaxDepth];
        int inner = (1 << _depth) - 1;
        ref var column = ref Unsafe.AsRef(in MemoryMarshal.GetReference(columns));
        ref float threshold = ref MemoryMarshal.GetArrayDataReference(_thresholds);
        ref float leaf = ref MemoryMarshal.GetArrayDataReference(_leaves);
        ref int place = ref MemoryMarshal.GetArrayDataReference(_places);
        for (int first = 0; first < _trees; first += Bunch)
        {
            Vector256<float> sum0 = default,
                sum1 = default,
                sum2 = default,
                sum3 = default;
            for (int tree = Math.Min(Bunch, _trees - first); tree > 0; tree--)
            {
                if (_depth == 2)
                {
                    ref var root = ref Unsafe.Add(ref column, Vectors * place);
                    ref var left = ref Unsafe.Add(ref column, Vectors * Unsafe.Add(ref place, 1));
                    ref var right = ref Unsafe.Add(ref column, Vectors * Unsafe.Add(ref place, 2));
                    var atRoot = Vector256.Create(threshold);
                    var atLeft = Vector256.Create(Unsafe.Add(ref threshold, 1));
                    var atRight = Vector256.Create(Unsafe.Add(ref threshold, 2));
                    var (leaf0, leaf1) = (Vector256.Create(leaf), Vector256.Create(Unsafe.Add(ref leaf, 1)));
                    var leaf2 = Vector256.Create(Unsafe.Add(ref leaf, 2));
                    var leaf3 = Vector256.Create(Unsafe.Add(ref leaf, 3));
                    sum0 += Pick(root, atRoot, Pick(left, atLeft, leaf0, leaf1), Pick(right, atRight, leaf2, leaf3));
                    sum1 += Pick(
                        Unsafe.Add(ref root, 1),
                        atRoot,
                        Pick(Unsafe.Add(ref left, 1), atLeft, leaf0, leaf1),
                        Pick(Unsafe.Add(ref right, 1), atRight, leaf2, leaf3)
                    );
                    sum2 += Pick(
                        Unsafe.Add(ref root, 2),
                        atRoot,
                        Pick(Unsafe.Add(ref left, 2), atLeft, leaf0, leaf1),
                        Pick(Unsafe.Add(ref right, 2), atRight, leaf2, leaf3)
                    );
                    sum3 += Pick(
                        Unsafe.Add(ref root, 3),
                        atRoot,
                        Pick(Unsafe.Add(ref left, 3), atLeft, leaf0, leaf1),
                        Pick(Unsafe.Add(ref right, 3), atRight, leaf2, leaf3)
                    );
                }
                else
                {
                    sum0 += Climb(ref column, ref threshold, ref place, ref leaf, ways);
                    sum1 += Climb(ref Unsafe.Add(ref column, 1), ref threshold, ref place, ref leaf, ways);
                    sum2 += Climb(ref Unsafe.Add(ref column, 2), ref threshold, ref place, ref leaf, ways);
                    sum3 += Climb(ref Unsafe.Add(ref column, 3), ref threshold, ref place, ref leaf, ways);
                }
                threshold = ref Unsafe.Add(ref threshold, inner);
                place = ref Unsafe.Add(ref place, inner);
                leaf = ref Unsafe.Add(ref leaf, inner + 1);
            }
            Add(sum0, scores);
            Add(sum1, scores[Lanes..]);
            Add(sum2, scores[(2 * Lanes)..]);
            Add(sum3, scores[(3 * Lanes)..]);
        }
    }

    static void Add(Vector256<float> sums, Span<double> scores)
    {
        var (below, above) = Vector256.Widen(sums);
        (Vector256.Create<double>(scores) + below).CopyTo(scores);
        (Vector256.Create<double>(scores[(Lanes / 2)..]) + above).CopyTo(scores[(Lanes / 2)..]);
    }

    // From the lowest tests up to the root, each picks between the two below it.
    Vector256<float> Climb(
        ref Vector256<float> column,
        ref float threshold,
        ref int place,
        ref float leaf,
        Span<Vector256<float>> ways
    )
    {
        for (int i = 0; i < 1 << _depth; i++)
            ways[i] = Vector256.Create(Unsafe.Add(ref leaf, i));
        for (int level = 1 << _depth >> 1; level > 0; level /= 2)
        for (int i = 0; i < level; i++)
        {
            int test = level - 1 + i;
            ways[i] = Pick(
                Unsafe.Add(ref column, Vectors * Unsafe.Add(ref place, test)),
                Vector256.Create(Unsafe.Add(ref threshold, test)),
                ways[2 * i],
                ways[2 * i + 1]
            );
        }
        return ways[0];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Pick(
        Vector256<float> column,
        Vector256<float> threshold,
        Vector256<float> below,
        Vector256<float> above
    ) => Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(column, threshold), above, below);

    // Below an early leaf all tests lead to copies of it.
    void Fill(ForestNode[] nodes, int index, int tree, int level, int at)
    {
        int inner = (1 << _depth) - 1;
        var node = nodes[index];
        if (level == _depth)
        {
            _leaves[(tree << _depth) + at - inner] = node.Threshold;
            return;
        }
        if (!node.IsLeaf)
            (_thresholds[tree * inner + at], _places[tree * inner + at]) = (
                node.Threshold,
                Array.IndexOf(_columns, ColumnOf(node))
            );
        Fill(nodes, node.IsLeaf ? index : node.Left, tree, level + 1, 2 * at + 1);
        Fill(nodes, node.IsLeaf ? index : node.Right, tree, level + 1, 2 * at + 2);
    }
}
