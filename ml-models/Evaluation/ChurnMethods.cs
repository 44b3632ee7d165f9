using Personalization.Churn;

namespace Personalization.Models;

/// <summary>A way to foretell churn.</summary>
/// <param name="Name">As shown.</param>
/// <param name="Fit">Learns from rows and says what scores other rows; scoring may be repeated.</param>
/// <param name="NeedsLabels">
/// False: what it knows of the rows it learned from is no hindsight, and it can be judged on them.
/// </param>
public sealed record ChurnMethod(string Name, Func<Snapshots, Snapshots, Func<double[]>> Fit, bool NeedsLabels = true);

/// <summary>What any shop could do without trees. A model must beat these to be worth its keep.</summary>
public static class ChurnMethods
{
    /// <summary>Simplest first.</summary>
    public static IReadOnlyList<ChurnMethod> Simple(int horizonDays) =>
    [
        new("recency", (train, scored) => Scoring(Baseline.Recency(train), scored)),
        new("RFM logistic", (train, scored) => Scoring(Baseline.Rfm(train), scored)),
        new("BG/NBD", (_, scored) => Silence(scored, horizonDays), NeedsLabels: false),
    ];

    /// <summary>
    /// Log loss on rows of customers that were held back, in three folds; for a method that needs no labels on all of them.
    /// </summary>
    public static double CrossValidatedLogLoss(ChurnMethod method, Snapshots train, int seed)
    {
        if (!method.NeedsLabels)
            return ClassificationMetrics.Of(method.Fit(train, train)(), train.Labels).LogLoss;
        double loss = 0;
        for (int fold = 0; fold < CrossValidation.Folds; fold++)
        {
            bool Held(int row) => CrossValidation.Fold(train.Customers[row], seed) == fold;
            var (kept, held) = (train.Where(row => !Held(row)), train.Where(Held));
            if (held.Count > 0)
                loss += held.Count * ClassificationMetrics.Of(method.Fit(kept, held)(), held.Labels).LogLoss;
        }
        return loss / train.Count;
    }

    private static Func<double[]> Scoring(Baseline baseline, Snapshots scored) => () => baseline.Predict(scored);

    // Fitted to the records at the very cutoff that is scored: they are known then, and no label is looked at.
    private static Func<double[]> Silence(Snapshots scored, int horizonDays)
    {
        var models = scored.Cutoffs.Distinct().ToDictionary(cutoff => cutoff, cutoff =>
        {
            var records = Enumerable.Range(0, scored.Count).Where(i => scored.Cutoffs[i] == cutoff)
                .Select(i => BuyingRecord.Of(scored.Row(i))).ToList();
            // Too few to tell by themselves are drawn towards what shops look like.
            var priors = BuyingFit.Obstacle(records) is null ? null : BuyingFit.Pooled;
            return BuyingFit.Model(BuyingFit.Fit(records, priors: priors).Parameters);
        });
        return () =>
        {
            var risks = new double[scored.Count];
            for (int i = 0; i < risks.Length; i++)
                risks[i] = models[scored.Cutoffs[i]].NoPurchase(
                    BuyingRecord.Of(scored.Row(i)), horizonDays / BuyingRecord.Week);
            return risks;
        };
    }
}
