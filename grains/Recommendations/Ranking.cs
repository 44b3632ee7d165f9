using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Personalization.Recommendations;

/// <summary>Scored products, returned best first; equal ones by number. The best are sorted at once, the others wait in a heap
/// until they are asked for. What was returned stays in order and can be read again.</summary>
sealed class Ranking
{
    const int SortedAtOnce = 64;
    const int MaxAtOnce = 2 * SortedAtOnce;
    const float Gone = -1; // below every score

    int[] _products = new int[512];
    float[] _scores = new float[512];
    int[] _handedProducts = new int[64];
    float[] _handedScores = new float[64];
    long[] _order = new long[128];
    int[] _keys = new int[512];
    int _waiting;
    int _left; // of those that wait, without what is gone
    int _handed;
    bool _isHeap;

    /// <summary>Forgets all products.</summary>
    public void Clear() => (_waiting, _left, _handed, _isHeap) = (0, 0, 0, false);

    /// <summary>Holds these products, with scores above or equal to 0, and no others.</summary>
    public void Put(ReadOnlySpan<int> all, ReadOnlySpan<float> their)
    {
        Clear();
        MakeRoom(all.Length);
        var threshold =
            all.Length > SortedAtOnce
                ? Selecting.Largest(their, SortedAtOnce, Scratch.AtLeast(ref _keys, all.Length)).Threshold
                : 0;
        for (var i = 0; i < all.Length; i++)
        {
            // Written to both and counted in one: no branch to guess.
            (_handedProducts[_handed], _handedScores[_handed]) = (_products[_waiting], _scores[_waiting]) = (all[i], their[i]);
            var isBest = their[i] >= threshold && _handed < MaxAtOnce ? 1 : 0;
            _handed += isBest;
            _waiting += 1 - isBest;
        }
        // Where so many are equal on the threshold that some wait, all do: their numbers decide.
        if (_handed == MaxAtOnce)
            Wait(all, their);
        else
            Sort(_handed);
        _left = _waiting;
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
            (_handedProducts[i], _handedScores[i]) = (all[best[i]], scoresOfBest[i]);
            _scores[best[i]] = Gone;
        }
        (_handed, _left) = (best.Length, all.Length - best.Length);
        Sort(_handed);
    }

    void Wait(ReadOnlySpan<int> all, ReadOnlySpan<float> their)
    {
        all.CopyTo(_products);
        their.CopyTo(_scores);
        (_handed, _waiting) = (0, all.Length);
    }

    /// <summary>The i-th best, from 0; false when there are not so many.</summary>
    public bool TryGet(int i, out int product, out float score)
    {
        while (_handed <= i && _left > 0)
            Hand();
        var found = i < _handed;
        (product, score) = found ? (_handedProducts[i], _handedScores[i]) : (-1, 0);
        return found;
    }

    /// <summary>Changes the scores of the best and puts these in order again; the others stay below.</summary>
    public void Rescore<T>(int best, T state, Func<T, int, float> factor)
    {
        TryGet(best - 1, out _, out _);
        var count = Math.Min(best, _handed);
        var changed = false;
        for (var i = 0; i < count; i++)
        {
            var by = factor(state, _handedProducts[i]);
            changed |= by != 1;
            _handedScores[i] *= by;
        }
        if (changed)
            Sort(count);
    }

    /// <summary>Sorts the first of those returned: a positive score's bits grow with it, so one number holds both keys. The
    /// place of each is how many are larger, counted without a branch that depends on them.</summary>
    void Sort(int count)
    {
        var fours = (count + 3) & ~3;
        var numbers = Scratch.AtLeast(ref _order, fours).AsSpan(0, fours);
        for (var i = 0; i < count; i++)
            numbers[i] = (long)BitConverter.SingleToInt32Bits(Math.Max(0, _handedScores[i])) << 32 | (uint)~_handedProducts[i];
        numbers[count..].Fill(long.MinValue);
        ref var first = ref MemoryMarshal.GetReference(numbers);
        for (var i = 0; i < count; i++)
        {
            var (own, larger) = (Vector256.Create(numbers[i]), Vector256<long>.Zero);
            for (nuint at = 0; at < (nuint)fours; at += 4)
                larger -= Vector256.GreaterThan(Vector256.LoadUnsafe(ref first, at), own);
            var place = (int)Vector256.Sum(larger);
            (_handedProducts[place], _handedScores[place]) = (
                ~(int)numbers[i],
                BitConverter.Int32BitsToSingle((int)(numbers[i] >> 32))
            );
        }
    }

    void MakeRoom(int most)
    {
        Scratch.AtLeast(ref _products, most + 1);
        Scratch.AtLeast(ref _scores, most + 1);
        Room(MaxAtOnce + 1);
    }

    void Room(int count)
    {
        if (count <= _handedProducts.Length)
            return;
        Array.Resize(ref _handedProducts, Math.Max(count, _handedProducts.Length * 2));
        Array.Resize(ref _handedScores, _handedProducts.Length);
    }

    void Hand()
    {
        if (!_isHeap)
            for (var i = (_waiting / 2) - 1; i >= 0; i--)
                Sink(i);
        _isHeap = true;
        Room(_handed + 1);
        (_handedProducts[_handed], _handedScores[_handed]) = (_products[0], _scores[0]);
        _handed++;
        _left--;
        _waiting--;
        (_products[0], _scores[0]) = (_products[_waiting], _scores[_waiting]);
        Sink(0);
    }

    void Sink(int i)
    {
        var (product, score) = (_products[i], _scores[i]);
        while (true)
        {
            var child = (2 * i) + 1;
            if (child >= _waiting)
                break;
            if (child + 1 < _waiting && Before(_products[child + 1], _scores[child + 1], _products[child], _scores[child]))
                child++;
            if (!Before(_products[child], _scores[child], product, score))
                break;
            (_products[i], _scores[i]) = (_products[child], _scores[child]);
            i = child;
        }
        if (i < _products.Length)
            (_products[i], _scores[i]) = (product, score);
    }

    static bool Before(int product, float score, int other, float others) =>
        score > others || (score == others && product < other);
}
