using Personalization.Churn;
using Personalization.Models.Training;

namespace Personalization.Models.Evaluation;

/// <summary>How a feature was distributed when a model was trained; drift is measured against it.</summary>
/// <param name="Name">Of <see cref="ChurnFeatures"/>.</param>
/// <param name="Cuts">Between the bins, ascending: tenths of the customers, fewer where values repeat.</param>
/// <param name="Shares">Of the customers in each bin; the last share is that of missing values.</param>
public sealed record FeatureProfile(string Name, float[] Cuts, double[] Shares)
{
    // A share never seen counts as this: the index stays finite.
    const double MinShare = 1e-4;

    /// <summary>All features of a set of rows.</summary>
    public static IReadOnlyList<FeatureProfile> Of(Snapshots rows) =>
        [
            .. ChurnFeatures.All.Select(feature =>
            {
                var cuts = CutsOf(rows, feature.Feature);
                return new FeatureProfile(feature.Name, cuts, SharesOf(rows, feature.Feature, cuts));
            }),
        ];

    /// <summary>
    /// The population stability index of these rows against the profile: the sum over bins of (now - then) ln(now / then).
    /// Below 0.1 nothing has happened, from 0.25 on the feature is another one. Null when no longer computed.
    /// </summary>
    public double? Drift(Snapshots rows)
    {
        if (ChurnFeatures.All.FirstOrDefault(feature => feature.Name == Name) is not { } feature)
            return null;
        return SharesOf(rows, feature.Feature, Cuts)
            .Zip(Shares, (now, then) => (Math.Max(now, MinShare), Math.Max(then, MinShare)))
            .Sum(pair => (pair.Item1 - pair.Item2) * Math.Log(pair.Item1 / pair.Item2));
    }

    static float[] CutsOf(Snapshots rows, ChurnFeature feature)
    {
        float[] known =
        [
            .. Enumerable.Range(0, rows.Count).Select(i => rows.Value(i, feature)).Where(v => !float.IsNaN(v)).Order(),
        ];
        return known.Length == 0
            ? []
            :
            [
                .. Enumerable
                    .Range(1, 9)
                    .Select(tenth => known[tenth * (known.Length - 1) / 10])
                    .Append(known[0])
                    .Distinct()
                    .Order(),
            ];
    }

    // Bin i holds what is above cut i-1 and not above cut i.
    static double[] SharesOf(Snapshots rows, ChurnFeature feature, float[] cuts)
    {
        var shares = new double[cuts.Length + 2];
        for (int i = 0; i < rows.Count; i++)
        {
            float value = rows.Value(i, feature);
            int place = float.IsNaN(value) ? -1 : Array.BinarySearch(cuts, value);
            shares[
                float.IsNaN(value) ? ^1
                : place < 0 ? ~place
                : place
            ] += 1.0 / rows.Count;
        }
        return shares;
    }
}
