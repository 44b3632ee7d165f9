namespace Personalization.Recommendations;

/// <summary>How often the next click of a visit goes back to what was seen in it: to the last product, to the one before, and so
/// on (each product counted once). Shops differ from almost never to every fifth click, so it is learned.</summary>
sealed class ReturnRates
{
    /// <summary>Products looked back at.</summary>
    public const int MaxLags = 8;

    // Counts are halved beyond this, so that the rates follow the shop.
    const int Memory = 1 << 20;

    // What is believed before anything is counted, and how firmly.
    static readonly float[] Prior = [0.1f, 0.05f, 0.03f, 0.02f, 0.02f, 0.01f, 0.01f, 0.01f];
    const float Firmness = 50;

    readonly int[] _taken;
    readonly int[] _offered;

    public ReturnRates()
        : this(new int[MaxLags], new int[MaxLags]) { }

    ReturnRates(int[] taken, int[] offered) => (_taken, _offered) = (taken, offered);

    /// <summary>Chance that the next click goes to the product seen so many products ago, 0 for the last.</summary>
    public float Of(int lag) => (uint)lag >= MaxLags ? 0 : (_taken[lag] + (Firmness * Prior[lag])) / (_offered[lag] + Firmness);

    /// <summary>Counts a click after those before it. Writer only.</summary>
    public void Count(ReadOnlySpan<int> before, int product)
    {
        Span<int> distinct = stackalloc int[MaxLags];
        var count = 0;
        for (var i = before.Length - 1; i >= 0 && count < MaxLags; i--)
        {
            var other = SessionLog.ProductOf(before[i]);
            if (distinct[..count].Contains(other))
                continue;
            _offered[count]++;
            if (other == product)
                _taken[count]++;
            distinct[count++] = other;
        }
        if (_offered[0] > Memory)
            Halve();
    }

    public void Save(ImageWriter image)
    {
        image.Write<int>(_taken);
        image.Write<int>(_offered);
    }

    public static ReturnRates Load(ImageReader image)
    {
        var rates = new ReturnRates(image.Read<int>(), image.Read<int>());
        return rates._taken.Length == MaxLags && rates._offered.Length == MaxLags
            ? rates
            : throw new InvalidDataException("The image lacks its return rates.");
    }

    void Halve()
    {
        for (var i = 0; i < MaxLags; i++)
            (_taken[i], _offered[i]) = (_taken[i] / 2, _offered[i] / 2);
    }
}
