namespace Personalization.Recommendations;

/// <summary>A learned ranking: a log-linear blend that scores all candidates, directions of products, and trees that rank the
/// best of them. Immutable; the same state and model give the same answer.</summary>
public sealed class RankingModel
{
    private const int Magic = 0x4B4E4152; // "RANK"
    private const int Format = 1;

    /// <summary>Candidates that the trees rank; a multiple of eight.</summary>
    public const int Ranked = 160;

    /// <summary>Columns of a candidate.</summary>
    public static int Columns { get; } = Enum.GetValues<RankingColumn>().Length;

    /// <param name="version">Names it in the registry.</param>
    /// <param name="mixture">Share of each source in the mixture, of <see cref="Candidate.Width"/> length.</param>
    /// <param name="blend">Weight of the logarithm of each of a candidate's numbers, of the same length.</param>
    /// <param name="seen">Weights of having been seen in this visit, and of the logarithms of how often and how long ago.</param>
    /// <param name="likeness">Weights of the likenesses: to the latest product, to all, to what follows the latest.</param>
    /// <param name="vectors">Directions of products; null for none.</param>
    /// <param name="trees">Over the columns; null for the blend alone.</param>
    public RankingModel(
        string version, ReadOnlySpan<float> mixture, ReadOnlySpan<float> blend, ReadOnlySpan<float> seen, ReadOnlySpan<float> likeness,
        ItemVectors? vectors, SymmetricTrees? trees)
    {
        if (blend.Length != Candidate.Width || mixture.Length != Candidate.Width || seen.Length != 3 || likeness.Length != 3)
            throw new InvalidDataException("The blend has another number of weights.");
        if (trees is not null && trees.Columns != Columns) throw new InvalidDataException("The trees look at other columns.");
        (Version, Mixture, Blend, Seen, Likeness) = (version, mixture.ToArray(), blend.ToArray(), seen.ToArray(), likeness.ToArray());
        (Vectors, Trees) = (vectors, trees);
    }

    public string Version { get; }

    /// <summary>How neighbours are found; the same in training.</summary>
    public BlendWeights Sources { get; } = BlendWeights.Default;

    public ItemVectors? Vectors { get; }

    public SymmetricTrees? Trees { get; }

    internal float[] Mixture { get; }

    internal float[] Blend { get; }

    internal float[] Seen { get; }

    internal float[] Likeness { get; }
}
