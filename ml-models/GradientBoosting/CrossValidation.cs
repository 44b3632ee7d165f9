namespace Personalization.Models;

/// <summary>
/// How many rounds, and what the trees say of rows they did not learn from. Folds are drawn by customer: nobody's snapshots
/// stand on both sides.
/// </summary>
/// <param name="Rounds">Mean of the folds' best rounds.</param>
/// <param name="Scores">Score of every row by the fold that did not see its customer.</param>
/// <param name="Loss">Mean over all rows of what is minimised, at <paramref name="Scores"/>: of labels the log loss.</param>
public sealed record CrossValidation(double Rounds, double[] Scores, double Loss)
{
    /// <summary>Every row is held back once.</summary>
    public const int Folds = 3;

    /// <param name="data">All rows.</param>
    /// <param name="targets">One per row.</param>
    /// <param name="customers">Whose row it is.</param>
    /// <param name="settings">How to grow.</param>
    /// <param name="progress">Called after each round with the share of the work done at most.</param>
    public static CrossValidation Run(
        BinnedColumns data,
        double[] targets,
        long[] customers,
        BoostingSettings settings,
        Action<double>? progress = null
    )
    {
        var scores = new double[data.Rows];
        double rounds = 0;
        for (int fold = 0; fold < Folds; fold++)
        {
            var held = new List<int>();
            var kept = new List<int>();
            for (int row = 0; row < data.Rows; row++)
                (Fold(customers[row], settings.Seed) == fold ? held : kept).Add(row);
            double done = fold / (double)Folds;
            rounds += EarlyStop(data, targets, [.. kept], [.. held], settings, scores, share =>
                progress?.Invoke(done + share / Folds)
            );
        }
        return new(rounds / Folds, scores, LossOf(scores, targets, settings.Objective));
    }

    private static int EarlyStop(
        BinnedColumns data,
        double[] targets,
        int[] kept,
        int[] held,
        BoostingSettings settings,
        double[] scores,
        Action<double> progress
    )
    {
        var trees = new BoostedTrees(data, targets, kept, settings);
        double best = double.MaxValue;
        int bestRound = 0;
        while (trees.Rounds < settings.Rounds && trees.Rounds - bestRound < settings.Patience)
        {
            trees.Boost();
            progress((double)trees.Rounds / settings.Rounds);
            double loss = 0;
            foreach (int row in held)
                loss += LossOf(trees.Scores[row], targets[row], settings.Objective);
            if (loss >= best)
                continue;
            (best, bestRound) = (loss, trees.Rounds);
            foreach (int row in held)
                scores[row] = trees.Scores[row];
        }
        return bestRound;
    }

    private static double LossOf(double[] scores, double[] targets, BoostingObjective objective)
    {
        double loss = 0;
        for (int row = 0; row < scores.Length; row++)
            loss += LossOf(scores[row], targets[row], objective);
        return loss / scores.Length;
    }

    // Less the logarithm of the likelihood, without overflow; of a count without the part that no score changes.
    private static double LossOf(double score, double target, BoostingObjective objective) =>
        objective == BoostingObjective.Poisson
            ? Math.Exp(score) - target * score
            : Math.Max(score, 0) - target * score + Math.Log(1 + Math.Exp(-Math.Abs(score)));

    /// <summary>What is said of every row by whoever did not see its customer, in as many folds.</summary>
    /// <param name="customers">Whose row it is.</param>
    /// <param name="seed">Of the folds.</param>
    /// <param name="say">Learns from the rows of the first and speaks of those of the second, in order.</param>
    public static double[] HeldOut(long[] customers, int seed, Func<int[], int[], double[]> say)
    {
        var said = new double[customers.Length];
        for (int fold = 0; fold < Folds; fold++)
        {
            var sides = Enumerable.Range(0, customers.Length).ToLookup(row => Fold(customers[row], seed) == fold);
            int[] kept = [.. sides[false]],
                held = [.. sides[true]];
            if (held.Length == 0)
                continue;
            double[] words = say(kept, held);
            for (int i = 0; i < held.Length; i++)
                said[held[i]] = words[i];
        }
        return said;
    }

    // SplitMix64's finalizer: neighbouring numbers fall into unrelated folds.
    internal static int Fold(long customer, int seed)
    {
        ulong x = (ulong)customer + 0x9E3779B97F4A7C15 * (ulong)(seed + 1);
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return (int)((x ^ (x >> 31)) % Folds);
    }
}
