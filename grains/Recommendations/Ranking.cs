namespace Personalization.Recommendations;

/// <summary>Scored products, handed out best first; equal ones by number. A heap, because few of many are asked for. What was
/// handed out stays in order and can be read again.</summary>
internal sealed class Ranking
{
    private int[] products = new int[512];
    private float[] scores = new float[512];
    private int[] handedProducts = new int[64];
    private float[] handedScores = new float[64];
    private int heap;
    private int handed;

    public void Begin(int most)
    {
        Scratch.AtLeast(ref products, most);
        Scratch.AtLeast(ref scores, most);
        (heap, handed) = (0, 0);
    }

    public void Add(int product, float score)
    {
        (products[heap], scores[heap]) = (product, score);
        heap++;
    }

    public void Heapify()
    {
        for (var i = (heap / 2) - 1; i >= 0; i--) Sink(i);
    }

    /// <summary>The i-th best, from 0; false when there are not so many.</summary>
    public bool TryGet(int i, out int product, out float score)
    {
        while (handed <= i && heap > 0) Hand();
        var found = i < handed;
        (product, score) = found ? (handedProducts[i], handedScores[i]) : (-1, 0);
        return found;
    }

    /// <summary>Changes the scores of the best and puts these in order again; the others stay below.</summary>
    public void Rescore<T>(int best, T state, Func<T, int, float, float> score)
    {
        TryGet(best - 1, out _, out _);
        var count = Math.Min(best, handed);
        for (var i = 0; i < count; i++) handedScores[i] = -score(state, handedProducts[i], handedScores[i]);
        handedScores.AsSpan(0, count).Sort(handedProducts.AsSpan(0, count));
        for (var i = 0; i < count; i++) handedScores[i] = -handedScores[i];
    }

    private void Hand()
    {
        if (handed == handedProducts.Length)
        {
            Array.Resize(ref handedProducts, handed * 2);
            Array.Resize(ref handedScores, handed * 2);
        }
        (handedProducts[handed], handedScores[handed]) = (products[0], scores[0]);
        handed++;
        heap--;
        (products[0], scores[0]) = (products[heap], scores[heap]);
        Sink(0);
    }

    private void Sink(int i)
    {
        var (product, score) = (products[i], scores[i]);
        while (true)
        {
            var child = (2 * i) + 1;
            if (child >= heap) break;
            if (child + 1 < heap && Before(products[child + 1], scores[child + 1], products[child], scores[child])) child++;
            if (!Before(products[child], scores[child], product, score)) break;
            (products[i], scores[i]) = (products[child], scores[child]);
            i = child;
        }
        if (i < products.Length) (products[i], scores[i]) = (product, score);
    }

    private static bool Before(int product, float score, int other, float others) =>
        score > others || (score == others && product < other);
}
