using System.Runtime.Intrinsics;
using Personalization.Recommendations;

namespace Personalization.Models;

/// <summary>How the trees of a ranking are grown.</summary>
public sealed record SymmetricBoostingSettings
{
    /// <summary>Most trees; the held-out lists usually ask for fewer. The default is 300.</summary>
    public int Rounds { get; init; } = 300;

    /// <summary>Levels of a tree. The default is 6.</summary>
    public int Depth { get; init; } = 6;

    /// <summary>Share of each tree's correction that is applied. The default is 0.15.</summary>
    public double LearningRate { get; init; } = 0.15;

    /// <summary>L2 penalty on leaf values. The default is 20.</summary>
    public double Lambda { get; init; } = 20;

    /// <summary>Share of the lists that each tree sees. The default is 0.5.</summary>
    public double Lists { get; init; } = 0.5;

    /// <summary>Share of the columns that each tree sees. The default is 0.6.</summary>
    public double Columns { get; init; } = 0.6;

    /// <summary>Rounds without improvement on held-out lists after which growing stops. The default is 25.</summary>
    public int Patience { get; init; } = 25;

    /// <summary>Of the generator that samples. The default is 1.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>
/// Boosts symmetric trees on the softmax over each list's candidates, from a score to start with. Second-order leaves as in
/// XGBoost (2016). Deterministic: the same lists, settings and seed give the same trees on any number of cores.
/// </summary>
public sealed class SymmetricBoosting
{
    private const int Bins = 64;

    private readonly CandidateLists _lists;
    private readonly SymmetricBoostingSettings _settings;
    private readonly Random _random;
    private readonly float[][] _cuts;
    private readonly byte[][] _bins;
    private readonly float[] _scores;
    private readonly (float Gradient, float Hessian)[] _sums;
    private readonly byte[] _leaf;
    private readonly Vector128<double>[][] _histograms;
    private readonly float[] _weights;
    private readonly int[] _learned;
    private readonly int[] _held;
    private readonly List<short> _features = [];
    private readonly List<float> _thresholds = [];
    private readonly List<float> _leaves = [];

    /// <param name="lists">Columns of <see cref="RankingColumn"/>.</param>
    /// <param name="start">Column with the score that the trees correct.</param>
    /// <param name="held">Of each list, whether it only judges; the others are learned from.</param>
    /// <param name="settings">How to grow.</param>
    public SymmetricBoosting(CandidateLists lists, int start, bool[] held, SymmetricBoostingSettings settings)
    {
        (_lists, _settings, _random) = (lists, settings, new(settings.Seed));
        _learned = [.. Enumerable.Range(0, lists.Lists).Where(list => !held[list])];
        _held = [.. Enumerable.Range(0, lists.Lists).Where(list => held[list])];
        _weights = [.. Enumerable.Range(0, lists.Rows).Select(lists.Weight)];
        _cuts = new float[lists.Columns][];
        _bins = new byte[lists.Columns][];
        Parallel.For(0, lists.Columns, Bin);
        _scores = new float[lists.Rows];
        for (int row = 0; row < lists.Rows; row++)
            _scores[row] = lists.Row(row)[start];
        _sums = new (float, float)[lists.Rows];
        _leaf = new byte[lists.Rows];
        _histograms = new Vector128<double>[lists.Columns][];
    }

    public int Rounds => _features.Count / _settings.Depth;

    /// <summary>Mean of -log chance of what came next, over the lists not learned from.</summary>
    public double HeldOutLoss() => _held.Length == 0 ? 0 : _held.Average(Loss);

    /// <summary>Grows one more tree.</summary>
    public void Boost()
    {
        int[] lists = [.. _learned.Where(_ => _settings.Lists >= 1 || _random.NextDouble() < _settings.Lists)];
        Parallel.For(0, lists.Length, i => Differentiate(lists[i]));
        var usable = Enumerable.Range(0, _lists.Columns).Where(column => _cuts[column].Length > 0).ToArray();
        _random.Shuffle(usable);
        var columns = usable[..Math.Max(1, (int)(usable.Length * _settings.Columns))];
        Array.Sort(columns);
        Array.Clear(_leaf);
        for (int level = 0; level < _settings.Depth; level++)
            Split(lists, columns, level);
        AddLeaves(lists);
    }

    /// <summary>The first trees.</summary>
    public SymmetricTrees ToTrees(int rounds) => new(_settings.Depth, _lists.Columns,
        [.. _features.Take(rounds * _settings.Depth)], [.. _thresholds.Take(rounds * _settings.Depth)],
        [.. _leaves.Take(rounds << _settings.Depth)]);

    private void Bin(int column)
    {
        // Quantiles of some hundred thousand rows are those of all.
        int step = Math.Max(1, _lists.Rows / 200_000);
        var sample = new List<float>();
        for (int row = 0; row < _lists.Rows; row += step)
            sample.Add(_lists.Row(row)[column]);
        sample.Sort();
        var cuts = new List<float>();
        var distinct = sample.Distinct().ToList();
        if (distinct.Count <= Bins)
        {
            cuts.AddRange(distinct.Take(distinct.Count - 1));
        }
        else
        {
            for (int i = 1; i < Bins; i++)
            {
                float cut = sample[(int)((long)i * sample.Count / Bins)];
                if (cut < sample[^1] && (cuts.Count == 0 || cut > cuts[^1]))
                    cuts.Add(cut);
            }
        }
        var sorted = _cuts[column] = [.. cuts];
        var bins = _bins[column] = new byte[_lists.Rows];
        for (int row = 0; row < bins.Length; row++)
        {
            int at = Array.BinarySearch(sorted, _lists.Row(row)[column]);
            bins[row] = (byte)(at < 0 ? ~at : at); // values above cut k lie in bins above k
        }
    }

    private void Differentiate(int list)
    {
        var (from, until) = (_lists.Start(list), _lists.Start(list + 1));
        float best = float.MinValue;
        for (int row = from; row < until; row++)
            best = Math.Max(best, _scores[row]);
        double sum = 0;
        for (int row = from; row < until; row++)
            sum += _weights[row] * Math.Exp(_scores[row] - best);
        int target = _lists.Target(list);
        for (int row = from; row < until; row++)
        {
            double chance = Math.Exp(_scores[row] - best) / sum;
            _sums[row] = ((float)((_weights[row] * chance) - (row == target ? 1 : 0)),
                (float)Math.Max(_weights[row] * chance * (1 - chance), 1e-9));
        }
    }

    private void Split(int[] lists, int[] columns, int level)
    {
        var bests = new (double Gain, int Cut)[columns.Length];
        var part = PartOf(lists, level);
        Parallel.For(0, columns.Length, i =>
        {
            CountColumn(part, columns[i], level);
            bests[i] = BestCut(_histograms[columns[i]], columns[i], level);
        });
        int best = 0;
        for (int i = 1; i < columns.Length; i++)
            if (bests[i].Gain > bests[best].Gain)
                best = i;
        int column = columns[best], cut = bests[best].Cut;
        _features.Add((short)column);
        _thresholds.Add(_cuts[column][cut]);
        byte[] bins = _bins[column];
        Parallel.For(0, (_leaf.Length + 65535) / 65536, part =>
        {
            for (int row = part * 65536; row < Math.Min(_leaf.Length, (part + 1) * 65536); row++)
                if (bins[row] > cut)
                    _leaf[row] |= (byte)(1 << level);
        });
    }

    /// <summary>Rows that are counted at a level: those on the smaller side of the last split.</summary>
    private readonly record struct Part(int[] Rows, byte[] Leaves, (float Gradient, float Hessian)[] Sums, bool IsRight);

    private Part PartOf(int[] lists, int level)
    {
        int all = 0, right = 0, newest = level > 0 ? 1 << (level - 1) : 0;
        foreach (int list in lists)
        {
            all += _lists.Start(list + 1) - _lists.Start(list);
            for (int row = _lists.Start(list), until = _lists.Start(list + 1); level > 0 && row < until; row++)
                right += _leaf[row] >> (level - 1) & 1;
        }
        bool isRight = level > 0 && right <= all - right;
        int count = level == 0 ? all : isRight ? right : all - right, at = 0;
        var part = new Part(new int[count], new byte[count], new (float, float)[count], isRight);
        foreach (int list in lists)
            for (int row = _lists.Start(list), until = _lists.Start(list + 1); row < until; row++)
            {
                if ((_leaf[row] & newest) != 0 != isRight)
                    continue;
                (part.Rows[at], part.Leaves[at], part.Sums[at]) = (row, (byte)(_leaf[row] & ~newest), _sums[row]);
                at++;
            }
        return part;
    }

    /// <summary>Sums of gradients and hessians per leaf and bin of a column. The larger side of the last split is what the
    /// smaller leaves of the level before.</summary>
    private void CountColumn(in Part part, int column, int level)
    {
        if (level == 0)
        {
            _histograms[column] = new Vector128<double>[Bins];
            Add(_histograms[column], part, _bins[column]);
            return;
        }
        var before = _histograms[column];
        var smaller = new Vector128<double>[before.Length];
        Add(smaller, part, _bins[column]);
        var both = _histograms[column] = new Vector128<double>[2 * before.Length];
        for (int i = 0; i < before.Length; i++)
        {
            var rest = before[i] - smaller[i];
            (both[i], both[before.Length + i]) = part.IsRight ? (rest, smaller[i]) : (smaller[i], rest);
        }
    }

    // Neighbouring rows often share a bin: adding them up first keeps the processor from waiting for its own last store.
    private static void Add(Vector128<double>[] histogram, in Part part, byte[] bins)
    {
        var open = Vector128<double>.Zero;
        int at = 0;
        var (rows, leaves, sums) = (part.Rows, part.Leaves, part.Sums);
        for (int i = 0; i < rows.Length; i++)
        {
            int place = (leaves[i] * Bins) + bins[rows[i]];
            var sum = Vector128.Create((double)sums[i].Gradient, sums[i].Hessian);
            if (place == at)
            {
                open += sum;
                continue;
            }
            histogram[at] += open;
            (open, at) = (sum, place);
        }
        histogram[at] += open;
    }

    private (double Gain, int Cut) BestCut(Vector128<double>[] histogram, int column, int level)
    {
        int leaves = 1 << level, cuts = _cuts[column].Length;
        var gains = new double[cuts];
        for (int leaf = 0; leaf < leaves; leaf++)
        {
            var sums = histogram.AsSpan(leaf * Bins, Bins);
            var total = Vector128<double>.Zero;
            foreach (var sum in sums)
                total += sum;
            double whole = Quality(total);
            var below = Vector128<double>.Zero;
            for (int cut = 0; cut < cuts; cut++)
            {
                below += sums[cut];
                gains[cut] += Quality(below) + Quality(total - below) - whole;
            }
        }
        int best = 0;
        for (int cut = 1; cut < cuts; cut++)
            if (gains[cut] > gains[best])
                best = cut;
        return (gains[best], best);
    }

    private double Quality(Vector128<double> sum) => sum[0] * sum[0] / (sum[1] + _settings.Lambda);

    private void AddLeaves(int[] lists)
    {
        var sums = new Vector128<double>[1 << _settings.Depth];
        foreach (int list in lists)
            for (int row = _lists.Start(list), until = _lists.Start(list + 1); row < until; row++)
                sums[_leaf[row]] += Vector128.Create((double)_sums[row].Gradient, _sums[row].Hessian);
        var values = new float[sums.Length];
        for (int leaf = 0; leaf < sums.Length; leaf++)
            values[leaf] = (float)(-_settings.LearningRate * sums[leaf][0] / (sums[leaf][1] + _settings.Lambda));
        _leaves.AddRange(values);
        Parallel.For(0, (_leaf.Length + 65535) / 65536, part =>
        {
            for (int row = part * 65536; row < Math.Min(_leaf.Length, (part + 1) * 65536); row++)
                _scores[row] += values[_leaf[row]];
        });
    }

    private double Loss(int list)
    {
        float best = float.MinValue;
        double sum = 0;
        for (int row = _lists.Start(list); row < _lists.Start(list + 1); row++)
            best = Math.Max(best, _scores[row]);
        for (int row = _lists.Start(list); row < _lists.Start(list + 1); row++)
            sum += _weights[row] * Math.Exp(_scores[row] - best);
        return Math.Log(sum) + best - _scores[_lists.Target(list)];
    }
}
