namespace Personalization.Recommendations;

/// <summary>
/// How products lie to what a customer saw: to the latest, to all of it, and to where the latest one's successors lie.
/// </summary>
readonly ref struct Similarity
{
    readonly Span<short> _latest;
    readonly Span<short> _all;
    readonly ItemVectors? _vectors;

    /// <param name="room">Twice <see cref="ItemVectors.Width"/>.</param>
    /// <param name="vectors">Null: nothing is like anything.</param>
    /// <param name="query">What was seen.</param>
    public Similarity(Span<short> room, ItemVectors? vectors, Query query)
    {
        _vectors = vectors;
        _latest = room[..ItemVectors.Width];
        _all = room.Slice(ItemVectors.Width, ItemVectors.Width);
        room.Clear();
        if (vectors is null)
            return;
        Span<float> sum = stackalloc float[ItemVectors.Width];
        sum.Clear();
        for (var i = 0; i < query.Count; i++)
        {
            if (query.Weights[i] < Query.MinWeight && i > 0)
                continue;
            vectors.AddTo(sum, query.Products[i], query.Weights[i]);
            if (i == 0)
                ItemVectors.Normalize(sum, _latest);
        }
        ItemVectors.Normalize(sum, _all);
    }

    /// <summary>Cosines; 0 for a product without a vector.</summary>
    public (float Latest, float All, float Next) Of(int product) => _vectors?.Cosines(_latest, _all, product) ?? default;
}
