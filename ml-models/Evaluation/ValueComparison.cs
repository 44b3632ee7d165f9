using Personalization.Churn;
using Personalization.Models.Histories;

namespace Personalization.Models.Evaluation;

/// <summary>How well purchases and spend were predicted, in sum and one by one.</summary>
/// <param name="Customers">Judged.</param>
/// <param name="Expected">Purchase days expected of all of them within the horizon.</param>
/// <param name="Actual">Purchase days that came.</param>
/// <param name="Errors">By how many purchase days each customer was missed.</param>
/// <param name="ExpectedSpend">Units of currency.</param>
/// <param name="ActualSpend">Before returns, units of currency.</param>
public sealed record ValueComparison(
    int Customers,
    double Expected,
    int Actual,
    double[] Errors,
    double ExpectedSpend,
    double ActualSpend
)
{
    public double MeanAbsoluteError => Errors.Average();

    /// <summary>Who had bought before a cutoff.</summary>
    public static List<TrainingCustomer> Known(IEnumerable<TrainingCustomer> customers, int cutoff) =>
        [.. customers.Where(customer => customer.Purchases.Length > 0 && customer.Purchases[0].Time < cutoff)];

    /// <summary>What a model says at the cutoff against what came after it.</summary>
    /// <param name="model">Knows nothing of what came.</param>
    /// <param name="known">Of <see cref="Known"/>.</param>
    /// <param name="cutoff">Unix seconds.</param>
    /// <param name="horizonDays">How far to look.</param>
    public static ValueComparison Of(ValueModel model, List<TrainingCustomer> known, int cutoff, int horizonDays)
    {
        double expected = 0,
            spend = 0,
            actualSpend = 0;
        int actual = 0;
        var errors = new double[known.Count];
        for (int i = 0; i < errors.Length; i++)
        {
            var forecast = model.Forecast(known[i].History, cutoff, horizonDays)!.Value;
            var later = known[i]
                .Purchases.Where(p => p.Time >= cutoff && p.Time < cutoff + (long)horizonDays * ChurnHistory.Day)
                .ToList();
            int days = later.Select(p => p.Time / ChurnHistory.Day).Distinct().Count();
            (actual, expected) = (actual + days, expected + forecast.Purchases);
            errors[i] = Math.Abs(forecast.Purchases - days);
            actualSpend += later.Sum(p => p.Amount) / 10_000.0;
            spend += forecast.Value;
        }
        return new(known.Count, expected, actual, errors, spend, actualSpend);
    }

    /// <summary>
    /// Whether a model misses more than another on the same customers, beyond what chance does: by more than two standard errors
    /// of the mean difference.
    /// </summary>
    public bool IsWorseThan(ValueComparison other)
    {
        double[] differences = [.. Errors.Zip(other.Errors, (own, others) => own - others)];
        double mean = differences.Average();
        return mean > 2 * Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean))) / differences.Length;
    }
}
