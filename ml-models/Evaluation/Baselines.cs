using Personalization.Churn;

namespace Personalization.Models;

/// <summary>
/// What any shop could do without trees: a logistic regression on log(1 + x) of recency alone, or of recency, frequency and
/// money, standardised on the training rows. A model must beat both to be worth its keep.
/// </summary>
public sealed class Baseline
{
    private readonly ChurnFeature[] _features;
    private readonly double[] _means;
    private readonly double[] _deviations;
    private readonly LogisticRegression _fit;

    public static Baseline Recency(Snapshots train) => new(train, [ChurnFeature.Recency]);

    public static Baseline Rfm(Snapshots train) =>
        new(train, [ChurnFeature.Recency, ChurnFeature.PurchaseDays, ChurnFeature.NetSpend]);

    private Baseline(Snapshots train, ChurnFeature[] features)
    {
        _features = features;
        int width = features.Length;
        var rows = new double[train.Count * width];
        (_means, _deviations) = (new double[width], new double[width]);
        for (int j = 0; j < width; j++)
        {
            for (int i = 0; i < train.Count; i++)
                _means[j] += (rows[i * width + j] = Log(train, i, features[j])) / train.Count;
            for (int i = 0; i < train.Count; i++)
                _deviations[j] += Math.Pow(rows[i * width + j] - _means[j], 2) / train.Count;
            _deviations[j] = _deviations[j] > 0 ? Math.Sqrt(_deviations[j]) : 1;
            for (int i = 0; i < train.Count; i++)
                rows[i * width + j] = (rows[i * width + j] - _means[j]) / _deviations[j];
        }
        _fit = LogisticRegression.Fit(rows, width, train.Labels, penalty: 1);
    }

    public double[] Predict(Snapshots snapshots)
    {
        var risks = new double[snapshots.Count];
        var row = new double[_features.Length];
        for (int i = 0; i < risks.Length; i++)
        {
            for (int j = 0; j < row.Length; j++)
                row[j] = (Log(snapshots, i, _features[j]) - _means[j]) / _deviations[j];
            risks[i] = _fit.Probability(row);
        }
        return risks;
    }

    private static double Log(Snapshots snapshots, int index, ChurnFeature feature) =>
        Math.Log(1 + Math.Max(0, snapshots.Value(index, feature)));
}
