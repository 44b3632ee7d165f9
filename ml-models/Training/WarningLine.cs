namespace Personalization.Models;

/// <summary>
/// Where the warning line lies: at the risk that maximises caught leavers (as a share of leavers) less disturbed stayers (as a
/// share of stayers), Youden's J (1950). Unlike F1 it does not warn of everybody in a shop that most buyers leave. Of equal
/// lines the highest.
/// </summary>
public static class WarningLine
{
    /// <summary>0.5 where there is nothing to choose by.</summary>
    public static float Choose(IReadOnlyList<double> risks, IReadOnlyList<bool> churned)
    {
        int[] order = [.. Enumerable.Range(0, risks.Count).OrderByDescending(i => risks[i])];
        double leavers = churned.Count(c => c), stayers = churned.Count - leavers, caught = 0, disturbed = 0;
        if (leavers == 0 || stayers == 0)
            return 0.5f;
        var (best, line) = (0.0, 0.5);
        for (int i = 0; i < order.Length; i++)
        {
            if (churned[order[i]])
                caught++;
            else
                disturbed++;
            bool tied = i + 1 < order.Length && risks[order[i + 1]] == risks[order[i]];
            // Youden's J times both counts: whole numbers, so that equal lines compare as equal.
            double utility = caught * stayers - disturbed * leavers;
            if (!tied && utility > best)
                (best, line) = (utility, risks[order[i]]);
        }
        return (float)line;
    }
}
