using System.Numerics;

namespace Personalization.Models;

/// <summary>
/// Rows in which columns do not hold their usual value: the others need not be looked at one by one. Columns that leave out
/// nearly the same rows share one list, so that they are added up side by side.
/// </summary>
internal sealed class UnusualRows
{
    // A column joins a list that is longer than its own by this much at most.
    private const double Longer = 1.25;

    private readonly int[] _sets;
    private readonly List<int[]?> _rows = [null];

    /// <param name="unusual">Per column a bit per row; null where no value is usual.</param>
    /// <param name="columns">Those that matter.</param>
    public UnusualRows(ulong[]?[] unusual, int[] columns)
    {
        _sets = new int[unusual.Length];
        var lists = new List<(ulong[] Bits, int Count)>();
        // The longest lists first: shorter ones find their place in them.
        foreach (
            var (column, bits, count) in columns
                .Where(column => unusual[column] is not null)
                .Select(column => (column, unusual[column]!, Count(unusual[column]!)))
                .OrderByDescending(one => one.Item3)
        )
        {
            int list = lists.FindIndex(other => Both(other.Bits, bits) <= Longer * Math.Min(count, other.Count));
            if (list < 0)
            {
                lists.Add(((ulong[])bits.Clone(), count));
                list = lists.Count - 1;
            }
            else
            {
                ulong[] joined = lists[list].Bits;
                for (int i = 0; i < joined.Length; i++)
                    joined[i] |= bits[i];
                lists[list] = (joined, lists[list].Count);
            }
            _sets[column] = list + 1;
        }
        foreach (var (bits, _) in lists)
            _rows.Add(Numbers(bits));
    }

    /// <summary>Columns of one set are usual outside the same rows; set 0 are those in which no bin is usual.</summary>
    public int Set(int column) => _sets[column];

    /// <summary>The rows, ascending, outside of which columns of a set are usual; null of set 0.</summary>
    public int[]? Rows(int set) => _rows[set];

    private static int Count(ulong[] bits) => bits.Sum(BitOperations.PopCount);

    private static int Both(ulong[] some, ulong[] others)
    {
        int count = 0;
        for (int i = 0; i < some.Length; i++)
            count += BitOperations.PopCount(some[i] | others[i]);
        return count;
    }

    private static int[] Numbers(ulong[] bits)
    {
        var rows = new int[Count(bits)];
        for (int i = 0, count = 0; i < bits.Length; i++)
        for (ulong left = bits[i]; left != 0; left &= left - 1)
            rows[count++] = 64 * i + BitOperations.TrailingZeroCount(left);
        return rows;
    }
}
