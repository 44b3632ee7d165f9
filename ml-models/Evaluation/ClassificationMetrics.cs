namespace Personalization.Models.Evaluation;

/// <summary>How good predicted risks are. The positive class is churn.</summary>
/// <param name="Rows">Rows judged.</param>
/// <param name="Rate">Share that churned.</param>
/// <param name="Auc">Area under the ROC curve; ties count half.</param>
/// <param name="AveragePrecision">Sum over distinct risks of recall gained times precision there.</param>
/// <param name="LogLoss">Mean, risks clipped to [1e-6, 1 - 1e-6].</param>
/// <param name="Brier">Mean squared error.</param>
/// <param name="CalibrationError">ECE: ten bins of equal width, mean absolute difference of risk and rate.</param>
/// <param name="Lift10">
/// Churn rate of the riskiest tenth to that of all; rows that tie at its border count with their mean.
/// </param>
public sealed record ClassificationMetrics(
    int Rows,
    double Rate,
    double Auc,
    double AveragePrecision,
    double LogLoss,
    double Brier,
    double CalibrationError,
    double Lift10
)
{
    public static ClassificationMetrics Of(ReadOnlySpan<double> risks, ReadOnlySpan<bool> churned)
    {
        var (sorted, labels) = (risks.ToArray(), churned.ToArray());
        Array.Sort(sorted, labels);
        double positives = labels.Count(label => label);
        var (auc, precision) = Ranking(sorted, labels, positives);
        var (logLoss, brier, calibration) = Errors(sorted, labels);
        return new(
            labels.Length,
            positives / labels.Length,
            auc,
            precision,
            logLoss,
            brier,
            calibration,
            Lift(sorted, labels, positives / labels.Length)
        );
    }

    // Risks ascending; all rows of one risk are taken together.
    static (double Auc, double AveragePrecision) Ranking(double[] risks, bool[] labels, double positives)
    {
        double negatives = labels.Length - positives,
            below = 0,
            area = 0,
            above = positives,
            precision = 0;
        for (int i = 0; i < risks.Length; )
        {
            int start = i;
            double here = 0;
            for (; i < risks.Length && risks[i] == risks[start]; i++)
                here += labels[i] ? 1 : 0;
            double others = i - start - here;
            area += here * (below + others / 2);
            below += others;
            precision += here / positives * (above / (risks.Length - start));
            above -= here;
        }
        return (area / (positives * negatives), precision);
    }

    // Risks ascending: the riskiest tenth stands last.
    static double Lift(double[] risks, bool[] labels, double rate)
    {
        int tenth = Math.Max(1, risks.Length / 10);
        double border = risks[^tenth],
            above = 0,
            churned = 0,
            tied = 0,
            tiedChurned = 0;
        for (int i = risks.Length - 1; i >= 0 && risks[i] >= border; i--)
            if (risks[i] > border)
                (above, churned) = (above + 1, churned + (labels[i] ? 1 : 0));
            else
                (tied, tiedChurned) = (tied + 1, tiedChurned + (labels[i] ? 1 : 0));
        return (churned + (tenth - above) * tiedChurned / tied) / tenth / rate;
    }

    static (double LogLoss, double Brier, double Calibration) Errors(double[] risks, bool[] labels)
    {
        double loss = 0,
            brier = 0,
            error = 0;
        var bins = new (double Count, double Risk, double Churned)[10];
        for (int i = 0; i < risks.Length; i++)
        {
            double p = Math.Clamp(risks[i], 1e-6, 1 - 1e-6),
                y = labels[i] ? 1 : 0;
            loss -= labels[i] ? Math.Log(p) : Math.Log(1 - p);
            brier += (risks[i] - y) * (risks[i] - y);
            ref var bin = ref bins[Math.Min(9, (int)(risks[i] * 10))];
            bin = (bin.Count + 1, bin.Risk + risks[i], bin.Churned + y);
        }
        foreach (var bin in bins)
            error += Math.Abs(bin.Risk - bin.Churned);
        return (loss / risks.Length, brier / risks.Length, error / risks.Length);
    }
}
