namespace Personalization.Recommendations;

/// <summary>Weight of an event by its time: doubles every half-life, counted from a landmark.</summary>
internal sealed class ForwardDecay(float halfLifeDays)
{
    // Doublings after which sums are brought back to a new landmark, well before a float overflows.
    private const float MaxDoublings = 60;

    private readonly double perSecond = 1 / (halfLifeDays * 86_400.0);
    private int landmark = int.MinValue;

    public float WeightAt(int time) =>
        landmark == int.MinValue ? 1 : (float)Math.Pow(2, Math.Clamp(Doublings(time), -120, MaxDoublings));

    /// <summary>The first event sets the landmark; later ones that are too far from it ask for a new one.</summary>
    public bool NeedsRescale(int time)
    {
        if (landmark == int.MinValue)
            landmark = time;
        return Doublings(time) > MaxDoublings;
    }

    /// <summary>Moves the landmark; every sum is to be multiplied by the factor returned.</summary>
    public float Rebase(int time)
    {
        var factor = (float)Math.Pow(2, -Doublings(time));
        landmark = time;
        return factor;
    }

    public void Save(ImageWriter image) => image.Write(landmark);

    public static ForwardDecay Load(ImageReader image, float halfLifeDays) => new(halfLifeDays) { landmark = image.ReadInt() };

    private double Doublings(int time) => ((double)time - landmark) * perSecond;
}
