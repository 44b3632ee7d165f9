using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Personalization.Recommendations;

/// <summary>Scored products, returned best first; equal ones by number. The best are sorted at once, the others wait in a heap
/// until they are asked for. What was returned stays in order and can be read again.</summary>
internal sealed class Ranking
{
    private const int SortedAtOnce = 64;
    private const int MaxAtOnce = 2 * SortedAtOnce;
    private const float Gone = -1; // below every score

    private int[] products = new int[512];
    private float[] scores = new float[512];
    private int[] handedProducts = new int[64];
    private float[] handedScores = new float[64];
    private long[] order = new long[128];
    private int[] keys = new int[512];
    private int waiting;
    private int left; // of those that wait, without what is gone
    private int handed;
    private bool isHeap;

    /// <summary>Forgets all products.</summary>
    public void Clear() => (waiting, left, handed, isHeap) = (0, 0, 0, false);

    /// <summary>Holds these products, with scores above or equal to 0, and no others.</summary>
    public void Put(ReadOnlySpan<int> all, ReadOnlySpan<float> their)
    {
        Clear();
        MakeRoom(all.Length);
        var threshold =
            all.Length > SortedAtOnce
                ? Selecting.Largest(their, SortedAtOnce, Scratch.AtLeast(ref keys, all.Length)).Threshold
                : 0;
        for (var i = 0; i < all.Length; i++)
        {
            // Written to both and counted in one: no branch to guess.
            (handedProducts[handed], handedScores[handed]) = (products[waiting], scores[waiting]) = (all[i], their[i]);
            var isBest = their[i] >= threshold && handed < MaxAtOnce ? 1 : 0;
            handed += isBest;
            waiting += 1 - isBest;
        }
        // Where so many are equal on the threshold that some wait, all do: their numbers decide.
        if (handed == MaxAtOnce)
            Wait(all, their);
        else
            Sort(handed);
        left = waiting;
    }

    /// <summary>Holds these products and no others.</summary>
    /// <param name="all">Product numbers.</param>
    /// <param name="their">Scores, above or equal to 0; of no meaning for the best.</param>
    /// <param name="best">Places of those that come before all others.</param>
    /// <param name="scoresOfBest">Their scores.</param>
    public void Put(ReadOnlySpan<int> all, ReadOnlySpan<float> their, ReadOnlySpan<int> best, ReadOnlySpan<float> scoresOfBest)
    {
        Clear();
        MakeRoom(Math.Max(all.Length, best.Length));
        Wait(all, their);
        for (var i = 0; i < best.Length; i++)
        {
            (handedProducts[i], handedScores[i]) = (all[best[i]], scoresOfBest[i]);
            scores[best[i]] = Gone;
        }
        (handed, left) = (best.Length, all.Length - best.Length);
        Sort(handed);
    }

    private void Wait(ReadOnlySpan<int> all, ReadOnlySpan<float> their)
    {
        all.CopyTo(products);
        their.CopyTo(scores);
        (handed, waiting) = (0, all.Length);
    }

    /// <summary>The i-th best, from 0; false when there are not so many.</summary>
    public bool TryGet(int i, out int product, out float score)
    {
        while (handed <= i && left > 0)
            Hand();
        var found = i < handed;
        (product, score) = found ? (handedProducts[i], handedScores[i]) : (-1, 0);
        return found;
    }

    /// <summary>Changes the scores of the best and puts these in order again; the others stay below.</summary>
    public void Rescore<T>(int best, T state, Func<T, int, float> factor)
    {
        TryGet(best - 1, out _, out _);
        var count = Math.Min(best, handed);
        var changed = false;
        for (var i = 0; i < count; i++)
        {
            var by = factor(state, handedProducts[i]);
            changed |= by != 1;
            handedScores[i] *= by;
        }
        if (changed)
            Sort(count);
    }

    /// <summary>Sorts the first of those returned: a positive score's bits grow with it, so one number holds both keys. The
    /// place of each is how many are larger, counted without a branch that depends on them.</summary>
    private void Sort(int count)
    {
        var fours = (count + 3) & ~3;
        var numbers = Scratch.AtLeast(ref order, fours).AsSpan(0, fours);
        for (var i = 0; i < count; i++)
            numbers[i] = (long)BitConverter.SingleToInt32Bits(Math.Max(0, handedScores[i])) << 32 | (uint)~handedProducts[i];
        numbers[count..].Fill(long.MinValue);
        ref var first = ref MemoryMarshal.GetReference(numbers);
        for (var i = 0; i < count; i++)
        {
            var (own, larger) = (Vector256.Create(numbers[i]), Vector256<long>.Zero);
            for (nuint at = 0; at < (nuint)fours; at += 4)
                larger -= Vector256.GreaterThan(Vector256.LoadUnsafe(ref first, at), own);
            var place = (int)Vector256.Sum(larger);
            (handedProducts[place], handedScores[place]) = (
                ~(int)numbers[i],
                BitConverter.Int32BitsToSingle((int)(numbers[i] >> 32))
            );
        }
    }

    private void MakeRoom(int most)
    {
        Scratch.AtLeast(ref products, most + 1);
        Scratch.AtLeast(ref scores, most + 1);
        Room(MaxAtOnce + 1);
    }

    private void Room(int count)
    {
        if (count <= handedProducts.Length)
            return;
        Array.Resize(ref handedProducts, Math.Max(count, handedProducts.Length * 2));
        Array.Resize(ref handedScores, handedProducts.Length);
    }

    private void Hand()
    {
        if (!isHeap)
            for (var i = (waiting / 2) - 1; i >= 0; i--)
                Sink(i);
        isHeap = true;
        Room(handed + 1);
        (handedProducts[handed], handedScores[handed]) = (products[0], scores[0]);
        handed++;
        left--;
        waiting--;
        (products[0], scores[0]) = (products[waiting], scores[waiting]);
        Sink(0);
    }

    private void Sink(int i)
    {
        var (product, score) = (products[i], scores[i]);
        while (true)
        {
            var child = (2 * i) + 1;
            if (child >= waiting)
                break;
            if (child + 1 < waiting && Before(products[child + 1], scores[child + 1], products[child], scores[child]))
                child++;
            if (!Before(products[child], scores[child], product, score))
                break;
            (products[i], scores[i]) = (products[child], scores[child]);
            i = child;
        }
        if (i < products.Length)
            (products[i], scores[i]) = (product, score);
    }

    private static bool Before(int product, float score, int other, float others) =>
        score > others || (score == others && product < other);
}
