namespace Personalization.Recommendations;

/// <summary>What the trees of a ranking model look at, per candidate. The first ones are shares of a source's votes for all
/// candidates of the prediction. Names are kept in model files: an order may change, a meaning may not.</summary>
public enum RankingColumn : short
{
    Knn,
    KnnPlain,
    KnnAfter,
    KnnLast,
    KnnShort,
    KnnFresh,
    KnnBefore,
    KnnPairs,
    Next,
    NextLast,
    Near,
    NearLast,
    TwoHops,
    Together,
    Return,

    /// <summary>Blend's score less the best candidate's.</summary>
    Margin,

    /// <summary>Acts on it in this visit.</summary>
    Times,

    /// <summary>Other products seen since in this visit, and one; 0 when not seen in it.</summary>
    Lag,

    /// <summary>Acts since it was last seen in this visit, and one; 0 when not seen in it.</summary>
    Since,

    /// <summary>Views, half forgotten after a day.</summary>
    ViewsOfDay,
    ViewsOfWeek,
    ViewsOfMonth,

    /// <summary>Views of the last day against those of the last month.</summary>
    Trend,

    /// <summary>Visits it ever occurred in, against the views of the last month: old products have many.</summary>
    Age,

    /// <summary>Cosine between its vector and the latest product's.</summary>
    LikeLatest,

    /// <summary>Cosine between its vector and the weighted sum of all that was seen.</summary>
    LikeAll,

    /// <summary>How far its vector lies where the latest product's successors lie.</summary>
    LikeNext,

    /// <summary>How much more often it occurs with the latest than its popularity explains.</summary>
    Lift,

    /// <summary>Acts in this visit.</summary>
    Acts,

    /// <summary>Different products looked back at.</summary>
    Distinct,

    /// <summary>Acts on the latest product in this visit.</summary>
    LatestTimes,

    /// <summary>All votes of session kNN: how much is known of such visits.</summary>
    Votes,

    /// <summary>Views of the latest product, half forgotten after a month.</summary>
    LatestViews,

    /// <summary>How often the latest product follows itself.</summary>
    Again,

    /// <summary>The blend's chance of the best candidate.</summary>
    Certainty,

    /// <summary>Acts on it in the customer's earlier visits, as far as they are remembered.</summary>
    EarlierTimes,

    /// <summary>Earlier visits with an act on it, as far as they are remembered.</summary>
    EarlierVisits,

    /// <summary>Days since the last act on it in an earlier visit, and one; 0 for none.</summary>
    EarlierSince,

    /// <summary>How often it was put in the cart, as far as acts are remembered.</summary>
    Carted,

    /// <summary>How often the customer bought it.</summary>
    Bought,

    /// <summary>1 when it is among the customer's favourites.</summary>
    Favourite,

    /// <summary>Days since the customer last bought it, and one; 0 for never.</summary>
    BoughtSince,

    /// <summary>Share of the customer's remembered acts that were in its category.</summary>
    CategoryShare,

    /// <summary>Share of the customer's remembered acts that were on its brand.</summary>
    BrandShare,

    /// <summary>Half octaves by which its price lies above those of the customer's remembered acts.</summary>
    PriceGap,
}
