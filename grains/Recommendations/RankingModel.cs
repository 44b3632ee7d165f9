using Personalization.Models;

namespace Personalization.Recommendations;

/// <summary>A learned ranking: a log-linear blend that scores all candidates, directions of products, and trees that rank the
/// best of them. Immutable; the same state and model give the same answer.</summary>
public sealed class RankingModel : IStoredModel<RankingModel>
{
    const int Magic = 0x4B4E4152; // "RANK"
    const int Format = 2;

    /// <summary>Candidates that the trees rank; a multiple of sixteen.</summary>
    public const int Ranked = 64;

    /// <summary>Columns of a candidate.</summary>
    public static int Columns { get; } = Enum.GetValues<RankingColumn>().Length;

    /// <param name="version">Names it in the registry.</param>
    /// <param name="mixture">Share of each source in the mixture, of <see cref="Candidate.Width"/> length.</param>
    /// <param name="blend">Weight of the logarithm of each of a candidate's numbers, of the same length.</param>
    /// <param name="seen">Weights of having been seen in this visit, and of the logarithms of how often and how long ago.</param>
    /// <param name="similarity">Weights of the similarities: to the latest product, to all, to what follows the latest.</param>
    /// <param name="vectors">Directions of products; null for none.</param>
    /// <param name="trees">Over the columns; null for the blend alone.</param>
    public RankingModel(
        string version,
        ReadOnlySpan<float> mixture,
        ReadOnlySpan<float> blend,
        ReadOnlySpan<float> seen,
        ReadOnlySpan<float> similarity,
        ItemVectors? vectors,
        SymmetricTrees? trees
    )
    {
        if (blend.Length != Candidate.Width || mixture.Length != Candidate.Width || seen.Length != 3 || similarity.Length != 3)
            throw new InvalidDataException("The blend has another number of weights.");
        if (trees is not null && trees.Columns != Columns)
            throw new InvalidDataException("The trees look at other columns.");
        (Version, Mixture, Blend, Seen, Similarity) = (
            version,
            mixture.ToArray(),
            blend.ToArray(),
            seen.ToArray(),
            similarity.ToArray()
        );
        (Vectors, Trees) = (vectors, trees);
    }

    public string Version { get; }

    /// <summary>The ranking for the next product put in the cart; null where too little was recorded to learn it.</summary>
    public RankingModel? CartAdds { get; init; }

    /// <summary>The ranking for what the next order holds; null where too little was recorded to learn it.</summary>
    public RankingModel? Purchases { get; init; }

    /// <summary>The ranking for an objective. Null: the untrained blend is to serve, which knows better than clicks what goes with a
    /// cart and that people buy what they have long looked at.</summary>
    public RankingModel? Of(Objective objective) =>
        objective switch
        {
            Objective.CartAdd => CartAdds,
            Objective.Purchase => Purchases,
            _ => this,
        };

    /// <summary>How neighbours are found; the same in training.</summary>
    public BlendWeights Sources { get; } = BlendWeights.Default;

    public ItemVectors? Vectors { get; }

    public SymmetricTrees? Trees { get; }

    internal float[] Mixture { get; }

    internal float[] Blend { get; }

    internal float[] Seen { get; }

    internal float[] Similarity { get; }

    /// <summary>Writes what <see cref="Load(Stream)"/> reads: a format number, directions, then for each objective weights, and
    /// trees with their columns' names.</summary>
    public void Save(Stream stream)
    {
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(Format);
        writer.Write(Version);
        writer.Write(Vectors is not null);
        Vectors?.Save(writer);
        foreach (var objective in (RankingModel?[])[this, CartAdds, Purchases])
        {
            writer.Write(objective is not null);
            objective?.SaveWeights(writer);
        }
    }

    void SaveWeights(BinaryWriter writer)
    {
        foreach (var weights in (float[][])[Mixture, Blend, Seen, Similarity])
        {
            writer.Write(weights.Length);
            foreach (var weight in weights)
                writer.Write(weight);
        }
        writer.Write(Trees is not null);
        if (Trees is null)
            return;
        writer.Write(Columns);
        foreach (var name in Enum.GetNames<RankingColumn>())
            writer.Write(name);
        Trees.Save(writer);
    }

    /// <exception cref="InvalidDataException">Not a ranking model, of a format unknown here, damaged, or made of a column that is
    /// not known here.</exception>
    public static RankingModel Load(Stream stream)
    {
        using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        try
        {
            if (reader.ReadInt32() != Magic)
                throw new InvalidDataException("This is not a ranking model.");
            if (reader.ReadInt32() is var format and not Format)
                throw new InvalidDataException(
                    $"This ranking model has format {format}; only format {Format} is known here. Train it again."
                );
            return Load(reader);
        }
        catch (Exception problem) when (problem is EndOfStreamException or ArgumentException or FormatException)
        {
            throw new InvalidDataException("This ranking model's file is damaged.", problem);
        }
    }

    static RankingModel Load(BinaryReader reader)
    {
        var version = reader.ReadString();
        var vectors = reader.ReadBoolean() ? ItemVectors.Load(reader) : null;
        if (!reader.ReadBoolean())
            throw new InvalidDataException("This ranking model's file lacks its ranking for clicks.");
        var clicks = LoadWeights(reader, version, vectors);
        var (carts, purchases) = (LoadObjective(reader, version, vectors), LoadObjective(reader, version, vectors));
        return clicks.With(carts, purchases);
    }

    static RankingModel? LoadObjective(BinaryReader reader, string version, ItemVectors? vectors) =>
        reader.ReadBoolean() ? LoadWeights(reader, version, vectors) : null;

    static RankingModel LoadWeights(BinaryReader reader, string version, ItemVectors? vectors)
    {
        var (mixture, blend, seen, similarity) = (Weights(reader), Weights(reader), Weights(reader), Weights(reader));
        return new(version, mixture, blend, seen, similarity, vectors, reader.ReadBoolean() ? LoadTrees(reader) : null);
    }

    /// <summary>This ranking for clicks with others beside it, which share its directions.</summary>
    public RankingModel With(RankingModel? cartAdds, RankingModel? purchases) =>
        new(Version, Mixture, Blend, Seen, Similarity, Vectors, Trees) { CartAdds = cartAdds, Purchases = purchases };

    static float[] Weights(BinaryReader reader)
    {
        var length = reader.ReadInt32();
        if (length is < 0 or > Candidate.Width)
            throw new InvalidDataException("This ranking model's file is damaged.");
        var weights = new float[length];
        foreach (ref var weight in weights.AsSpan())
            weight = reader.ReadSingle();
        return weights;
    }

    // A model may know fewer columns than the code, in another order; never one that the code does not fill.
    static SymmetricTrees LoadTrees(BinaryReader reader)
    {
        var count = reader.ReadInt32();
        if (count is < 0 or > short.MaxValue)
            throw new InvalidDataException("This ranking model's file is damaged.");
        var places = new short[count];
        foreach (ref var place in places.AsSpan())
        {
            var name = reader.ReadString();
            if (!Enum.TryParse<RankingColumn>(name, out var column) || !Enum.IsDefined(column))
                throw new InvalidDataException($"This ranking model uses the column \"{name}\", which is not known here.");
            place = (short)column;
        }
        return SymmetricTrees.Load(reader, places, Columns);
    }
}
