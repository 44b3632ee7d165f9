namespace Personalization.Recommendations;

/// <summary>Memory one prediction works in, kept per thread.</summary>
sealed class Scratch
{
    [ThreadStatic]
    static Scratch? ofThread;

    public readonly Query Query = new();
    public readonly SparseTable Sessions = new(1);
    public readonly SparseTable Candidates = new(Candidate.Width);
    public readonly Taste Taste = new();
    public readonly Ranking Ranking = new();
    public float[] Similarities = new float[1024];
    public int[] Rows = new int[1024];
    public int[] Ordered = new int[1024];
    public int[] Times = new int[1024];
    public int[] Nearest = new int[1024];
    public int Touched;
    public float[] Scores = new float[1024];
    public readonly int[] Chosen = new int[RankingModel.Ranked + 1]; // the last is written and not kept
    public readonly float[] Ranked = new float[RankingModel.Ranked];
    public readonly float[] Columns = new float[RankingModel.Columns * RankingModel.Ranked];

    public static Scratch OfThread => ofThread ??= new Scratch();

    /// <summary>Makes an array at least so long; its contents are lost.</summary>
    public static T[] AtLeast<T>(ref T[] array, int length)
    {
        if (array.Length < length)
            array = new T[Math.Max(length, array.Length * 2)];
        return array;
    }
}
