namespace Personalization.Models.Trees;

/// <summary>
/// How trees are grown. The defaults were found by cross-validation and suit some thousands to some hundred thousand rows of
/// customers.
/// </summary>
public sealed record BoostingSettings
{
    /// <summary>Maximum number of trees; cross-validation usually takes fewer. The default is 600.</summary>
    public int Rounds { get; init; } = 600;

    /// <summary>Share of each tree's correction that is applied. The default is 0.05.</summary>
    public double LearningRate { get; init; } = 0.05;

    /// <summary>
    /// LightGBM's limit on the depth of a tree, 1 to 8; both trainers grow at most 2 to that power leaves. The default is 2: with
    /// little data, pairs of features say enough.
    /// </summary>
    public int Depth { get; init; } = 2;

    /// <summary>Minimum number of rows in a leaf. The default is 20.</summary>
    public int RowsPerLeaf { get; init; } = 20;

    /// <summary>L2 penalty on leaf values; FastTree has none. The default is 2.</summary>
    public double Lambda { get; init; } = 2;

    /// <summary>Share of the rows that each tree sees. The default is 0.6.</summary>
    public double Subsample { get; init; } = 0.6;

    /// <summary>Share of the columns that each tree sees. The default is 0.15: most columns say the same in other words.</summary>
    public double Columns { get; init; } = 0.15;

    /// <summary>Trees without a better log loss of the rows held out after which growing stops. The default is 100.</summary>
    public int Patience { get; init; } = 100;

    /// <summary>Of the generator that samples; the same seed grows the same trees. The default is 1.</summary>
    public int Seed { get; init; } = 1;
}
