using Personalization.Models.Evaluation;

namespace Personalization.Models.Training;

/// <summary>
/// The warning threshold: the risk that maximises caught leavers (as a share of leavers) less disturbed stayers (as a
/// share of stayers), Youden's J (1950). Unlike F1 it does not warn of every customer in a shop that most buyers leave. Of
/// equal thresholds the highest.
/// </summary>
public static class WarningThreshold
{
    /// <summary>0.5 where there is nothing to choose by.</summary>
    public static float Choose(double[] risks, bool[] churned)
    {
        var order = new RiskOrder(risks, churned);
        if (order.Leavers == 0 || order.Stayers == 0)
            return 0.5f;
        var (best, threshold) = (0.0, 0.5);
        foreach (var place in order.Places())
        {
            // Youden's J times both counts: whole numbers, so that equal thresholds compare as equal.
            double utility = place.Caught * order.Stayers - place.Disturbed * order.Leavers;
            if (utility > best)
                (best, threshold) = (utility, place.Risk);
        }
        return (float)threshold;
    }
}
