using Personalization.Events;

namespace Personalization.Ingestion;

/// <summary>A line of an order in whole pieces. <paramref name="Price"/> of a piece, in ten-thousandths; 0 = not known.</summary>
public readonly record struct Pieces(int Quantity, long Price)
{
    /// <summary>
    /// Goods by weight and length: a part of a piece is one piece worth its share, so that the money comes out right.
    /// </summary>
    /// <param name="quantity">0 to <see cref="Bounds.MaxQuantity"/>.</param>
    /// <param name="price">Of one unit, in ten-thousandths.</param>
    public static Pieces Of(decimal quantity, long price) =>
        quantity == decimal.Truncate(quantity)
            ? new((int)quantity, price)
            : new(1, (long)Math.Min(decimal.Round(quantity * price, MidpointRounding.AwayFromZero), Bounds.MaxAmount));
}
