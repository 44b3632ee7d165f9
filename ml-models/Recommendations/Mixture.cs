using Personalization.Recommendations;

namespace Personalization.Models.Recommendations;

/// <summary>
/// Shares of sources in a mixture whose probability for what came next is largest (expectation maximisation: Dempster, Laird,
/// Rubin, 1977). Each source tells every candidate's share in all its votes.
/// </summary>
static class Mixture
{
    const int Rounds = 60;

    /// <param name="lists">Their first columns are logarithms of shares.</param>
    /// <param name="sources">How many columns these are.</param>
    /// <param name="nothing">What was added to a share before its logarithm was taken.</param>
    /// <returns>Of <see cref="Candidate.Width"/> length; they sum to less than 1 where no source knows what came next.</returns>
    public static float[] Fit(CandidateLists lists, int sources, float nothing)
    {
        var weights = new double[sources];
        Array.Fill(weights, 1.0 / sources);
        for (int round = 0; round < Rounds; round++)
        {
            var sums = new double[sources];
            for (int list = 0; list < lists.Lists; list++)
            {
                var row = lists.Row(lists.Target(list));
                double whole = 1e-6;
                for (int source = 0; source < sources; source++)
                    whole += weights[source] * Share(row[source], nothing);
                for (int source = 0; source < sources; source++)
                    sums[source] += weights[source] * Share(row[source], nothing) / whole;
            }
            double all = Math.Max(1e-9, sums.Sum());
            for (int source = 0; source < sources; source++)
                weights[source] = sums[source] / all;
        }
        var mixture = new float[Candidate.Width];
        for (int source = 0; source < sources; source++)
            mixture[source] = (float)weights[source];
        return mixture;
    }

    /// <summary>Writes the logarithm of the mixture into a column of every row.</summary>
    public static void Put(CandidateLists lists, float[] mixture, int column, float nothing)
    {
        for (int row = 0; row < lists.Rows; row++)
        {
            var values = lists.Change(row);
            float sum = 0;
            for (int source = 0; source < Candidate.Votes; source++)
                sum += mixture[source] * Share(values[source], nothing);
            values[column] = MathF.Log(sum + nothing);
        }
    }

    static float Share(float log, float nothing) => MathF.Max(0, MathF.Exp(log) - nothing);
}
