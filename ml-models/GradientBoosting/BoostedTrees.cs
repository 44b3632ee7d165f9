using System.Runtime.Intrinsics;
using Personalization.Churn;

namespace Personalization.Models;

/// <summary>
/// Gradient boosting with logistic loss (Friedman, 2001; second-order leaves as in XGBoost, 2016).
/// Deterministic: the same rows, settings and seed give the same forest on any number of cores.
/// </summary>
public sealed class BoostedTrees
{
    private readonly BinnedColumns _data;
    private readonly bool[] _labels;
    private readonly int[] _rows;
    private readonly BoostingSettings _settings;
    private readonly TreeGrower _grower;
    private readonly Random _random;
    private readonly double _bias;
    private readonly Vector128<double>[] _sums;
    private readonly List<ForestNode> _nodes = [];
    private readonly List<float> _cover = [];
    private readonly List<int> _roots = [];

    /// <param name="data">All rows, those held back for validation too.</param>
    /// <param name="labels">One per row.</param>
    /// <param name="rows">The rows to learn from.</param>
    /// <param name="settings">How to grow.</param>
    public BoostedTrees(BinnedColumns data, bool[] labels, int[] rows, BoostingSettings settings)
    {
        (_data, _labels, _rows, _settings) = (data, labels, rows, settings);
        _grower = new(data, settings);
        _random = new(settings.Seed);
        _sums = new Vector128<double>[data.Rows];
        double share = rows.Count(row => labels[row]) / (double)rows.Length;
        share = Math.Clamp(share, 1e-6, 1 - 1e-6);
        _bias = Math.Log(share / (1 - share));
        Scores = new double[data.Rows];
        Array.Fill(Scores, _bias);
    }

    /// <summary>Log-odds of every row after the trees so far.</summary>
    public double[] Scores { get; }

    /// <summary>Trees so far.</summary>
    public int Rounds => _roots.Count;

    /// <summary>Grows one more tree and moves every row's score.</summary>
    public void Boost()
    {
        foreach (int row in _rows)
        {
            double p = 1 / (1 + Math.Exp(-Scores[row]));
            _sums[row] = Vector128.Create(p - (_labels[row] ? 1 : 0), Math.Max(p * (1 - p), 1e-12));
        }
        _grower.Grow(SampleRows(), SampleColumns(), _sums);
        int root = _nodes.Count;
        _roots.Add(root);
        _cover.AddRange(_grower.Cover);
        foreach (var node in _grower.Nodes)
            _nodes.Add(node.IsLeaf ? node : node with { Left = node.Left + root, Right = node.Right + root });
        for (int row = 0; row < Scores.Length; row++)
            Scores[row] += _grower.Value(row);
    }

    public Forest ToForest() => new([.. _nodes], [.. _cover], [.. _roots], _bias, _data.Columns);

    private int[] SampleRows()
    {
        if (_settings.Subsample >= 1)
            return [.. _rows];
        var sample = new int[_rows.Length];
        int count = 0;
        foreach (int row in _rows)
            if (_random.NextDouble() < _settings.Subsample)
                sample[count++] = row;
        return sample[..count];
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
