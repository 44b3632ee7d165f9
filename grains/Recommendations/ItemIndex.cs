using Personalization.Catalogue;

namespace Personalization.Recommendations;

/// <summary>What all shoppers did, as counts that a recommendation is made of. One writer, any number of readers without
/// locks: a reader beside a write may see a count a moment old, never one out of range. Memory is bounded by
/// <see cref="ItemIndexOptions"/> and by the number of products.</summary>
public sealed partial class ItemIndex
{
    public ItemIndex(ItemIndexOptions options, ProductCatalogue catalogue) => throw new NotImplementedException();

    public ItemIndexOptions Options => throw new NotImplementedException();

    /// <summary>Position in the journal up to which events are counted; set by whoever feeds the index, kept in the image.</summary>
    public long Position { get; set; }

    /// <summary>Events recorded since the index was begun.</summary>
    public long Events => throw new NotImplementedException();

    /// <summary>Counts one act. A purchase counts here for popularity; <see cref="RecordOrder"/> adds only what was bought
    /// together. Writer only.</summary>
    /// <param name="sessionKey">Any number that is the same within one visit and differs between visits.</param>
    /// <param name="product">Product number.</param>
    /// <param name="signal">What was done.</param>
    /// <param name="time">Unix seconds; may lag behind, events out of order are counted at their own time.</param>
    public void Record(ulong sessionKey, int product, Signal signal, int time) => throw new NotImplementedException();

    /// <summary>Counts that these products were bought in one order; repeated numbers count once. Writer only.</summary>
    public void RecordOrder(ReadOnlySpan<int> products, int time) => throw new NotImplementedException();

    /// <summary>Writes the image. Writer only.</summary>
    public void Save(Stream stream) => throw new NotImplementedException();

    /// <summary>Reads an image written by <see cref="Save"/>.</summary>
    /// <exception cref="InvalidDataException">Not an image, another version, cut off or damaged: rebuild from the journal.</exception>
    public static ItemIndex Load(Stream stream, ItemIndexOptions options, ProductCatalogue catalogue) =>
        throw new NotImplementedException();
}
