namespace Personalization.Recommendations;

/// <summary>Why a product is recommended (R15).</summary>
public enum ReasonKind : byte
{
    /// <summary>The customer viewed <see cref="Reason.Product"/>.</summary>
    BecauseViewed,

    /// <summary>The customer marked <see cref="Reason.Product"/> as a favourite.</summary>
    BecauseFavourited,

    /// <summary><see cref="Reason.Product"/> is in the customer's cart.</summary>
    BecauseInCart,

    /// <summary>The customer bought <see cref="Reason.Product"/>.</summary>
    BecauseBought,

    /// <summary>Others bought it in one order with <see cref="Reason.Product"/>.</summary>
    BoughtTogether,

    /// <summary>Others look at it with <see cref="Reason.Product"/>, whose page is shown.</summary>
    RelatedTo,

    /// <summary>Among the most bought.</summary>
    BestSeller,

    /// <summary>Much looked at these days.</summary>
    Trending,

    /// <summary>The customer looked at it.</summary>
    RecentlyViewed,

    /// <summary>Looked at in this visit and not put in the cart.</summary>
    ViewedNotCarted,

    /// <summary>The customer bought it and it should be used up by now.</summary>
    BuyAgain,

    /// <summary>Of the same category as <see cref="Reason.Product"/>.</summary>
    InCategory,

    /// <summary>New in the shop and given a chance.</summary>
    New,

    /// <summary>Well rated by other customers (R18).</summary>
    WellRated,

    /// <summary>Put there by the shop.</summary>
    Pinned,

    /// <summary>In the shop's range; nothing more is known.</summary>
    InShop,
}

/// <summary>A reason as a value; the words are made where it is read, in the reader's language.</summary>
/// <param name="Kind">What kind of reason.</param>
/// <param name="Product">The product it rests on; -1 for none.</param>
[GenerateSerializer, Immutable, Alias("reason")]
public readonly record struct Reason(ReasonKind Kind, int Product = -1);
