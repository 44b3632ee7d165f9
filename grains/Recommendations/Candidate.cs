namespace Personalization.Recommendations;

/// <summary>Places of the features in a candidate's row of numbers. Most are votes of a source, of which only the share in all
/// candidates' votes says something.</summary>
static class Candidate
{
    /// <summary>Score of session kNN.</summary>
    public const int Knn = 0;

    /// <summary>The same without decays by age of the session and distance from the match.</summary>
    public const int KnnPlain = 1;

    /// <summary>The part of session kNN that comes from clicks right after the match.</summary>
    public const int KnnAfter = 2;

    /// <summary>The part of session kNN that comes from sessions matched at the latest product.</summary>
    public const int KnnLast = 3;

    /// <summary>Session kNN where a long session's click counts less.</summary>
    public const int KnnShort = 4;

    /// <summary>Session kNN of the last few days.</summary>
    public const int KnnFresh = 5;

    /// <summary>The part of session kNN that comes from clicks before the match.</summary>
    public const int KnnBefore = 6;

    /// <summary>The part of session kNN that comes from sessions with more than one product in common.</summary>
    public const int KnnPairs = 7;

    /// <summary>How often it follows the query's products.</summary>
    public const int Next = 8;

    /// <summary>How often it follows the latest.</summary>
    public const int NextLast = 9;

    /// <summary>How often it occurs with them.</summary>
    public const int Near = 10;

    /// <summary>How often it occurs with the latest.</summary>
    public const int NearLast = 11;

    /// <summary>How often it follows what follows the latest.</summary>
    public const int TwoHops = 12;

    /// <summary>How often it is bought with them.</summary>
    public const int Together = 13;

    /// <summary>How often this shop's visitors go back to what they saw so many products ago; for the next order, what the customer
    /// did with it (see <see cref="OwnActs"/>).</summary>
    public const int Return = 14;

    /// <summary>Numbers before this one are votes.</summary>
    public const int Votes = 15;

    /// <summary>1 when the customer should need it again; a learned blend has the mixture of the shares here.</summary>
    public const int Due = 15;

    /// <summary>Numbers per candidate: a cache line.</summary>
    public const int Width = 16;
}
