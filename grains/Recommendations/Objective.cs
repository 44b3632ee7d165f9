namespace Personalization.Recommendations;

/// <summary>What an answer is meant to bring about; each has its own learned ranking.</summary>
public enum Objective : byte
{
    /// <summary>The next product looked at: home and product pages.</summary>
    Click,

    /// <summary>The next product put in the cart: cart page and checkout.</summary>
    CartAdd,

    /// <summary>What the next order holds: messages.</summary>
    Purchase,
}

/// <summary>Which placement serves which objective.</summary>
public static class Objectives
{
    public static Objective Of(Placement placement) =>
        placement switch
        {
            Placement.Cart or Placement.Checkout => Objective.CartAdd,
            Placement.Email => Objective.Purchase,
            _ => Objective.Click,
        };

    /// <summary>The placement on which training asks for that objective.</summary>
    public static Placement PlacementOf(Objective objective) =>
        objective switch
        {
            Objective.CartAdd => Placement.Cart,
            Objective.Purchase => Placement.Email,
            _ => Placement.Home,
        };
}
