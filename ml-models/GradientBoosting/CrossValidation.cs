namespace Personalization.Models;

/// <summary>
/// How many rounds, and what the trees say of rows they did not learn from. Folds are drawn by customer: nobody's snapshots
/// stand on both sides.
/// </summary>
/// <param name="Rounds">Mean of the folds' best rounds.</param>
/// <param name="Scores">Log-odds of every row by the fold that did not see its customer.</param>
/// <param name="LogLoss">Over all rows, of <paramref name="Scores"/>.</param>
public sealed record CrossValidation(double Rounds, double[] Scores, double LogLoss)
{
    /// <summary>Every row is held back once.</summary>
    public const int Folds = 3;

    /// <param name="data">All rows.</param>
    /// <param name="labels">One per row.</param>
    /// <param name="customers">Whose row it is.</param>
    /// <param name="settings">How to grow.</param>
    /// <param name="progress">Called after each round with the share of the work done at most.</param>
    public static CrossValidation Run(
        BinnedColumns data, bool[] labels, long[] customers, BoostingSettings settings,
        Action<double>? progress = null)
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
            rounds += EarlyStop(data, labels, [.. kept], [.. held], settings, scores,
                share => progress?.Invoke(done + share / Folds));
        }
        return new(rounds / Folds, scores, LogLossOf(scores, labels));
    }

    private static int EarlyStop(
        BinnedColumns data, bool[] labels, int[] kept, int[] held, BoostingSettings settings, double[] scores,
        Action<double> progress)
    {
        var trees = new BoostedTrees(data, labels, kept, settings);
        double best = double.MaxValue;
        int bestRound = 0;
        while (trees.Rounds < settings.Rounds && trees.Rounds - bestRound < settings.Patience)
        {
            trees.Boost();
            progress((double)trees.Rounds / settings.Rounds);
            double loss = 0;
            foreach (int row in held)
                loss += Loss(trees.Scores[row], labels[row]);
            if (loss >= best)
                continue;
            (best, bestRound) = (loss, trees.Rounds);
            foreach (int row in held)
                scores[row] = trees.Scores[row];
        }
        return bestRound;
    }

    private static double LogLossOf(double[] scores, bool[] labels)
    {
        double loss = 0;
        for (int row = 0; row < scores.Length; row++)
            loss += Loss(scores[row], labels[row]);
        return loss / scores.Length;
    }

    // -log sigmoid(z) without overflow.
    private static double Loss(double score, bool label)
    {
        double z = label ? score : -score;
        return z > 0 ? Math.Log(1 + Math.Exp(-z)) : -z + Math.Log(1 + Math.Exp(z));
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
