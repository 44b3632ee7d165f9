namespace Personalization.Models;

/// <summary>
/// Rows turned to bytes, column by column: at most 255 bins per column and one for missing values, so that the best split is
/// found in a histogram instead of a sorted list. Bins are cut between distinct values, or at quantiles where there are more.
/// </summary>
public sealed class BinnedColumns
{
    /// <summary>The bin of a missing value.</summary>
    public const byte Missing = 255;

    private const int MostCuts = 254;

    private readonly byte[][] _bins;
    private readonly float[][] _cuts;

    /// <param name="values">Row after row.</param>
    /// <param name="columns">Values in a row.</param>
    public BinnedColumns(float[] values, int columns)
    {
        Rows = values.Length / columns;
        _bins = new byte[columns][];
        _cuts = new float[columns][];
        Parallel.For(0, columns, column => Bin(values, columns, column));
        Usable = [.. Enumerable.Range(0, columns).Where(column => _cuts[column].Length > 0)];
    }

    public int Rows { get; }

    public int Columns => _bins.Length;

    /// <summary>The columns that hold more than one value; only they can split.</summary>
    public int[] Usable { get; }

    public byte[] Bins(int column) => _bins[column];

    /// <summary>A value's bin is the number of cuts that are not above it: bins 0..k hold what is below cut k.</summary>
    public float[] Cuts(int column) => _cuts[column];

    private void Bin(float[] values, int columns, int column)
    {
        var known = new float[Rows];
        int count = 0;
        for (int row = 0; row < Rows; row++)
        {
            float value = values[row * columns + column];
            if (!float.IsNaN(value))
                known[count++] = value;
        }
        Array.Sort(known, 0, count);
        var cuts = _cuts[column] = Cut(known.AsSpan(0, count), count < Rows);
        var bins = _bins[column] = new byte[Rows];
        for (int row = 0; row < Rows; row++)
        {
            float value = values[row * columns + column];
            bins[row] = float.IsNaN(value) ? Missing : (byte)NotAbove(cuts, value);
        }
    }

    private static float[] Cut(ReadOnlySpan<float> sorted, bool anyMissing)
    {
        var cuts = new List<float>();
        if (sorted.IsEmpty)
            return [];
        // Below every known value lies a cut that parts the missing from the known.
        if (anyMissing)
            cuts.Add(sorted[0]);
        int room = MostCuts - cuts.Count, distinct = 1;
        for (int i = 1; i < sorted.Length; i++)
            distinct += sorted[i] != sorted[i - 1] ? 1 : 0;
        double step = distinct - 1 <= room ? 0 : (double)sorted.Length / (room + 1), next = step;
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i] == sorted[i - 1] || i < next)
                continue;
            float middle = sorted[i - 1] + (sorted[i] - sorted[i - 1]) / 2;
            cuts.Add(middle > sorted[i - 1] ? middle : sorted[i]);
            // A frequent value may span several steps; what it used up is not given back.
            while (step > 0 && next <= i)
                next += step;
        }
        return [.. cuts];
    }

    private static int NotAbove(float[] cuts, float value)
    {
        int low = 0, high = cuts.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (cuts[middle] <= value)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
