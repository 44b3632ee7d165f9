namespace Personalization.Recommendations;

/// <summary>Order statistics without sorting (Hoare's quickselect).</summary>
internal static class Selecting
{
    /// <summary>The n-th largest number, n from 1. Reorders the numbers.</summary>
    public static float Largest(Span<float> numbers, int n)
    {
        var (low, high, at) = (0, numbers.Length - 1, n - 1);
        while (low < high)
        {
            var pivot = numbers[low + ((high - low) / 2)];
            var (i, j) = (low, high);
            while (i <= j)
            {
                while (numbers[i] > pivot) i++;
                while (numbers[j] < pivot) j--;
                if (i > j) break;
                (numbers[i], numbers[j]) = (numbers[j], numbers[i]);
                i++;
                j--;
            }
            if (at <= j) high = j;
            else if (at >= i) low = i;
            else break;
        }
        return numbers[at];
    }
}
