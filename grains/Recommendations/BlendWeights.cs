namespace Personalization.Recommendations;

/// <summary>Fixed weights of the blend, tuned on the last part of RetailRocket's and bol.com's training sessions.</summary>
public sealed record BlendWeights
{
    public static BlendWeights Default { get; } = new();

    /// <summary>Products back after which an act counts 1/e.</summary>
    public float PositionScale { get; init; } = 2f;

    /// <summary>Most products of the customer's own acts that are looked back at.</summary>
    public int LastItems { get; init; } = Query.Max;

    /// <summary>Share that the visit before keeps; the one before that keeps half of it, and so on.</summary>
    public float EarlierVisit { get; init; } = 0.3f;

    /// <summary>Weight of what is in the cart, beside the latest act's 1, where the placement is not about the cart.</summary>
    public float OldCart { get; init; } = 0.2f;

    /// <summary>Weight of a favourite that was not touched lately.</summary>
    public float OldFavourite { get; init; } = 0.1f;

    /// <summary>Weight of a purchase that was not touched lately.</summary>
    public float OldPurchase { get; init; } = 0.05f;

    /// <summary>Share the customer's own acts keep beside a page's product or a cart.</summary>
    public float TasteBesidePage { get; init; } = 0.25f;

    /// <summary>Sessions taken as neighbours.</summary>
    public int Neighbours { get; init; } = 200;

    /// <summary>Days after which a neighbour session counts half.</summary>
    public float SessionHalfLifeDays { get; init; } = 30;

    /// <summary>Clicks from the match after which a neighbour's click counts 1/e.</summary>
    public float DistanceScale { get; init; } = 1f;

    /// <summary>What a click before the match counts, against one after it.</summary>
    public float BeforeMatch { get; init; } = 0.8f;

    /// <summary>What the match itself counts.</summary>
    public float AtMatch { get; init; } = 1;

    /// <summary>How much the shop's return rates, rather than the sources, say of products seen in this visit: 0 to 1.</summary>
    public float Returning { get; init; } = 0.6f;

    /// <summary>Share of session kNN in the score.</summary>
    public float Knn { get; init; } = 1;

    /// <summary>Share of transitions.</summary>
    public float Next { get; init; } = 0.2f;

    /// <summary>Share of what occurs together in visits.</summary>
    public float Near { get; init; } = 0.3f;

    /// <summary>Share of what is bought together.</summary>
    public float Together { get; init; } = 0.15f;

    /// <summary>Share of what is bought together where the placement is about a cart.</summary>
    public float TogetherInCart { get; init; } = 1;

    /// <summary>Share of what the customer did with the product, where the next order is asked for.</summary>
    public float Own { get; init; } = 10;

    /// <summary>Share of what is due to be bought again.</summary>
    public float Due { get; init; } = 0.05f;
}
