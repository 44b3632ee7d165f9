namespace Personalization.Models.Evaluation;

/// <summary>
/// Two methods on the same rows: mean difference in log loss, and how far chance moves it. Rows of one customer count as one.
/// </summary>
public static class PairedLoss
{
    /// <returns>Below 0: <paramref name="risks"/> are nearer the truth. The error is a standard error.</returns>
    public static (double Difference, double Error) Of(double[] risks, double[] others, bool[] churned, long[] customers)
    {
        var sums = new Dictionary<long, double>();
        for (int i = 0; i < risks.Length; i++)
            sums[customers[i]] = sums.GetValueOrDefault(customers[i]) + Loss(risks[i], churned[i]) - Loss(others[i], churned[i]);
        double mean = sums.Values.Sum() / risks.Length,
            each = sums.Values.Average();
        return (mean, Math.Sqrt(sums.Values.Sum(sum => (sum - each) * (sum - each))) / risks.Length);
    }

    /// <summary>Of one row, the risk clipped to [1e-6, 1 - 1e-6].</summary>
    public static double Loss(double risk, bool churned)
    {
        double p = Math.Clamp(risk, 1e-6, 1 - 1e-6);
        return -Math.Log(churned ? p : 1 - p);
    }
}
