namespace Personalization.Recommendations;

/// <summary>Places of the features in a candidate's row of numbers.</summary>
internal static class Candidate
{
    /// <summary>Score of session kNN.</summary>
    public const int Knn = 0;

    /// <summary>How often it follows the query's products.</summary>
    public const int Next = 1;

    /// <summary>How often it occurs with them.</summary>
    public const int Near = 2;

    /// <summary>How often it is bought with them.</summary>
    public const int Together = 3;

    /// <summary>1 when the customer should need it again.</summary>
    public const int Due = 4;

    /// <summary>Numbers per candidate.</summary>
    public const int Width = 5;
}
