using Personalization.Churn;

namespace Personalization.Models.Training;

/// <summary>
/// Methods that err in different ways, weighed by their scores of customers they had not seen (Wolpert: Stacked
/// generalization, 1992; no weight below 0: Breiman, 1996). A regression of three features is steady where rows are few, BG/NBD
/// knows how silence goes on beyond the longest one that was seen, trees see the rest.
/// </summary>
public static class MethodBlend
{
    static readonly string[] Parts = [ChurnMethods.Rfm, ChurnMethods.Rhythm, ChurnMethods.Trees];

    /// <summary>
    /// How much weights are drawn towards equal ones: the methods' scores being much alike, a thousand customers outweigh it.
    /// </summary>
    const double TowardsEqual = 50;

    // Below this a part does nothing but cost time.
    const double MinWeight = 0.02;

    /// <summary>Null where fewer than two of the parts were trained.</summary>
    public static TrainedChurn? Of(IReadOnlyList<TrainedChurn> trained, ChurnTask task)
    {
        var started = Environment.CpuUsage.TotalTime;
        List<TrainedChurn> parts = [.. trained.Where(method => Parts.Contains(method.Method))];
        if (parts.Count < 2)
            return null;
        double[] risks = CrossValidation.HeldOut(task.Train.Customers, task.Settings.Seed + 1, (kept, held) =>
        {
            var (weights, bias) = Weigh(parts, task.Train, kept);
            return [.. held.Select(row => Calibration.None.Probability(bias + Sum(parts, weights, row)))];
        });
        var (shares, _) = Weigh(parts, task.Train, [.. Enumerable.Range(0, task.Train.Count)]);
        var (forest, terms, scores) = Compose(parts, shares, task);
        var calibration = Calibrating.Choose(scores, task.Train.Labels, task.Train.Customers, task.Settings.Seed + 1).Calibration;
        var blend = TrainedChurn.Of(ChurnMethods.Blended, task, forest, terms, scores, risks, calibration, started);
        return blend with
        {
            Seconds = blend.Seconds + parts.Sum(part => part.Seconds),
            Zip = blend.Trees > 0 ? parts.Single(part => part.Trees > 0).Zip : null,
        };
    }

    // One scale for the sum: that of the trees, or of the whole where there are none.
    static (Forest Forest, RiskTerms Terms, double[] Scores) Compose(List<TrainedChurn> parts, double[] shares, ChurnTask task)
    {
        int trees = parts.FindIndex(part => part.Trees > 0);
        bool grown = trees >= 0 && shares[trees] > MinWeight;
        double scale = grown ? shares[trees] : 1;
        var features = new List<FeatureTerm>();
        SilenceTerm? silence = null;
        var scores = new double[task.Train.Count];
        for (int part = 0; part < parts.Count; part++)
        {
            double weight = shares[part] / scale;
            if ((part == trees && !grown) || weight <= MinWeight)
                continue;
            var model = parts[part].Model;
            // What is constant is left to the calibration.
            double bias = part == trees ? 0 : model.Forest!.Bias;
            for (int row = 0; row < scores.Length; row++)
                scores[row] += weight * (parts[part].HeldOutScores[row] - bias);
            if (model.Terms is not { } terms)
                continue;
            foreach (var term in terms.Features)
                features.Add(term with { Weight = weight * term.Weight });
            if (terms.Silence is { } rhythm)
                silence = rhythm with { Weight = weight * rhythm.Weight };
        }
        return (
            grown ? parts[trees].Model.Forest! : Forest.Constant(0, ChurnFeatures.Count),
            new([.. features], silence, task.HorizonDays),
            scores
        );
    }

    static (double[] Weights, double Bias) Weigh(List<TrainedChurn> parts, Snapshots train, int[] rows)
    {
        bool[] used = [.. parts.Select(_ => true)];
        bool[] labels = [.. rows.Select(row => train.Labels[row])];
        while (true)
        {
            int[] kept = [.. Enumerable.Range(0, parts.Count).Where(part => used[part])];
            double[] scores = [.. rows.SelectMany(row => kept.Select(part => parts[part].HeldOutScores[row]))];
            double[] fit = LogisticRegression.Fit(scores, kept.Length, labels, TowardsEqual, towards: 1.0 / kept.Length);
            int lowest = Enumerable.Range(0, kept.Length).MinBy(i => fit[i]);
            if (fit[lowest] >= 0 || kept.Length == 1)
            {
                var weights = new double[parts.Count];
                for (int i = 0; i < kept.Length; i++)
                    weights[kept[i]] = Math.Max(0, fit[i]);
                return (weights, fit[^1]);
            }
            used[kept[lowest]] = false;
        }
    }

    static double Sum(List<TrainedChurn> parts, double[] weights, int row)
    {
        double sum = 0;
        for (int part = 0; part < weights.Length; part++)
            sum += weights[part] * parts[part].HeldOutScores[row];
        return sum;
    }
}
