using Personalization.Models.Evaluation;

namespace Personalization.Models.Reports;

/// <summary>What risks are worth, drawn: points over the unit square. The positive class is churn.</summary>
public static class Curves
{
    // More points than pixels say nothing.
    const int MaxPoints = 240;

    /// <summary>Stayers disturbed against leavers caught, as the line is lowered (ROC).</summary>
    public static IReadOnlyList<(double X, double Y)> Roc(double[] risks, bool[] churned) =>
        Walk(risks, churned, (caught, disturbed, leavers, stayers) => (disturbed / stayers, caught / leavers), (0, 0));

    /// <summary>Leavers caught against the share of warnings that are right.</summary>
    public static IReadOnlyList<(double X, double Y)> PrecisionRecall(double[] risks, bool[] churned) =>
        Walk(risks, churned, (caught, disturbed, leavers, _) => (caught / leavers, caught / (caught + disturbed)), null);

    /// <summary>Customers warned of against leavers caught (cumulative gain).</summary>
    public static IReadOnlyList<(double X, double Y)> Gain(double[] risks, bool[] churned) =>
        Walk(
            risks,
            churned,
            (caught, disturbed, leavers, stayers) => ((caught + disturbed) / (leavers + stayers), caught / leavers),
            (0, 0)
        );

    /// <summary>Mean risk against churn rate, in ten bins of as many customers each.</summary>
    public static IReadOnlyList<(double X, double Y)> Calibration(double[] risks, bool[] churned)
    {
        int[] order = [.. Enumerable.Range(0, risks.Length).OrderBy(i => risks[i])];
        return
        [
            .. order
                .Chunk(Math.Max(1, (order.Length + 9) / 10))
                .Select(bin => (bin.Average(i => risks[i]), bin.Average(i => churned[i] ? 1.0 : 0))),
        ];
    }

    static List<(double X, double Y)> Walk(
        double[] risks,
        bool[] churned,
        Func<double, double, double, double, (double, double)> point,
        (double, double)? start
    )
    {
        var order = new RiskOrder(risks, churned);
        var points = new List<(double X, double Y)>();
        if (start is { } from)
            points.Add(from);
        int step = Math.Max(1, order.Rows / MaxPoints),
            next = 0;
        foreach (var place in order.Places())
        {
            if (place.Rows < next && place.Rows < order.Rows)
                continue;
            next = place.Rows + step;
            points.Add(point(place.Caught, place.Disturbed, order.Leavers, order.Stayers));
        }
        return points;
    }
}
