namespace Personalization.Recommendations;

/// <summary>How often the next click of a visit goes back to what was seen in it: to the last product, to the one before, and so
/// on (each product counted once). Shops differ from almost never to every fifth click, so it is learned.</summary>
internal sealed class ReturnRates
{
    /// <summary>Products looked back at.</summary>
    public const int Most = 8;

    // Counts are halved beyond this, so that the rates follow the shop.
    private const int Memory = 1 << 20;

    // What is believed before anything is counted, and how firmly.
    private static readonly float[] Prior = [0.1f, 0.05f, 0.03f, 0.02f, 0.02f, 0.01f, 0.01f, 0.01f];
    private const float Firmness = 50;

    private readonly int[] taken;
    private readonly int[] offered;

    public ReturnRates()
        : this(new int[Most], new int[Most]) { }

    private ReturnRates(int[] taken, int[] offered) => (this.taken, this.offered) = (taken, offered);

    /// <summary>Chance that the next click goes to the product seen so many products ago, 0 for the last.</summary>
    public float Of(int lag) => (uint)lag >= Most ? 0 : (taken[lag] + (Firmness * Prior[lag])) / (offered[lag] + Firmness);

    /// <summary>Counts a click after those before it. Writer only.</summary>
    public void Count(ReadOnlySpan<int> before, int product)
    {
        Span<int> distinct = stackalloc int[Most];
        var count = 0;
        for (var i = before.Length - 1; i >= 0 && count < Most; i--)
        {
            var other = SessionLog.ProductOf(before[i]);
            if (distinct[..count].Contains(other))
                continue;
            offered[count]++;
            if (other == product)
                taken[count]++;
            distinct[count++] = other;
        }
        if (offered[0] > Memory)
            Halve();
    }

    public void Save(ImageWriter image)
    {
        image.Write<int>(taken);
        image.Write<int>(offered);
    }

    public static ReturnRates Load(ImageReader image)
    {
        var rates = new ReturnRates(image.Read<int>(), image.Read<int>());
        return rates.taken.Length == Most && rates.offered.Length == Most
            ? rates
            : throw new InvalidDataException("The image lacks its return rates.");
    }

    private void Halve()
    {
        for (var i = 0; i < Most; i++)
            (taken[i], offered[i]) = (taken[i] / 2, offered[i] / 2);
    }
}
