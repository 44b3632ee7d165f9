using Personalization.Recommendations;

namespace Personalization.Models.Recommendations;

/// <summary>How the trees of a ranking are grown.</summary>
public sealed record SymmetricBoostingSettings
{
    /// <summary>Most trees; the held-out lists usually ask for fewer. The default is 400.</summary>
    public int Rounds { get; init; } = 400;

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
/// XGBoost (2016). Gradients are rounded to integers, whose sums do not depend on their order: the same lists, settings and seed
/// give the same trees on any number of cores.
/// </summary>
sealed class SymmetricBoosting
{
    // A list's gradients add up to at most 2 without their signs, its hessians to at most 1: no sum outgrows its half of 64 bits.
    const double MaxGradient = 1e9,
        MaxHessian = 4e9;

    readonly BinnedLists _binned;
    readonly CandidateLists _lists;
    readonly SymmetricBoostingSettings _settings;
    readonly Random _random;
    readonly float[] _scores;
    readonly int[] _learned;
    readonly int[] _held;
    readonly TreeGrowing _growing;
    readonly List<short> _features = [];
    readonly List<float> _thresholds = [];
    readonly List<float> _leaves = [];

    /// <param name="binned">Columns of <see cref="RankingColumn"/>.</param>
    /// <param name="start">Column with the score that the trees correct.</param>
    /// <param name="held">Of each list, whether it only judges; the others are learned from.</param>
    /// <param name="settings">How to grow.</param>
    public SymmetricBoosting(BinnedLists binned, int start, bool[] held, SymmetricBoostingSettings settings)
    {
        (_binned, _lists, _settings, _random) = (binned, binned.Lists, settings, new(settings.Seed));
        _learned = [.. Enumerable.Range(0, _lists.Lists).Where(list => !held[list])];
        _held = [.. Enumerable.Range(0, _lists.Lists).Where(list => held[list])];
        _scores = new float[_lists.Rows];
        for (int row = 0; row < _scores.Length; row++)
            _scores[row] = _lists.Row(row)[start];
        _growing = new(binned, settings.Depth);
    }

    public int Rounds => _features.Count / _settings.Depth;

    /// <summary>Mean of -log chance of what came next, over the lists not learned from.</summary>
    public double HeldOutLoss() => _held.Length == 0 ? 0 : _held.Average(Loss);

    /// <summary>Grows one more tree.</summary>
    public void Boost()
    {
        int[] lists = [.. _learned.Where(_ => _settings.Lists >= 1 || _random.NextDouble() < _settings.Lists)];
        var usable = Enumerable.Range(0, _lists.Columns).Where(column => _binned.Cuts(column).Length > 0).ToArray();
        _random.Shuffle(usable);
        var columns = usable[..Math.Max(1, (int)(usable.Length * _settings.Columns))];
        Array.Sort(columns);
        Differentiate(lists, columns);
        var (features, cuts) = (new int[_settings.Depth], new int[_settings.Depth]);
        for (int level = 0; level < features.Length; level++)
        {
            (features[level], cuts[level]) = _growing.Split(level, _settings.Lambda);
            _features.Add((short)features[level]);
            _thresholds.Add(_binned.Cuts(features[level])[cuts[level]]);
        }
        var leaves = new float[1 << _settings.Depth];
        for (int leaf = 0; leaf < leaves.Length; leaf++)
        {
            var (gradient, hessian) = _growing.SumOf(leaf);
            leaves[leaf] = (float)(-_settings.LearningRate * gradient / (hessian + _settings.Lambda));
        }
        _leaves.AddRange(leaves);
        Correct(features, cuts, leaves);
    }

    /// <summary>The first trees.</summary>
    public SymmetricTrees ToTrees(int rounds) =>
        new(
            _settings.Depth,
            _lists.Columns,
            [.. _features.Take(rounds * _settings.Depth)],
            [.. _thresholds.Take(rounds * _settings.Depth)],
            [.. _leaves.Take(rounds << _settings.Depth)]
        );

    void Differentiate(int[] lists, int[] columns)
    {
        _growing.Scale = (MaxGradient / Math.Max(1, lists.Length), MaxHessian / Math.Max(1, lists.Length));
        var starts = new int[lists.Length + 1];
        for (int i = 0; i < lists.Length; i++)
            starts[i + 1] = starts[i] + _lists.Start(lists[i] + 1) - _lists.Start(lists[i]);
        _growing.Begin(starts[^1], columns);
        InParts(lists.Length, 1 << 10, (from, until) =>
        {
            for (int i = from; i < until; i++)
                Differentiate(lists[i], starts[i]);
        });
    }

    void Differentiate(int list, int at)
    {
        var (from, until, target) = (_lists.Start(list), _lists.Start(list + 1), _lists.Target(list));
        float best = float.MinValue;
        for (int row = from; row < until; row++)
            best = Math.Max(best, _scores[row]);
        Span<double> chances = stackalloc double[RankingModel.Ranked];
        chances = until - from <= chances.Length ? chances[..(until - from)] : new double[until - from];
        double sum = 0;
        for (int i = 0; i < chances.Length; i++)
            sum += _lists.Weight(from + i) * (chances[i] = Math.Exp(_scores[from + i] - best));
        for (int row = from; row < until; row++)
        {
            double chance = chances[row - from] / sum,
                weight = _lists.Weight(row);
            _growing.Put(at + row - from, row, (weight * chance) - (row == target ? 1 : 0), weight * chance * (1 - chance));
        }
    }

    /// <summary>Adds the new tree's answers to the scores of all rows, those not learned from included.</summary>
    void Correct(int[] features, int[] cuts, float[] leaves) => InParts(_scores.Length, 1 << 14, (from, until) =>
        {
            var splits = features.AsSpan();
            var at = cuts.AsSpan(0, splits.Length);
            for (int row = from; row < until; row++)
            {
                var bins = _binned.Row(row);
                int leaf = 0;
                for (int level = 0; level < splits.Length; level++)
                    leaf |= (at[level] - bins[splits[level]] >>> 31) << level; // 1 where the bin is above the cut
                _scores[row] += leaves[leaf];
            }
        });

    static void InParts(int count, int size, Action<int, int> work) =>
        Parallel.For(0, (count + size - 1) / size, part => work(part * size, Math.Min(count, (part + 1) * size)));

    double Loss(int list)
    {
        float best = float.MinValue;
        double sum = 0;
        for (int row = _lists.Start(list); row < _lists.Start(list + 1); row++)
            best = Math.Max(best, _scores[row]);
        for (int row = _lists.Start(list); row < _lists.Start(list + 1); row++)
            sum += _lists.Weight(row) * Math.Exp(_scores[row] - best);
        return Math.Log(sum) + best - _scores[_lists.Target(list)];
    }
}
