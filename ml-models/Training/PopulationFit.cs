using Personalization.Churn;

namespace Personalization.Models.Training;

/// <summary>The shop's averages from snapshots: what customers with little history are drawn towards.</summary>
public static class PopulationFit
{
    /// <summary>
    /// Spend per purchase day: its mean, and by how many purchase days of one's own that mean is outweighed (variance within
    /// customers over variance between them). Days per purchase: such that those who stayed are expected to spend, in sum,
    /// what they did spend.
    /// </summary>
    public static PopulationRates Fit(Snapshots snapshots, int horizonDays)
    {
        var (mean, weight) = Spend(snapshots);
        double actual = 0;
        var stayed = new List<int>();
        for (int i = 0; i < snapshots.Count; i++)
            if (!snapshots.Labels[i])
            {
                actual += snapshots.FutureSpend[i];
                stayed.Add(i);
            }
        // Longer waits expect less: bisection on a logarithmic scale.
        double low = 1,
            high = 3650;
        for (int step = 0; step < 40; step++)
        {
            double middle = Math.Sqrt(low * high);
            var rates = new PopulationRates(middle, mean, weight);
            double expected = stayed.Sum(i =>
                ExpectedSpend.IfStaying(
                    (int)snapshots.Value(i, ChurnFeature.PurchaseDays),
                    (int)snapshots.Value(i, ChurnFeature.RepeatSpan),
                    snapshots.Value(i, ChurnFeature.NetSpend),
                    rates,
                    horizonDays
                )
            );
            (low, high) = expected > actual ? (middle, high) : (low, middle);
        }
        return new(Math.Sqrt(low * high), mean, weight);
    }

    static (double Mean, double Weight) Spend(Snapshots snapshots)
    {
        double spend = 0,
            days = 0,
            within = 0,
            degrees = 0,
            squares = 0;
        for (int i = 0; i < snapshots.Count; i++)
        {
            double n = snapshots.Value(i, ChurnFeature.PurchaseDays),
                std = snapshots.Value(i, ChurnFeature.SpendStd);
            spend += snapshots.Value(i, ChurnFeature.NetSpend);
            days += n;
            squares += n * n;
            within += n * std * std;
            degrees += n - 1;
        }
        double mean = spend / days,
            between = 0;
        for (int i = 0; i < snapshots.Count; i++)
        {
            double n = snapshots.Value(i, ChurnFeature.PurchaseDays);
            double own = snapshots.Value(i, ChurnFeature.NetSpend) / n;
            between += n * (own - mean) * (own - mean);
        }
        if (degrees == 0 || snapshots.Count < 2)
            return (mean, 1);
        // One-way analysis of variance with groups of unequal size.
        double varianceWithin = within / degrees;
        double size = (days - squares / days) / (snapshots.Count - 1);
        double varianceBetween = (between / (snapshots.Count - 1) - varianceWithin) / size;
        return (mean, varianceBetween > 0 ? Math.Min(varianceWithin / varianceBetween, 100) : 100);
    }
}
