namespace Personalization.Recommendations;

/// <summary>The latest sessions each product occurred in: a ring per product (the item index of VMIS-kNN: Kersbergen et al.,
/// "Serenade", SIGMOD 2022). Row: number of sessions ever added, then the ring.</summary>
sealed class RecentSessions(Rows rows, int perItem)
{
    public void Add(int product, int session)
    {
        var row = rows[product];
        if (row.IsEmpty || (row[0] == row.Length - 1 && row[0] < perItem))
            row = Grow(product, row);
        if (row.IsEmpty)
            return;
        var ring = Ring(row);
        ring[row[0] % ring.Length] = session;
        row[0]++;
    }

    /// <summary>The sessions in two runs, each oldest first; all of <paramref name="later"/> came after those returned.</summary>
    public ReadOnlySpan<int> Of(int product, out ReadOnlySpan<int> later)
    {
        later = default;
        ReadOnlySpan<int> row = rows[product];
        if (row.IsEmpty)
            return default;
        var ring = row[1..Math.Min(row.Length, perItem + 1)];
        var added = row[0];
        if (added <= ring.Length)
            return ring[..Math.Max(0, added)];
        var next = added % ring.Length;
        later = ring[..next];
        return ring[next..];
    }

    /// <summary>Sessions ever added for the product.</summary>
    public int Added(int product) => rows[product] is { IsEmpty: false } row ? row[0] : 0;

    public void Save(ImageWriter image) => rows.Save(image);

    Span<int> Ring(Span<int> row) => row[1..Math.Min(row.Length, perItem + 1)];

    Span<int> Grow(int product, Span<int> row)
    {
        var larger = rows.Larger(product, out var place);
        if (larger.IsEmpty)
            return row;
        row.CopyTo(larger);
        rows.Publish(product, place);
        return larger;
    }
}
