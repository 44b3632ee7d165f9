using Personalization.Churn;
using Personalization.Models.Histories;

namespace Personalization.Models.Training;

/// <summary>
/// Rows to learn from: every customer as they stood at each cutoff (who had bought by then), and what they did in the horizon
/// after it.
/// </summary>
/// <param name="Rows">Features, row after row, <see cref="ChurnFeatures.Count"/> values each.</param>
/// <param name="Labels">True: churn, no purchase in [cutoff, cutoff + horizon).</param>
/// <param name="Customers">Whose row it is.</param>
/// <param name="Cutoffs">Of which cutoff, unix seconds at midnight UTC.</param>
/// <param name="FutureSpend">Net spend within the horizon, units of the base currency.</param>
public sealed record Snapshots(float[] Rows, bool[] Labels, long[] Customers, int[] Cutoffs, double[] FutureSpend)
{
    public int Count => Labels.Length;

    public int Churned => Labels.Count(label => label);

    public ReadOnlySpan<float> Row(int index) => Rows.AsSpan(index * ChurnFeatures.Count, ChurnFeatures.Count);

    public float Value(int index, ChurnFeature feature) => Rows[index * ChurnFeatures.Count + (int)feature];

    /// <summary>Customers are enumerated once, whatever the number of cutoffs.</summary>
    public static Snapshots Stack(IEnumerable<TrainingCustomer> customers, IReadOnlyList<int> cutoffs, int horizonDays)
    {
        var rows = new List<float>();
        var labels = new List<bool>();
        var numbers = new List<long>();
        var times = new List<int>();
        var spends = new List<double>();
        Span<float> row = stackalloc float[ChurnFeatures.Count];
        foreach (var customer in customers)
        foreach (int cutoff in cutoffs)
        {
            if (!ChurnFeatures.Compute(customer.History, cutoff, row))
                continue;
            var (churned, spend) = Outcome(customer, cutoff, horizonDays);
            rows.AddRange(row);
            labels.Add(churned);
            numbers.Add(customer.Number);
            times.Add(cutoff);
            spends.Add(spend);
        }
        return new([.. rows], [.. labels], [.. numbers], [.. times], [.. spends]);
    }

    /// <summary>The rows of some cutoffs.</summary>
    public Snapshots Of(IReadOnlyCollection<int> cutoffs) => Where(index => cutoffs.Contains(Cutoffs[index]));

    public Snapshots Where(Func<int, bool> keep) => Take([.. Enumerable.Range(0, Count).Where(keep)]);

    /// <summary>Some rows, in that order.</summary>
    public Snapshots Take(int[] kept)
    {
        var rows = new float[kept.Length * ChurnFeatures.Count];
        for (int i = 0; i < kept.Length; i++)
            Row(kept[i]).CopyTo(rows.AsSpan(i * ChurnFeatures.Count));
        return new(
            rows,
            [.. kept.Select(i => Labels[i])],
            [.. kept.Select(i => Customers[i])],
            [.. kept.Select(i => Cutoffs[i])],
            [.. kept.Select(i => FutureSpend[i])]
        );
    }

    static (bool Churned, double Spend) Outcome(TrainingCustomer customer, int cutoff, int horizonDays)
    {
        long end = cutoff + (long)horizonDays * ChurnHistory.Day,
            net = 0;
        bool churned = true;
        foreach (ref readonly var purchase in customer.Purchases.AsSpan())
            if (purchase.Time >= cutoff && purchase.Time < end)
            {
                churned = false;
                net += purchase.Amount;
            }
        foreach (ref readonly var item in customer.Returns.AsSpan())
            if (item.Time >= cutoff && item.Time < end)
                net -= item.Amount;
        return (churned, net / 10_000.0);
    }
}
