namespace Personalization.Recommendations;

/// <summary>Places of the features in a candidate's row of numbers.</summary>
internal static class Candidate
{
    /// <summary>Score of session kNN.</summary>
    public const int Knn = 0;

    /// <summary>The same without decays by age of the session and distance from the match.</summary>
    public const int KnnPlain = 1;

    /// <summary>The part of session kNN that comes from clicks right after the match.</summary>
    public const int KnnAfter = 2;

    /// <summary>The part of session kNN that comes from sessions matched at the latest product.</summary>
    public const int KnnLast = 3;

    /// <summary>How often it follows the query's products.</summary>
    public const int Next = 4;

    /// <summary>How often it follows the latest.</summary>
    public const int NextLast = 5;

    /// <summary>How often it occurs with them.</summary>
    public const int Near = 6;

    /// <summary>How often it occurs with the latest.</summary>
    public const int NearLast = 7;

    /// <summary>How often it follows what follows the latest.</summary>
    public const int TwoHops = 8;

    /// <summary>How often it is bought with them.</summary>
    public const int Together = 9;

    /// <summary>How often this shop's visitors go back to what they saw so many products ago.</summary>
    public const int Return = 10;

    /// <summary>Numbers before this one are votes: only their share in all candidates' says something.</summary>
    public const int Votes = 11;

    /// <summary>1 when the customer should need it again.</summary>
    public const int Due = 11;

    /// <summary>Clicks on it in this visit.</summary>
    public const int Times = 12;

    /// <summary>Products seen since in this visit, and one; 0 when not seen in it.</summary>
    public const int Lag = 13;

    /// <summary>The learned mixture of the shares.</summary>
    public const int Mixture = 14;

    /// <summary>Numbers per candidate: a cache line.</summary>
    public const int Width = 16;
}
