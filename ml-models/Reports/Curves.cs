namespace Personalization.Models;

/// <summary>What risks are worth, drawn: points over the unit square. The positive class is churn.</summary>
public static class Curves
{
    // More points than pixels say nothing.
    private const int Most = 240;

    /// <summary>Stayers disturbed against leavers caught, as the line is lowered (ROC).</summary>
    public static IReadOnlyList<(double X, double Y)> Roc(double[] risks, bool[] churned) =>
        Walk(risks, churned, (caught, disturbed, leavers, stayers) => (disturbed / stayers, caught / leavers), (0, 0));

    /// <summary>Leavers caught against the share of warnings that are right.</summary>
    public static IReadOnlyList<(double X, double Y)> PrecisionRecall(double[] risks, bool[] churned) =>
        Walk(risks, churned, (caught, disturbed, leavers, _) => (caught / leavers, caught / (caught + disturbed)), null);

    /// <summary>Customers warned of against leavers caught (cumulative gain).</summary>
    public static IReadOnlyList<(double X, double Y)> Gain(double[] risks, bool[] churned) =>
        Walk(risks, churned, (caught, disturbed, leavers, stayers) => ((caught + disturbed) / (leavers + stayers), caught / leavers), (0, 0));

    /// <summary>Mean risk against churn rate, in ten bins of as many customers each.</summary>
    public static IReadOnlyList<(double X, double Y)> Calibration(double[] risks, bool[] churned)
    {
        int[] order = [.. Enumerable.Range(0, risks.Length).OrderBy(i => risks[i])];
        return [.. order.Chunk(Math.Max(1, (order.Length + 9) / 10))
            .Select(bin => (bin.Average(i => risks[i]), bin.Average(i => churned[i] ? 1.0 : 0)))];
    }

    private static List<(double X, double Y)> Walk(
        double[] risks, bool[] churned, Func<double, double, double, double, (double, double)> point, (double, double)? start)
    {
        int[] order = [.. Enumerable.Range(0, risks.Length).OrderByDescending(i => risks[i])];
        double leavers = churned.Count(label => label), stayers = churned.Length - leavers, caught = 0, disturbed = 0;
        var points = new List<(double X, double Y)>();
        if (start is { } from)
            points.Add(from);
        int step = Math.Max(1, order.Length / Most), taken = 0;
        for (int i = 0; i < order.Length; i++)
        {
            if (churned[order[i]])
                caught++;
            else
                disturbed++;
            bool tied = i + 1 < order.Length && risks[order[i + 1]] == risks[order[i]];
            if (tied || (i < taken + step && i + 1 < order.Length))
                continue;
            taken = i;
            points.Add(point(caught, disturbed, leavers, stayers));
        }
        return points;
    }
}
