using System.Text.Json.Serialization;
using Personalization.Events;
using Personalization.Journal;

namespace Personalization.Warnings;

/// <summary>
/// What became of a model's churn warnings (R33). A warning is right when no purchase followed within the horizon without anyone
/// intervening, or when a person says that the customer is gone; wrong when the customer bought all the same, or a person says
/// so. Where a person intervened it cannot be judged any more: it is counted apart, and so is what is not yet decided.
/// </summary>
/// <param name="Model">The version that raised them.</param>
/// <param name="Precision">Right among those that can be judged; null while there are none.</param>
/// <param name="MeanRisk">Predicted for those that can be judged; of a well calibrated model it is near the precision.</param>
public sealed record WarningPrecision(
    string Model,
    int Raised,
    int Right,
    int Wrong,
    int ActedUpon,
    int Pending,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? Precision,
    double MeanRisk
)
{
    /// <param name="rows">Churn warnings, open and closed.</param>
    /// <param name="horizonDays">Days without a purchase that the model predicts.</param>
    /// <param name="now">Unix milliseconds.</param>
    /// <returns>Per model, by version.</returns>
    public static IReadOnlyList<WarningPrecision> Of(IEnumerable<WarningRow> rows, int horizonDays, long now) =>
        [
            .. rows.GroupBy(row => row.Model)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group =>
                {
                    var judged = group.ToLookup(row => Judge(row, horizonDays * 86_400_000L, now));
                    var decided = judged[Verdict.Right].Concat(judged[Verdict.Wrong]).ToList();
                    return new WarningPrecision(
                        group.Key,
                        group.Count(),
                        judged[Verdict.Right].Count(),
                        judged[Verdict.Wrong].Count(),
                        judged[Verdict.ActedUpon].Count(),
                        judged[Verdict.Pending].Count(),
                        decided.Count == 0 ? null : (double)judged[Verdict.Right].Count() / decided.Count,
                        decided.Count == 0 ? 0 : decided.Average(row => row.Risk)
                    );
                }),
        ];

    enum Verdict
    {
        Pending,
        Right,
        Wrong,
        ActedUpon,
    }

    static Verdict Judge(WarningRow row, long horizon, long now) =>
        (WarningOutcome)row.Status switch
        {
            // Still open: no purchase and no intervention.
            0 => now - row.RaisedAt >= horizon ? Verdict.Right : Verdict.Pending,
            WarningOutcome.Resolved => row.ClosedAt - row.RaisedAt >= horizon ? Verdict.Right : Verdict.Wrong,
            WarningOutcome.Expired or WarningOutcome.BoughtElsewhere or WarningOutcome.NotInterested => Verdict.Right,
            WarningOutcome.Wrong => Verdict.Wrong,
            _ => Verdict.ActedUpon,
        };
}
