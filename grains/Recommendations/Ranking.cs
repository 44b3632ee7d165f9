namespace Personalization.Recommendations;

/// <summary>Scored products, handed out best first; equal ones by number. The best are sorted at once where they are known, the
/// others wait in a heap until somebody asks for them. What was handed out stays in order and can be read again.</summary>
internal sealed class Ranking
{
    private int[] products = new int[512];
    private float[] scores = new float[512];
    private int[] handedProducts = new int[64];
    private float[] handedScores = new float[64];
    private ulong[] order = new ulong[64];
    private int waiting;
    private int handed;
    private bool isHeap;

    public void Begin(int most)
    {
        Scratch.AtLeast(ref products, most);
        Scratch.AtLeast(ref scores, most);
        (waiting, handed, isHeap) = (0, 0, false);
    }

    /// <summary>Adds a product that comes after those of <see cref="AddBest"/>, whatever its score.</summary>
    public void Add(int product, float score)
    {
        (products[waiting], scores[waiting]) = (product, score);
        waiting++;
    }

    /// <summary>Adds products that come before all others.</summary>
    /// <param name="best">Product numbers.</param>
    /// <param name="their">Scores, above or equal to 0.</param>
    public void AddBest(ReadOnlySpan<int> best, ReadOnlySpan<float> their)
    {
        Room(best.Length);
        best.CopyTo(handedProducts);
        their.CopyTo(handedScores);
        handed = best.Length;
        Sort(handed);
    }

    /// <summary>The i-th best, from 0; false when there are not so many.</summary>
    public bool TryGet(int i, out int product, out float score)
    {
        while (handed <= i && waiting > 0) Hand();
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
        if (changed) Sort(count);
    }

    /// <summary>Sorts the first of those handed out: a positive score's bits grow with it, so one number holds both keys.</summary>
    private void Sort(int count)
    {
        var keys = Scratch.AtLeast(ref order, count).AsSpan(0, count);
        for (var i = 0; i < count; i++)
            keys[i] = (ulong)~BitConverter.SingleToUInt32Bits(Math.Max(0, handedScores[i])) << 32 | (uint)handedProducts[i];
        keys.Sort();
        for (var i = 0; i < count; i++)
            (handedProducts[i], handedScores[i]) = ((int)(uint)keys[i], BitConverter.UInt32BitsToSingle((uint)~(keys[i] >> 32)));
    }

    private void Room(int count)
    {
        if (count <= handedProducts.Length) return;
        Array.Resize(ref handedProducts, Math.Max(count, handedProducts.Length * 2));
        Array.Resize(ref handedScores, handedProducts.Length);
    }

    private void Hand()
    {
        if (!isHeap)
            for (var i = (waiting / 2) - 1; i >= 0; i--) Sink(i);
        isHeap = true;
        Room(handed + 1);
        (handedProducts[handed], handedScores[handed]) = (products[0], scores[0]);
        handed++;
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
            if (child >= waiting) break;
            if (child + 1 < waiting && Before(products[child + 1], scores[child + 1], products[child], scores[child])) child++;
            if (!Before(products[child], scores[child], product, score)) break;
            (products[i], scores[i]) = (products[child], scores[child]);
            i = child;
        }
        if (i < products.Length) (products[i], scores[i]) = (product, score);
    }

    private static bool Before(int product, float score, int other, float others) =>
        score > others || (score == others && product < other);
}
