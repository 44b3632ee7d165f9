using Personalization.Recommendations;

namespace Personalization.Models.Recommendations;

/// <summary>A question with its answer: what a visitor did so far, and what came next.</summary>
/// <param name="Touches">Oldest first; never empty.</param>
/// <param name="Next">The next product's number; -1 for one that the training file does not know.</param>
/// <param name="Session">Key of the visit in the index; 0 for one that it does not hold.</param>
public sealed record Prefix(Touch[] Touches, int Next, ulong Session = 0)
{
    /// <summary>Acts kept of a customer: as many as a server remembers.</summary>
    public const int MaxLength = Customers.CustomerState.MaxTouches;

    /// <summary>What is asked for; it tells the placement.</summary>
    public Objective Objective { get; init; }

    public int[] Cart { get; init; } = [];

    public int[] Favourites { get; init; } = [];

    public Purchased[] Purchases { get; init; } = [];

    /// <summary>The request that a server would have been sent.</summary>
    /// <param name="now">Unix seconds.</param>
    /// <param name="count">How many products are wanted.</param>
    /// <param name="rules">Of the placement; null for the default.</param>
    public RecommendationRequest ToRequest(int now, int count, RecommendationRules? rules = null) =>
        new()
        {
            Placement = Objectives.PlacementOf(Objective),
            Count = count,
            Now = now,
            Rules = rules,
        };

    /// <summary>The customer as a server would have known them. A message is read between two visits; all else is asked in the
    /// latest one.</summary>
    public Shopper ToShopper() =>
        new()
        {
            Touches = Touches,
            Visit = Touches[^1].Visit + (Objective == Objective.Purchase ? 1 : 0),
            Session = Session,
            Cart = Cart,
            Favourites = Favourites,
            Purchases = Purchases,
        };
}
