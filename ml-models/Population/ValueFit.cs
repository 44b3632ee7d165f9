using Personalization.Churn;
using Personalization.Models.Training;

namespace Personalization.Models.Population;

/// <summary>A value model fitted to a shop, and how sure its parameters are.</summary>
public sealed record FittedValue(ValueModel Model, Estimate Buying, Estimate Spending)
{
    /// <param name="rows">Customers at one cutoff; their labels are not looked at.</param>
    /// <param name="version">What the model is to be called.</param>
    /// <param name="modified">MBG/NBD instead of BG/NBD.</param>
    /// <exception cref="InvalidOperationException">Not enough data yet.</exception>
    public static FittedValue Of(Snapshots rows, string version, bool modified)
    {
        List<BuyingRecord> records = RecordsOf(rows);
        if (BuyingFit.Obstacle(records) is { } obstacle)
            throw new InvalidOperationException(obstacle);
        SpendRecord[] spent =
        [
            .. Enumerable
                .Range(0, rows.Count)
                .Select(row => new SpendRecord(
                    (int)rows.Value(row, ChurnFeature.PurchaseDays),
                    rows.Value(row, ChurnFeature.SpendMean)
                )),
        ];
        if (!spent.Any(record => record.Mean > 0))
            throw new InvalidOperationException("Not enough data yet: no customer has spent anything.");
        var buying = BuyingFit.Fit(records, modified, BuyingFit.Pooled);
        var spending = SpendFit.Fit(spent, pooled: true);
        return new(
            new(version, BuyingFit.Model(buying.Parameters, modified), SpendFit.Model(spending.Parameters)),
            buying,
            spending
        );
    }

    /// <summary>Purchase days of all customers within the horizon, and between which bounds in 90 of 100 shops.</summary>
    public (double Value, double Low, double High) Expected(Snapshots rows, int horizonDays)
    {
        var records = RecordsOf(rows);
        return Buying.Interval(parameters =>
            records.Sum(record =>
                BuyingFit.Model(parameters, Model.Buying.Modified).Expected(record, horizonDays / BuyingRecord.Week)
            )
        );
    }

    static List<BuyingRecord> RecordsOf(Snapshots rows) =>
        [.. Enumerable.Range(0, rows.Count).Select(row => BuyingRecord.Of(rows.Row(row)))];
}
