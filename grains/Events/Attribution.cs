using Personalization.Recommendations;

namespace Personalization.Events;

/// <summary>How it is known that an event came of a recommendation. The numbers stand in the journal.</summary>
public enum AttributedBy : byte
{
    /// <summary>The event carried the answer's id.</summary>
    Id = 1,

    /// <summary>The product was clicked with the id before: a cart or an order inherits it.</summary>
    Carried = 2,

    /// <summary>No id came, but the product stood in an answer that the customer got shortly before.</summary>
    Product = 3,
}

/// <summary>The answer that a product of an event is counted for. Nothing of it is personal.</summary>
/// <param name="Product">The event's product, or <see cref="WholeEvent"/>.</param>
/// <param name="Placement">Where the answer was shown.</param>
/// <param name="Source">What made the answer: <see cref="AnswerSource.Key"/>; 0 = not known.</param>
/// <param name="ShownAt">When the answer was made, Unix milliseconds.</param>
[GenerateSerializer, Immutable, Alias("attribution")]
public readonly record struct Attribution(int Product, AttributedBy By, Placement Placement, uint Source, long ShownAt)
{
    /// <summary>All the products of an event, also where it names none.</summary>
    public const int WholeEvent = -1;

    public bool IsOfSameAnswer(in Attribution other) =>
        (Product, Placement, Source, ShownAt) == (other.Product, other.Placement, other.Source, other.ShownAt);
}

/// <summary>What became of a recommended product. Flags, as a product goes through several.</summary>
[Flags]
public enum Outcome : byte
{
    None = 0,
    Shown = 1,
    Clicked = 2,
    Carted = 4,
    Ordered = 8,
}

public static class Outcomes
{
    /// <summary>What an event of the kind makes of the products it names; none for kinds that no recommendation is counted by.</summary>
    public static Outcome Of(EventKind kind) =>
        kind switch
        {
            EventKind.RecommendationsShown or EventKind.ProductListViewed => Outcome.Shown,
            EventKind.ProductClicked or EventKind.ProductViewed => Outcome.Clicked,
            EventKind.ProductAdded or EventKind.FavouriteAddedToCart => Outcome.Carted,
            EventKind.OrderCompleted or EventKind.OrderUpdated => Outcome.Ordered,
            _ => Outcome.None,
        };
}
