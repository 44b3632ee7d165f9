using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Personalization.Recommendations;

/// <summary>
/// Order statistics by counting: the number looked for is narrowed down by halves, and each time those above the middle are
/// counted, eight at once. Without a branch that depends on a number.
/// </summary>
static class Selecting
{
    /// <summary>The n-th largest number, and how many of those equal to it belong to the n largest.</summary>
    /// <param name="numbers">None of them NaN.</param>
    /// <param name="n">From 1 to their count.</param>
    /// <param name="ordered">As long as the numbers; overwritten.</param>
    public static (float Threshold, int Ties) Largest(ReadOnlySpan<float> numbers, int n, Span<int> ordered)
    {
        Order(numbers, ordered = ordered[..numbers.Length]);
        var (low, high) = Bounds(ordered); // the one looked for is above low and at most high
        var aboveHigh = 0;
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            var above = CountAbove(ordered, (int)middle);
            if (above == n)
                return Least(ordered, (int)middle, n);
            if (above > n)
                low = middle;
            else
                (high, aboveHigh) = (middle, above);
        }
        return (Number((int)high), n - aboveHigh);
    }

    /// <summary>The n largest are those above the limit: the smallest of them is the one looked for.</summary>
    static (float Threshold, int Ties) Least(ReadOnlySpan<int> ordered, int limit, int n)
    {
        var (leasts, limits) = (Vector256.Create(int.MaxValue), Vector256.Create(limit));
        var at = 0;
        for (; at + 8 <= ordered.Length; at += 8)
        {
            var keys = Vector256.Create(ordered[at..]);
            leasts = Vector256.Min(leasts, Vector256.ConditionalSelect(Vector256.GreaterThan(keys, limits), keys, leasts));
        }
        var least = int.MaxValue;
        for (var lane = 0; lane < 8; lane++)
            least = Math.Min(least, leasts[lane]);
        foreach (var key in ordered[at..])
            least = key > limit ? Math.Min(least, key) : least;
        return (Number(least), n - CountAbove(ordered, least));
    }

    /// <summary>Bits of a float as an integer that grows with it; its own inverse. Both zeros are the same.</summary>
    static int Key(int bits) => bits ^ ((bits >> 31) & int.MaxValue);

    static float Number(int key) => BitConverter.Int32BitsToSingle(Key(key));

    static void Order(ReadOnlySpan<float> numbers, Span<int> ordered)
    {
        var at = 0;
        for (; at + 8 <= numbers.Length; at += 8)
        {
            // Adding zero makes one zero of both.
            var bits = (Vector256.Create(numbers[at..]) + Vector256<float>.Zero).AsInt32();
            (bits ^ ((bits >> 31) & Vector256.Create(int.MaxValue))).CopyTo(ordered[at..]);
        }
        for (; at < numbers.Length; at++)
            ordered[at] = Key(BitConverter.SingleToInt32Bits(numbers[at] + 0f));
    }

    static (long Low, long High) Bounds(ReadOnlySpan<int> ordered)
    {
        var (least, most) = (ordered[^1], ordered[^1]);
        var (leasts, mosts) = (Vector256.Create(least), Vector256.Create(most));
        var at = 0;
        for (; at + 8 <= ordered.Length; at += 8)
        {
            var keys = Vector256.Create(ordered[at..]);
            (leasts, mosts) = (Vector256.Min(leasts, keys), Vector256.Max(mosts, keys));
        }
        for (var lane = 0; lane < 8; lane++)
            (least, most) = (Math.Min(least, leasts[lane]), Math.Max(most, mosts[lane]));
        foreach (var key in ordered[at..])
            (least, most) = (Math.Min(least, key), Math.Max(most, key));
        return ((long)least - 1, most);
    }

    static int CountAbove(ReadOnlySpan<int> ordered, int limit)
    {
        ref var first = ref MemoryMarshal.GetReference(ordered);
        var (counts, limits) = (Vector256<int>.Zero, Vector256.Create(limit));
        var at = 0;
        for (; at + 8 <= ordered.Length; at += 8)
            counts -= Vector256.GreaterThan(Vector256.LoadUnsafe(ref first, (nuint)at), limits);
        var count = Vector256.Sum(counts);
        for (; at < ordered.Length; at++)
            count += Unsafe.Add(ref first, at) > limit ? 1 : 0;
        return count;
    }
}
