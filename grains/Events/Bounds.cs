namespace Personalization.Events;

/// <summary>
/// The greatest values that count. What is beyond is left out, on entry as in entries that an older version has written:
/// nobody earns or orders so much, and sums of it would leave the range of a number.
/// </summary>
public static class Bounds
{
    /// <summary>A thousand million units of a currency, in ten-thousandths.</summary>
    public const long MaxAmount = 1_000_000_000L * 10_000;

    /// <summary>Pieces of a product in one line.</summary>
    public const int MaxQuantity = 100_000;

    /// <summary>The amount, or 0 where it is beyond the bound on either side.</summary>
    public static long Amount(long amount) => IsAmount(amount) ? amount : 0;

    /// <summary>Whether an amount counts.</summary>
    public static bool IsAmount(long amount) => amount is >= -MaxAmount and <= MaxAmount;

    /// <summary>The difference of two amounts, or 0 where no two that count have it.</summary>
    public static long Difference(long difference) => difference is >= -2 * MaxAmount and <= 2 * MaxAmount ? difference : 0;

    /// <summary>The amount of an order line: never negative.</summary>
    public static long Price(long price) => price is >= 0 and <= MaxAmount ? price : 0;

    /// <summary>The pieces of an order line; one where their number is beyond the bounds.</summary>
    public static int Quantity(int quantity) => quantity is >= 0 and <= MaxQuantity ? quantity : 1;
}
