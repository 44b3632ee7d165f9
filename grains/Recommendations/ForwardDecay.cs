namespace Personalization.Recommendations;

/// <summary>Weight of an event by its time: doubles every half-life, counted from a landmark.</summary>
sealed class ForwardDecay(float halfLifeDays)
{
    // Doublings after which sums are brought back to a new landmark, well before a float overflows.
    const float MaxDoublings = 60;

    readonly double _perSecond = 1 / (halfLifeDays * 86_400.0);
    int _landmark = int.MinValue;

    public float WeightAt(int time) =>
        _landmark == int.MinValue ? 1 : (float)Math.Pow(2, Math.Clamp(Doublings(time), -120, MaxDoublings));

    /// <summary>The first event sets the landmark; later ones that are too far from it ask for a new one.</summary>
    public bool NeedsRescale(int time)
    {
        if (_landmark == int.MinValue)
            _landmark = time;
        return Doublings(time) > MaxDoublings;
    }

    /// <summary>Moves the landmark; every sum is to be multiplied by the factor returned.</summary>
    public float Rebase(int time)
    {
        var factor = (float)Math.Pow(2, -Doublings(time));
        _landmark = time;
        return factor;
    }

    public void Save(ImageWriter image) => image.Write(_landmark);

    public static ForwardDecay Load(ImageReader image, float halfLifeDays) => new(halfLifeDays) { _landmark = image.ReadInt() };

    double Doublings(int time) => ((double)time - _landmark) * _perSecond;
}
