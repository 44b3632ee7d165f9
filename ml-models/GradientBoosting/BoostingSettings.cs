namespace Personalization.Models;

/// <summary>How trees are grown. The defaults suit some thousands to some hundred thousand rows of customers.</summary>
public sealed record BoostingSettings
{
    /// <summary>Most trees; early stopping usually ends sooner. The default is 600.</summary>
    public int Rounds { get; init; } = 600;

    /// <summary>Share of each tree's correction that is applied. The default is 0.05.</summary>
    public double LearningRate { get; init; } = 0.05;

    /// <summary>Splits from root to leaf, 1 to 8. The default is 2: with little data, pairs of features say enough.</summary>
    public int Depth { get; init; } = 2;

    /// <summary>Least sum of hessians (p(1-p) per row) in a leaf. The default is 5.</summary>
    public double MinChildWeight { get; init; } = 5;

    /// <summary>L2 penalty on leaf values. The default is 5.</summary>
    public double Lambda { get; init; } = 5;

    /// <summary>Share of the rows that each tree sees. The default is 0.8.</summary>
    public double Subsample { get; init; } = 0.8;

    /// <summary>Share of the columns that each tree sees. The default is 0.2: most columns say the same in other words.</summary>
    public double Columns { get; init; } = 0.2;

    /// <summary>Rounds without a better validation log loss after which growing stops. The default is 40.</summary>
    public int Patience { get; init; } = 40;

    /// <summary>What is foretold. The default is a probability.</summary>
    public BoostingObjective Objective { get; init; } = BoostingObjective.Logistic;

    /// <summary>
    /// Columns whose growth may only raise (1) or only lower (-1) the score, other columns being equal; 0 or none: either.
    /// Missing values are not bound. The default is empty.
    /// </summary>
    public IReadOnlyList<int> Monotone { get; init; } = [];

    internal int Direction(int column) => column < Monotone.Count ? Monotone[column] : 0;

    /// <summary>Of the generator that samples; the same seed grows the same trees. The default is 1.</summary>
    public int Seed { get; init; } = 1;
}
