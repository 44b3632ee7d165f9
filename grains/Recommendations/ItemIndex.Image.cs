using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>The index as bytes: start from an image, catch up from the journal.</summary>
public sealed partial class ItemIndex
{
    ItemIndex(ImageReader image, ItemIndexOptions options, ProductCatalogue catalogue)
    {
        Options = options;
        (Position, Events, Purchases) = (image.ReadLong(), image.ReadLong(), image.ReadLong());
        Sessions = SessionLog.Load(image, options);
        Recent = new RecentSessions(Rows.Load(image, options.SessionsPerItem + 1), options.SessionsPerItem);
        (Next, Near, Together) = (LoadNeighbours(image, options), LoadNeighbours(image, options), LoadNeighbours(image, options));
        Popularity = Popularity.Load(image, catalogue, options.TopLength);
        Returns = ReturnRates.Load(image);
    }

    /// <summary>Writes the image. Writer only.</summary>
    public void Save(Stream stream)
    {
        var image = new ImageWriter(stream);
        image.Header();
        WriteOptions(image);
        image.Write(Position);
        image.Write(Events);
        image.Write(Purchases);
        Sessions.Save(image);
        Recent.Save(image);
        Next.Save(image);
        Near.Save(image);
        Together.Save(image);
        Popularity.Save(image);
        Returns.Save(image);
        image.Checksum();
    }

    /// <summary>Reads an image written by <see cref="Save"/>. The catalogue should be complete before: it tells in which
    /// categories' lists of best sellers a product belongs.</summary>
    /// <param name="stream">Must know its length, as a file does.</param>
    /// <param name="options">The bounds the image was made with.</param>
    /// <param name="catalogue">The shop's products.</param>
    /// <exception cref="InvalidDataException">Not an image, another version, made with other bounds, cut off or damaged: rebuild
    /// from the journal.</exception>
    public static ItemIndex Load(Stream stream, ItemIndexOptions options, ProductCatalogue catalogue)
    {
        options.Validate();
        var image = new ImageReader(stream);
        image.Header();
        if (!image.Read<int>().AsSpan().SequenceEqual(Bounds(options)))
            throw new InvalidDataException("The image was made with other options; rebuild the index.");
        var index = new ItemIndex(image, options, catalogue);
        image.Checksum();
        index.Sessions.Reopen();
        index.Popularity.RankAll();
        return index;
    }

    static int[] Bounds(ItemIndexOptions options) =>
        [
            options.MaxSessions,
            options.MaxClicks,
            options.MaxSessionLength,
            options.SessionsPerItem,
            options.NeighboursPerItem,
            BitConverter.SingleToInt32Bits(options.NeighbourHalfLifeDays),
            options.TransitionReach,
        ];

    static Neighbours LoadNeighbours(ImageReader image, ItemIndexOptions options)
    {
        var rows = Rows.Load(image, Neighbours.RowLength(options.NeighboursPerItem));
        return new(rows, options.NeighboursPerItem, ForwardDecay.Load(image, options.NeighbourHalfLifeDays));
    }

    void WriteOptions(ImageWriter image) => image.Write<int>(Bounds(Options));
}
