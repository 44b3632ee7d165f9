using System.Runtime.InteropServices;

namespace Personalization.Models.Recommendations;

/// <summary>Lists of candidates, each with the place of the one that came next; rows of numbers lie one after the other.</summary>
/// <param name="columns">Numbers in a row.</param>
public sealed class CandidateLists(int columns)
{
    // Numbers behind the last row, so that vectors may be read whole.
    const int Slack = 16;

    readonly List<float> _values = [];
    readonly List<int> _starts = [0];
    readonly List<int> _targets = [];
    readonly List<float> _weights = [];

    public int Columns => columns;

    public int Lists => _targets.Count;

    public int Rows => _starts[^1];

    /// <summary>All rows, list after list.</summary>
    public ReadOnlySpan<float> Values => CollectionsMarshal.AsSpan(_values)[..(Rows * columns)];

    /// <summary>The first row of a list; of <see cref="Lists"/>: one after the last row.</summary>
    public int Start(int list) => _starts[list];

    /// <summary>The row that came next.</summary>
    public int Target(int list) => _starts[list] + _targets[list];

    public ReadOnlySpan<float> Row(int row) => CollectionsMarshal.AsSpan(_values).Slice(row * columns, columns);

    /// <summary>The numbers from a row on, at most 16 more than it has; what lies behind it means nothing.</summary>
    public ReadOnlySpan<float> From(int row, int length) => CollectionsMarshal.AsSpan(_values).Slice(row * columns, length);

    /// <summary>How many rows a row stands for: more than one where others like it were left out.</summary>
    public float Weight(int row) => _weights[row];

    /// <summary>A row to write to.</summary>
    public Span<float> Change(int row) => CollectionsMarshal.AsSpan(_values).Slice(row * columns, columns);

    /// <summary>Adds all lists of another in their order.</summary>
    public void AddAll(CandidateLists others)
    {
        for (int list = 0; list < others.Lists; list++)
        {
            int from = others.Start(list),
                rows = others.Start(list + 1) - from;
            others
                .Values.Slice(from * columns, rows * columns)
                .CopyTo(Add(rows, others.Target(list) - from, CollectionsMarshal.AsSpan(others._weights).Slice(from, rows)));
        }
    }

    /// <summary>Adds a list of so many rows and returns the room for them.</summary>
    public Span<float> Add(int rows, int target, ReadOnlySpan<float> weights = default)
    {
        for (int row = 0; row < rows; row++)
            _weights.Add(weights.IsEmpty ? 1 : weights[row]);
        int from = Rows * columns,
            length = rows * columns;
        CollectionsMarshal.SetCount(_values, from + length + Slack);
        _starts.Add(Rows + rows);
        _targets.Add(target);
        return CollectionsMarshal.AsSpan(_values).Slice(from, length);
    }
}
