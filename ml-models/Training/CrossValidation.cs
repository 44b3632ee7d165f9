namespace Personalization.Models.Training;

/// <summary>
/// Predictions of rows by models that did not learn from them. Folds are drawn by customer: no customer's snapshots stand on both
/// sides.
/// </summary>
public static class CrossValidation
{
    /// <summary>Every row is held back once.</summary>
    public const int Folds = 3;

    /// <summary>A prediction of every row by a model that did not see its customer.</summary>
    /// <param name="customers">Whose row it is.</param>
    /// <param name="seed">Of the folds.</param>
    /// <param name="predict">Learns from the rows of the first and predicts those of the second, in order.</param>
    public static double[] HeldOut(long[] customers, int seed, Func<int[], int[], double[]> predict)
    {
        var predictions = new double[customers.Length];
        for (int fold = 0; fold < Folds; fold++)
        {
            var sides = Enumerable.Range(0, customers.Length).ToLookup(row => Fold(customers[row], seed) == fold);
            int[] kept = [.. sides[false]],
                held = [.. sides[true]];
            if (held.Length == 0)
                continue;
            double[] ofFold = predict(kept, held);
            for (int i = 0; i < held.Length; i++)
                predictions[held[i]] = ofFold[i];
        }
        return predictions;
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
