using Personalization.Churn;

namespace Personalization.Models.Population;

/// <summary>Fits <see cref="BgNbd"/> to a shop's customers. Nothing is learned from labels: records up to now suffice.</summary>
public static class BuyingFit
{
    /// <summary>Fewer customers, or fewer repeats among them, say nothing even with priors.</summary>
    public const int MinCustomers = 20,
        MinRepeats = 10;

    /// <summary>
    /// What shops look like (weeks), for those too small to tell by themselves: the published fits of CDNOW and of grocers lie
    /// well within, and a thousand customers outweigh it.
    /// </summary>
    public static IReadOnlyList<Prior> Pooled { get; } = [new(0.5, 1), new(6, 1.2), new(0.8, 1), new(2.5, 1)];

    /// <summary>Null when the records suffice; else why there is not enough data yet.</summary>
    public static string? Obstacle(IReadOnlyCollection<BuyingRecord> records)
    {
        int repeats = records.Sum(record => record.Repeats);
        return records.Count < MinCustomers || repeats < MinRepeats
            ? $"Not enough data yet: {records.Count} buyers with {repeats} repeat purchase days; "
                + $"{MinCustomers} with {MinRepeats} are needed."
            : null;
    }

    /// <param name="records">One per customer.</param>
    /// <param name="modified">MBG/NBD instead of BG/NBD.</param>
    /// <param name="priors">Of R, Alpha, A, B; null: maximum likelihood alone.</param>
    public static Estimate Fit(IEnumerable<BuyingRecord> records, bool modified = false, IReadOnlyList<Prior>? priors = null)
    {
        // Equal records (many bought once, on the same day) are counted, not repeated.
        var counted = records.CountBy(record => record).OrderBy(pair => pair.Key.Repeats).ToArray();
        double repeats = 0,
            weeks = 0;
        foreach (var (record, count) in counted)
        {
            repeats += (double)count * record.Repeats;
            weeks += count * record.Weeks;
        }
        double[] start = [0.5, Math.Clamp(0.5 * weeks / Math.Max(repeats, 1), 0.01, 1000), 0.8, 2.5];
        return Likelihood.Maximise(parameters => LogLikelihood(Model(parameters, modified), counted), start, priors);
    }

    public static BgNbd Model(double[] parameters, bool modified = false) =>
        new(parameters[0], parameters[1], parameters[2], parameters[3], modified);

    // By repeats, ascending.
    static double LogLikelihood(BgNbd model, KeyValuePair<BuyingRecord, int>[] counted)
    {
        double sum = 0,
            shared = 0;
        int repeats = -1;
        foreach (var (record, count) in counted)
        {
            if (record.Repeats != repeats)
                shared = model.LogOfRepeats(repeats = record.Repeats);
            sum += count * model.LogLikelihood(record, shared);
        }
        return sum;
    }
}
