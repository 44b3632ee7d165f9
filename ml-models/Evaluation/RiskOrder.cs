namespace Personalization.Models.Evaluation;

/// <summary>
/// The threshold lowered over risks, riskiest first: after each, how many leavers are caught and how many stayers disturbed. Rows of
/// one risk are taken together.
/// </summary>
readonly struct RiskOrder
{
    /// <summary>A place where the threshold may lie.</summary>
    /// <param name="Risk">The risk of the last row above it.</param>
    /// <param name="Rows">Above it.</param>
    /// <param name="Caught">Leavers above it.</param>
    /// <param name="Disturbed">Stayers above it.</param>
    public readonly record struct Place(double Risk, int Rows, double Caught, double Disturbed);

    readonly double[] _risks;
    readonly bool[] _churned;

    public RiskOrder(double[] risks, bool[] churned)
    {
        (_risks, _churned) = ((double[])risks.Clone(), (bool[])churned.Clone());
        Array.Sort(_risks, _churned);
        Leavers = churned.Count(label => label);
    }

    public double Leavers { get; }

    public double Stayers => _churned.Length - Leavers;

    public int Rows => _churned.Length;

    public IEnumerable<Place> Places()
    {
        double caught = 0;
        for (int i = _risks.Length - 1; i >= 0; i--)
        {
            caught += _churned[i] ? 1 : 0;
            int rows = _risks.Length - i;
            if (i == 0 || _risks[i - 1] != _risks[i])
                yield return new(_risks[i], rows, caught, rows - caught);
        }
    }
}
