namespace Personalization.Demo;

/// <summary>
/// Random numbers that are the same for the same seed on every machine and version (SplitMix64: Steele, Lea and Flood,
/// "Fast splittable pseudorandom number generators", 2014).
/// </summary>
public sealed class Chance(ulong seed)
{
    const ulong Golden = 0x9E3779B97F4A7C15;
    ulong _state = seed;

    /// <summary>A source for one thing of many (a customer, the catalogue), so that what one draws moves no other.</summary>
    public static Chance For(int seed, string what, int number = 0)
    {
        var mixed = (ulong)(uint)seed;
        foreach (var letter in what)
            mixed = Mix(mixed + letter + Golden);
        return new Chance(Mix(mixed + (ulong)(uint)number * Golden));
    }

    public ulong Next() => Mix(_state += Golden);

    /// <summary>At least 0, less than 1.</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Is(double probability) => Unit() < probability;

    /// <summary>From 0 to one less than <paramref name="count"/>.</summary>
    public int Below(int count) => (int)(Unit() * count);

    public double Between(double low, double high) => low + (high - low) * Unit();

    public T One<T>(IReadOnlyList<T> of) => of[Below(of.Count)];

    public double Exponential(double mean) => -mean * Math.Log(1 - Unit());

    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - Unit())) * Math.Cos(2 * Math.PI * Unit());

    /// <summary>A positive factor around <paramref name="median"/>.</summary>
    public double LogNormal(double median, double sigma) => median * Math.Exp(sigma * Normal());

    /// <summary>A gamma variate with a whole shape; the larger the shape, the more regular.</summary>
    public double Gamma(int shape, double mean)
    {
        var sum = 0.0;
        for (var i = 0; i < shape; i++)
            sum += Exponential(mean / shape);
        return sum;
    }

    /// <summary>A place in a list of weights, each as likely as its weight.</summary>
    public int Weighted(ReadOnlySpan<double> weights)
    {
        var total = 0.0;
        foreach (var weight in weights)
            total += weight;
        var left = Unit() * total;
        for (var i = 0; i < weights.Length - 1; i++)
            if ((left -= weights[i]) < 0)
                return i;
        return weights.Length - 1;
    }

    static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
