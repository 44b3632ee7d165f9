using Personalization.Churn;

namespace Personalization.Models.Population;

/// <summary>A customer's purchase days and their mean spend, units of currency.</summary>
public readonly record struct SpendRecord(int Count, double Mean);

/// <summary>Fits <see cref="GammaGamma"/> to a shop's customers.</summary>
public static class SpendFit
{
    /// <summary>Shapes within which shops lie. The scale follows the currency: it is set by the shop's own mean.</summary>
    public static IReadOnlyList<Prior> Pooled(double meanSpend) => [new(4, 1), new(4, 1), new(meanSpend, 1.2)];

    /// <param name="records">Those without spend are left out: the model knows only amounts above 0.</param>
    /// <param name="pooled">Draw towards what shops look like; false: maximum likelihood alone.</param>
    public static Estimate Fit(IEnumerable<SpendRecord> records, bool pooled = false)
    {
        var counted = records.Where(record => record is { Count: > 0, Mean: > 0 }).ToArray();
        if (counted.Length == 0)
            throw new ArgumentException("No customer has spent anything.", nameof(records));
        double mean = counted.Average(record => record.Mean);
        return Likelihood.Maximise(
            parameters => LogLikelihood(Model(parameters), counted),
            [4, 4, mean],
            pooled ? Pooled(mean) : null
        );
    }

    public static GammaGamma Model(double[] parameters) => new(parameters[0], parameters[1], parameters[2]);

    static double LogLikelihood(GammaGamma model, SpendRecord[] records)
    {
        double sum = 0;
        foreach (ref readonly var record in records.AsSpan())
            sum += model.LogLikelihood(record.Count, record.Mean);
        return sum;
    }
}
