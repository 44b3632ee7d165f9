using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Personalization.Recommendations;

/// <summary>Boosted trees that ask the same question at all nodes of a level (oblivious trees: Prokhorenkova et al., "CatBoost",
/// NeurIPS 2018). A tree's answer is as many comparisons as it has levels, made for eight or sixteen rows at once.</summary>
public sealed class SymmetricTrees
{
    /// <summary>Most levels: a leaf's number fits a byte.</summary>
    public const int MaxDepth = 8;

    readonly short[] _features;
    readonly float[] _thresholds;
    readonly float[] _leaves;

    /// <param name="depth">Levels of every tree, 1 to <see cref="MaxDepth"/>.</param>
    /// <param name="columns">Columns of a row.</param>
    /// <param name="features">Tree after tree, the column each level looks at.</param>
    /// <param name="thresholds">Beside it: a value above goes to the right, NaN never does.</param>
    /// <param name="leaves">Tree after tree, what each leaf adds; the first level is the lowest bit of a leaf's number.</param>
    /// <exception cref="InvalidDataException">The arrays do not describe such trees.</exception>
    public SymmetricTrees(int depth, int columns, short[] features, float[] thresholds, float[] leaves)
    {
        var sound =
            depth is >= 1 and <= MaxDepth
            && features.Length % depth == 0
            && thresholds.Length == features.Length
            && leaves.Length == features.Length / depth << depth;
        foreach (var feature in features)
            sound &= (uint)feature < (uint)columns;
        if (!sound)
            throw new InvalidDataException("The arrays do not describe symmetric trees.");
        (Depth, Columns, _features, _thresholds, _leaves) = (depth, columns, features, thresholds, leaves);
    }

    public int Depth { get; }

    public int Columns { get; }

    public int Count => _features.Length / Depth;

    /// <summary>Adds the trees' answers to the scores.</summary>
    /// <param name="values">Column after column, each of <paramref name="stride"/> values.</param>
    /// <param name="stride">Rows there is room for: a multiple of eight, at least the number of scores rounded up to it.</param>
    /// <param name="scores">One per row; its length too is a multiple of eight.</param>
    public void Score(ReadOnlySpan<float> values, int stride, Span<float> scores)
    {
        if (scores.Length > stride || scores.Length % 8 != 0 || values.Length < (long)Columns * stride)
            throw new ArgumentException("Rows come in eights, and every column has room for all.", nameof(values));
        if (Depth == 6 && Avx512F.IsSupported && scores.Length % 16 == 0)
        {
            ScoreSixLevels(values, stride, scores);
            return;
        }
        for (var tree = 0; tree < Count; tree++)
            ScoreTree(
                values,
                stride,
                _features.AsSpan(tree * Depth, Depth),
                _thresholds.AsSpan(tree * Depth, Depth),
                _leaves.AsSpan(tree << Depth, 1 << Depth),
                scores
            );
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(Depth);
        writer.Write(Count);
        foreach (var feature in _features)
            writer.Write(feature);
        foreach (var threshold in _thresholds)
            writer.Write(threshold);
        foreach (var leaf in _leaves)
            writer.Write(leaf);
    }

    /// <param name="reader">Where <see cref="Save"/> wrote to.</param>
    /// <param name="places">For each column of the file, the column of a row now.</param>
    /// <param name="columns">Columns of a row now.</param>
    /// <exception cref="InvalidDataException">Damaged.</exception>
    public static SymmetricTrees Load(BinaryReader reader, ReadOnlySpan<short> places, int columns)
    {
        var (depth, count) = (reader.ReadInt32(), reader.ReadInt32());
        if (depth is < 1 or > MaxDepth || count is < 0 or > 100_000)
            throw new InvalidDataException("The trees are damaged.");
        var features = new short[count * depth];
        foreach (ref var feature in features.AsSpan())
        {
            feature = reader.ReadInt16();
            if ((uint)feature >= (uint)places.Length)
                throw new InvalidDataException("A tree asks for a feature that is not named.");
            feature = places[feature];
        }
        var thresholds = new float[features.Length];
        foreach (ref var threshold in thresholds.AsSpan())
            threshold = reader.ReadSingle();
        var leaves = new float[count << depth];
        foreach (ref var leaf in leaves.AsSpan())
            leaf = reader.ReadSingle();
        return new(depth, columns, features, thresholds, leaves);
    }

    /// <summary>The same for sixteen rows at once: a tree's 64 leaves fit four registers, and are picked there.</summary>
    void ScoreSixLevels(ReadOnlySpan<float> values, int stride, Span<float> scores)
    {
        ref var first = ref MemoryMarshal.GetReference(values);
        ref var score = ref MemoryMarshal.GetReference(scores);
        ref var leaf = ref MemoryMarshal.GetArrayDataReference(_leaves);
        for (var tree = 0; tree < Count; tree++, leaf = ref Unsafe.Add(ref leaf, 64))
        {
            var levels = _features.AsSpan(tree * 6, 6);
            var cuts = _thresholds.AsSpan(tree * 6, 6);
            ref var a = ref Unsafe.Add(ref first, levels[0] * stride);
            ref var b = ref Unsafe.Add(ref first, levels[1] * stride);
            ref var c = ref Unsafe.Add(ref first, levels[2] * stride);
            ref var d = ref Unsafe.Add(ref first, levels[3] * stride);
            ref var e = ref Unsafe.Add(ref first, levels[4] * stride);
            ref var f = ref Unsafe.Add(ref first, levels[5] * stride);
            var (cutA, cutB, cutC) = (Vector512.Create(cuts[0]), Vector512.Create(cuts[1]), Vector512.Create(cuts[2]));
            var (cutD, cutE, cutF) = (Vector512.Create(cuts[3]), Vector512.Create(cuts[4]), Vector512.Create(cuts[5]));
            var (leaves0, leaves1) = (Vector512.LoadUnsafe(ref leaf), Vector512.LoadUnsafe(ref leaf, 16));
            var (leaves2, leaves3) = (Vector512.LoadUnsafe(ref leaf, 32), Vector512.LoadUnsafe(ref leaf, 48));
            for (nuint row = 0; row < (nuint)scores.Length; row += 16)
            {
                var place =
                    Bit(ref a, row, cutA, 1)
                    | Bit(ref b, row, cutB, 2)
                    | Bit(ref c, row, cutC, 4)
                    | Bit(ref d, row, cutD, 8)
                    | Bit(ref e, row, cutE, 16);
                // The place's lowest five bits choose within half of the leaves, the sixth level between the halves.
                var low = Avx512F.PermuteVar16x32x2(leaves0, place, leaves1);
                var high = Avx512F.PermuteVar16x32x2(leaves2, place, leaves3);
                var isHigh = Vector512.GreaterThan(Vector512.LoadUnsafe(ref f, row), cutF);
                (Vector512.LoadUnsafe(ref score, row) + Vector512.ConditionalSelect(isHigh, high, low)).StoreUnsafe(
                    ref score,
                    row
                );
            }
        }
    }

    static Vector512<int> Bit(ref float column, nuint row, Vector512<float> cut, int bit) =>
        Vector512.GreaterThan(Vector512.LoadUnsafe(ref column, row), cut).AsInt32() & Vector512.Create(bit);

    static void ScoreTree(
        ReadOnlySpan<float> values,
        int stride,
        ReadOnlySpan<short> features,
        ReadOnlySpan<float> thresholds,
        ReadOnlySpan<float> leaves,
        Span<float> scores
    )
    {
        Span<Vector256<float>> tests = stackalloc Vector256<float>[MaxDepth];
        Span<int> starts = stackalloc int[MaxDepth];
        for (var level = 0; level < features.Length; level++)
            (tests[level], starts[level]) = (Vector256.Create(thresholds[level]), features[level] * stride);
        ref var first = ref MemoryMarshal.GetReference(values);
        ref var added = ref MemoryMarshal.GetReference(leaves);
        ref var score = ref MemoryMarshal.GetReference(scores);
        for (var row = 0; row < scores.Length; row += 8)
        {
            // The comparisons' sign bits, level after level, are the leaf's number, for eight rows in one go.
            var leaf = Vector256<int>.Zero;
            for (var level = 0; level < features.Length; level++)
            {
                var value = Vector256.LoadUnsafe(ref first, (nuint)(starts[level] + row));
                leaf |= Vector256.GreaterThan(value, tests[level]).AsInt32() & Vector256.Create(1 << level);
            }
            var sum =
                Vector256.LoadUnsafe(ref score, (nuint)row)
                + Vector256.Create(
                    Unsafe.Add(ref added, leaf[0]),
                    Unsafe.Add(ref added, leaf[1]),
                    Unsafe.Add(ref added, leaf[2]),
                    Unsafe.Add(ref added, leaf[3]),
                    Unsafe.Add(ref added, leaf[4]),
                    Unsafe.Add(ref added, leaf[5]),
                    Unsafe.Add(ref added, leaf[6]),
                    Unsafe.Add(ref added, leaf[7])
                );
            sum.StoreUnsafe(ref score, (nuint)row);
        }
    }
}
