namespace Personalization.Models.Recommendations;

/// <summary>Lists of candidates with each number as the bin it lies in, row after row: what trees are grown on.</summary>
sealed class BinnedLists
{
    /// <summary>Bins of a column.</summary>
    public const int Bins = 64;

    const int Part = 1 << 14; // rows

    readonly byte[] _bins;
    readonly float[][] _cuts;

    public BinnedLists(CandidateLists lists)
    {
        Lists = lists;
        _cuts = new float[lists.Columns][];
        Parallel.For(0, lists.Columns, column => _cuts[column] = CutsOf(column));
        _bins = new byte[lists.Rows * lists.Columns];
        Parallel.For(0, (lists.Rows + Part - 1) / Part, part =>
        {
            for (int row = part * Part; row < Math.Min(lists.Rows, (part + 1) * Part); row++)
                Bin(lists.Row(row), _bins.AsSpan(row * lists.Columns, lists.Columns));
        });
    }

    public CandidateLists Lists { get; }

    public ReadOnlySpan<byte> Row(int row) => _bins.AsSpan(row * Lists.Columns, Lists.Columns);

    /// <summary>Ascending: values above cut k lie in bins above k. Empty where all rows have one value.</summary>
    public float[] Cuts(int column) => _cuts[column];

    float[] CutsOf(int column)
    {
        // Quantiles of some hundred thousand rows are those of all.
        int step = Math.Max(1, Lists.Rows / 200_000);
        var sample = new List<float>();
        for (int row = 0; row < Lists.Rows; row += step)
            sample.Add(Lists.Row(row)[column]);
        sample.Sort();
        var cuts = new List<float>();
        for (int i = 1; i < sample.Count && cuts.Count < Bins; i++)
            if (sample[i] > sample[i - 1])
                cuts.Add(sample[i - 1]);
        if (cuts.Count < Bins)
            return [.. cuts];
        cuts.Clear();
        for (int i = 1; i < Bins; i++)
        {
            float cut = sample[(int)((long)i * sample.Count / Bins)];
            if (cut < sample[^1] && (cuts.Count == 0 || cut > cuts[^1]))
                cuts.Add(cut);
        }
        return [.. cuts];
    }

    void Bin(ReadOnlySpan<float> values, Span<byte> bins)
    {
        for (int column = 0; column < bins.Length; column++)
        {
            int at = _cuts[column].AsSpan().BinarySearch(values[column]);
            bins[column] = (byte)(at < 0 ? ~at : at);
        }
    }
}
