using System.Numerics;
using Personalization.Churn;

namespace Personalization.Models;

/// <summary>What trees are grown to foretell.</summary>
public enum BoostingObjective
{
    /// <summary>The probability of an event; targets are 0 or 1, scores log-odds.</summary>
    Logistic,

    /// <summary>A count; targets are 0 and above, scores the logarithm of the mean.</summary>
    Poisson,
}

/// <summary>
/// Gradient boosting (Friedman, 2001; second-order leaves as in XGBoost, 2016).
/// Deterministic: the same rows, settings and seed give the same forest on any number of cores.
/// </summary>
public sealed class BoostedTrees
{
    private readonly BinnedColumns _data;
    private readonly double[] _targets;
    private readonly int[] _rows;
    private readonly int[] _sample;
    private readonly BoostingSettings _settings;
    private readonly TreeGrower _grower;
    private readonly Random _random;
    private readonly double _bias;
    private readonly float[] _gradients;
    private readonly float[] _hessians;
    private readonly List<ForestNode> _nodes = [];
    private readonly List<float> _cover = [];
    private readonly List<int> _roots = [];

    /// <param name="data">All rows, those held back for validation too.</param>
    /// <param name="targets">One per row.</param>
    /// <param name="rows">The rows to learn from, ascending.</param>
    /// <param name="settings">How to grow.</param>
    /// <param name="offsets">
    /// Per row, what is known of its score beforehand (of counts: the logarithm of the exposure). The forest does not know
    /// it: whoever scores adds it.
    /// </param>
    public BoostedTrees(BinnedColumns data, double[] targets, int[] rows, BoostingSettings settings, double[]? offsets = null)
    {
        (_data, _targets, _rows, _settings) = (data, targets, rows, settings);
        _sample = [.. rows, .. Enumerable.Range(0, data.Rows).Except(rows)];
        _grower = new(data, settings);
        _random = new(settings.Seed);
        (_gradients, _hessians) = (new float[data.Rows], new float[data.Rows]);
        _bias = Start(offsets);
        Scores = [.. Enumerable.Range(0, data.Rows).Select(row => _bias + (offsets is null ? 0 : offsets[row]))];
    }

    /// <summary>Every row's score after the trees so far.</summary>
    public double[] Scores { get; }

    /// <summary>Trees so far.</summary>
    public int Rounds => _roots.Count;

    /// <summary>Grows one more tree and moves every row's score.</summary>
    public void Boost()
    {
        Derive();
        _grower.Grow(_sample, SampleRows(), SampleColumns(), _gradients, _hessians);
        int root = _nodes.Count;
        _roots.Add(root);
        _cover.AddRange(_grower.Cover);
        foreach (var node in _grower.Nodes)
            _nodes.Add(node.IsLeaf ? node : node with { Left = node.Left + root, Right = node.Right + root });
        _grower.AddTo(Scores);
    }

    public Forest ToForest() => new([.. _nodes], [.. _cover], [.. _roots], _bias, _data.Columns);

    // The score that fits best before the first tree.
    private double Start(double[]? offsets)
    {
        double targets = _rows.Sum(row => _targets[row]),
            exposure = _rows.Length;
        if (_settings.Objective == BoostingObjective.Poisson)
        {
            exposure = offsets is null ? exposure : _rows.Sum(row => Math.Exp(offsets[row]));
            return Math.Log(Math.Max(targets, 1e-6) / exposure);
        }
        double share = Math.Clamp(targets / exposure, 1e-6, 1 - 1e-6);
        return Math.Log(share / (1 - share));
    }

    // First and second derivative of each row's loss by its score. Histograms know them to 16 bits: floats are more than enough.
    private void Derive()
    {
        var (one, least) = (Vector<float>.One, new Vector<float>(1e-12f));
        bool logistic = _settings.Objective == BoostingObjective.Logistic;
        int row = 0;
        for (; row + Vector<float>.Count <= Scores.Length; row += Vector<float>.Count)
        {
            var score = Floats(Scores, row);
            var mean = logistic ? one / (one + Vector.Exp(-score)) : Vector.Exp(score);
            (mean - Floats(_targets, row)).CopyTo(_gradients, row);
            Vector.Max(logistic ? mean * (one - mean) : mean, least).CopyTo(_hessians, row);
        }
        for (; row < Scores.Length; row++)
        {
            double mean = logistic ? 1 / (1 + Math.Exp(-Scores[row])) : Math.Exp(Scores[row]);
            _gradients[row] = (float)(mean - _targets[row]);
            _hessians[row] = (float)Math.Max(logistic ? mean * (1 - mean) : mean, 1e-12);
        }
    }

    private static Vector<float> Floats(double[] values, int first) =>
        Vector.Narrow(new Vector<double>(values, first), new Vector<double>(values, first + Vector<double>.Count));

    // Puts the rows that the next tree learns from first, in order; those held back stay where they are.
    private int SampleRows()
    {
        if (_settings.Subsample >= 1)
        {
            _rows.CopyTo(_sample, 0);
            return _rows.Length;
        }
        int count = 0,
            left = _rows.Length;
        foreach (int row in _rows)
            if (_random.NextDouble() < _settings.Subsample)
                _sample[count++] = row;
            else
                _sample[--left] = row;
        return count;
    }

    private int[] SampleColumns()
    {
        int[] columns = [.. _data.Usable];
        if (_settings.Columns >= 1)
            return columns;
        int count = Math.Max(1, (int)Math.Round(columns.Length * _settings.Columns));
        for (int i = 0; i < count && i < columns.Length; i++)
        {
            int other = _random.Next(i, columns.Length);
            (columns[i], columns[other]) = (columns[other], columns[i]);
        }
        columns = columns[..Math.Min(count, columns.Length)];
        Array.Sort(columns);
        return columns;
    }
}
