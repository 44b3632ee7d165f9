using System.Runtime.InteropServices;

namespace Personalization.Recommendations;

/// <summary>Weighted neighbours of each product, at most so many; the weakest gives way to a new one. Weights decay forward: an
/// event weighs more the later it is, so that nothing old has to be touched (Cormode et al., "Forward decay", ICDE 2009).
/// Row: count, products, weights (as bits); products and weights each have half of the rest.</summary>
sealed class Neighbours(Rows rows, int perItem, ForwardDecay decay)
{
    /// <summary>Numbers in a full row.</summary>
    public static int RowLength(int perItem) => 1 + (2 * perItem);

    public float WeightAt(int time)
    {
        if (decay.NeedsRescale(time))
            Rescale(time);
        return decay.WeightAt(time);
    }

    public void Add(int product, int neighbour, float weight)
    {
        var row = rows[product];
        var half = (row.Length - 1) / 2;
        var count = row.IsEmpty ? 0 : row[0];
        var at = row.IsEmpty ? -1 : row.Slice(1, count).IndexOf(neighbour);
        if (at >= 0)
        {
            Weights(row)[at] += weight;
            return;
        }
        if (count == half || row.IsEmpty)
            row = Grow(product, row, count);
        if (row.IsEmpty)
            return;
        half = (row.Length - 1) / 2;
        at = count < Math.Min(half, perItem) ? count : Weakest(Weights(row)[..count]);
        row[1 + at] = neighbour;
        Weights(row)[at] = weight;
        row[0] = Math.Max(count, at + 1);
    }

    /// <summary>Neighbours and weights of the product. Weights are comparable with each other; <see cref="Scale"/> makes them
    /// counts.</summary>
    public ReadOnlySpan<int> Of(int product, out ReadOnlySpan<float> weights)
    {
        weights = default;
        var row = rows[product];
        if (row.IsEmpty)
            return default;
        var count = Math.Clamp(row[0], 0, (row.Length - 1) / 2);
        weights = Weights(row)[..count];
        return row.Slice(1, count);
    }

    /// <summary>Weight of one neighbour, 0 when it is none.</summary>
    public float Weight(int product, int neighbour)
    {
        var at = Of(product, out var weights).IndexOf(neighbour);
        return at < 0 ? 0 : weights[at];
    }

    /// <summary>Factor that turns weights into decayed counts as of that time.</summary>
    public float Scale(int now) => 1 / decay.WeightAt(now);

    public void Save(ImageWriter image)
    {
        rows.Save(image);
        decay.Save(image);
    }

    static Span<float> Weights(Span<int> row)
    {
        var half = (row.Length - 1) / 2;
        return MemoryMarshal.Cast<int, float>(row.Slice(1 + half, half));
    }

    Span<int> Grow(int product, Span<int> row, int count)
    {
        var larger = rows.Larger(product, out var place);
        if (larger.IsEmpty)
            return row;
        if (!row.IsEmpty)
        {
            row[..(1 + count)].CopyTo(larger);
            Weights(row)[..count].CopyTo(Weights(larger));
        }
        rows.Publish(product, place);
        return larger;
    }

    static int Weakest(Span<float> weights)
    {
        var weakest = 0;
        for (var i = 1; i < weights.Length; i++)
            if (weights[i] < weights[weakest])
                weakest = i;
        return weakest;
    }

    void Rescale(int time)
    {
        var factor = decay.Rebase(time);
        for (var row = 0; row < rows.Capacity; row++)
            if (rows[row] is { IsEmpty: false } numbers)
                foreach (ref var weight in Weights(numbers))
                    weight *= factor;
    }
}
