using Personalization.Churn;

namespace Personalization.Models;

/// <summary>How well purchases and spend were foretold, in sum and one by one.</summary>
/// <param name="Customers">Judged.</param>
/// <param name="Expected">Purchase days expected of all of them within the horizon, and between which bounds in 90 of 100 shops.</param>
/// <param name="Actual">Purchase days that came.</param>
/// <param name="MeanAbsoluteError">Of a customer's purchase days.</param>
/// <param name="ExpectedSpend">Units of currency.</param>
/// <param name="ActualSpend">Before returns, units of currency.</param>
public sealed record ValueComparison(
    int Customers, (double Value, double Low, double High) Expected, int Actual, double MeanAbsoluteError,
    double ExpectedSpend, double ActualSpend)
{
    /// <summary>Fits on the history before the cutoff and looks at what came after it; no label is used.</summary>
    /// <exception cref="InvalidOperationException">Not enough data yet.</exception>
    public static ValueComparison Run(IReadOnlyList<TrainingCustomer> customers, int cutoff, int horizonDays, bool modified)
    {
        var seen = customers.Where(customer => customer.Purchases.Length > 0 && customer.Purchases[0].Time < cutoff).ToList();
        var rows = Snapshots.Stack(seen, [cutoff], horizonDays);
        List<BuyingRecord> records = [.. Enumerable.Range(0, rows.Count).Select(i => BuyingRecord.Of(rows.Row(i)))];
        if (BuyingFit.Obstacle(records) is { } obstacle)
            throw new InvalidOperationException(obstacle);
        var buying = BuyingFit.Fit(records, modified, BuyingFit.Pooled);
        var spending = SpendFit.Model(SpendFit.Fit(Enumerable.Range(0, rows.Count).Select(i => new SpendRecord(
            (int)rows.Value(i, ChurnFeature.PurchaseDays), rows.Value(i, ChurnFeature.SpendMean))), pooled: true).Parameters);
        var model = BuyingFit.Model(buying.Parameters, modified);
        double error = 0, spend = 0, actualSpend = 0, weeks = horizonDays / BuyingRecord.Week;
        int actual = 0;
        foreach (var customer in seen)
        {
            var forecast = CustomerForecast.Of(model, spending, customer.History, cutoff, horizonDays)!.Value;
            var later = customer.Purchases.Where(p => p.Time >= cutoff && p.Time < cutoff + (long)horizonDays * ChurnHistory.Day).ToList();
            int days = later.Select(p => p.Time / ChurnHistory.Day).Distinct().Count();
            actual += days;
            actualSpend += later.Sum(p => p.Amount) / 10_000.0;
            error += Math.Abs(forecast.Purchases - days);
            spend += forecast.Value;
        }
        return new(seen.Count, buying.Interval(parameters =>
            records.Sum(record => BuyingFit.Model(parameters, modified).Expected(record, weeks))), actual, error / seen.Count, spend, actualSpend);
    }
}
