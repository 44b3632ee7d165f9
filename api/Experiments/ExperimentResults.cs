using System.Globalization;
using Personalization.Hosting;
using Personalization.Journal;

namespace Personalization.Experiments;

/// <summary>What an experiment has shown so far.</summary>
/// <param name="Measured">What is counted.</param>
/// <param name="Baseline">The variant that the others are compared with: the first of kind control, else the first.</param>
/// <param name="Confidence">That all comparisons together hold the true differences, however often they are looked at.</param>
/// <param name="BegunAt">Left out where it has not run yet.</param>
/// <param name="Position">The journal position that the figures are at.</param>
public sealed record ExperimentResultsResponse(
    string Id,
    string Placement,
    string Status,
    string Measured,
    string Baseline,
    double Confidence,
    IReadOnlyList<VariantResult> Variants,
    long Position,
    DateTimeOffset? BegunAt = null
);

/// <param name="Visitors">Who got an answer of this variant.</param>
/// <param name="Buyers">Those of them with an order since that the shop's server vouches for.</param>
/// <param name="Revenue">In the shop's currency, before cancellations and refunds.</param>
/// <param name="Rate">Buyers by Visitors; left out without visitors.</param>
/// <param name="Comparison">Left out for the baseline.</param>
public sealed record VariantResult(
    string Name,
    string Kind,
    long Visitors,
    long Buyers,
    long Orders,
    decimal Revenue,
    double? Rate = null,
    decimal? RevenuePerVisitor = null,
    VariantComparison? Comparison = null
);

/// <param name="Difference">Of the rates.</param>
/// <param name="Decision"><c>better</c>, <c>worse</c> or <c>undecided</c>.</param>
/// <param name="Text">The same for people.</param>
/// <param name="Low">The true difference is not below; left out while there is too little to say.</param>
/// <param name="High">Nor above.</param>
public sealed record VariantComparison(double Difference, string Decision, string Text, double? Low = null, double? High = null);

/// <summary>Counts, and what may be concluded from them at any time.</summary>
static class ExperimentResults
{
    const double Error = 0.05;

    public const string Measured =
        "Visitors with an order after their first answer of the experiment; "
        + "orders that only a browser tells of, and machines, are left out.";

    public static ExperimentResultsResponse Of(
        string id,
        ExperimentBody experiment,
        IReadOnlyList<VariantTotals> totals,
        long position
    )
    {
        var variants = experiment.Variants;
        var all = variants.Select((_, i) => totals.FirstOrDefault(one => one.Variant == i)).ToArray();
        var baseline = variants.ToList().FindIndex(variant => VariantChecks.KindOf(variant) == VariantKind.Control);
        if (baseline < 0)
            baseline = 0;
        return new(
            id,
            experiment.Placement,
            experiment.Status,
            Measured,
            variants[baseline].Name!,
            1 - Error,
            [
                .. variants.Select(
                    (variant, i) =>
                        Of(variant, all[i]) with
                        {
                            Comparison =
                                i == baseline
                                    ? null
                                    : Compare(
                                        variant,
                                        all[i],
                                        variants[baseline],
                                        all[baseline],
                                        experiment.BegunAt,
                                        variants.Count - 1
                                    ),
                        }
                ),
            ],
            position,
            experiment.BegunAt
        );
    }

    static VariantResult Of(VariantBody variant, VariantTotals t) =>
        new(
            variant.Name!,
            variant.Kind!,
            t.Visitors,
            t.Buyers,
            t.Orders,
            Wire.Money(t.Revenue),
            t.Visitors == 0 ? null : (double)t.Buyers / t.Visitors,
            t.Visitors == 0 ? null : Math.Round(Wire.Money(t.Revenue) / t.Visitors, 4)
        );

    /// <param name="comparisons">Of the experiment: they share what all together may err.</param>
    static VariantComparison Compare(
        VariantBody variant,
        VariantTotals own,
        VariantBody baseline,
        VariantTotals other,
        DateTimeOffset? begun,
        int comparisons
    )
    {
        var (sample, control) = (new Sample(own.Visitors, own.Buyers), new Sample(other.Visitors, other.Buyers));
        var result = SequentialTest.Compare(sample, control, Error / comparisons);
        if (result is { Low: -1, High: 1 })
            return new(
                result.Difference,
                "undecided",
                $"Too little to say anything: that needs {SequentialTest.LeastVisitors} visitors in each of the two variants "
                    + $"and {SequentialTest.LeastConverted} buyers in both together."
            );
        var decision = result.Sign switch
        {
            > 0 => "better",
            < 0 => "worse",
            _ => "undecided",
        };
        return new(
            result.Difference,
            decision,
            string.Create(
                CultureInfo.InvariantCulture,
                $"Since {begun:yyyy-MM-dd}, {Share(sample)} bought with “{variant.Name}” and {Share(control)} with "
                    + $"“{baseline.Name}”. The difference is {result.Difference * 100:0.0#} percentage points; with "
                    + $"{1 - Error:0 %} certainty, however often one looks, the true one lies between {result.Low * 100:0.0#} "
                    + $"and {result.High * 100:0.0#}: {decision}."
            ),
            result.Low,
            result.High
        );
    }

    static string Share(Sample sample) =>
        string.Create(CultureInfo.InvariantCulture, $"{sample.Rate:0.0# %} of {sample.Visitors:N0} visitors");
}
