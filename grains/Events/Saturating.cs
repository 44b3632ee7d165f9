namespace Personalization.Events;

/// <summary>Sums that stop at the end of their range: they neither turn round to the other sign nor throw.</summary>
public static class Saturating
{
    public static long Add(long a, long b)
    {
        var sum = unchecked(a + b);
        // Only two of one sign can leave the range, and the sum then has the other.
        if (((a ^ sum) & (b ^ sum)) >= 0)
            return sum;
        return a < 0 ? long.MinValue : long.MaxValue;
    }

    public static int Add(int a, int b) => (int)Math.Clamp((long)a + b, int.MinValue, int.MaxValue);

    public static long Subtract(long a, long b)
    {
        var difference = unchecked(a - b);
        if (((a ^ b) & (a ^ difference)) >= 0)
            return difference;
        return a < 0 ? long.MinValue : long.MaxValue;
    }

    public static long Multiply(long a, long b)
    {
        var high = Math.BigMul(a, b, out var low);
        if (high == low >> 63)
            return low;
        return (a < 0) == (b < 0) ? long.MaxValue : long.MinValue;
    }
}
