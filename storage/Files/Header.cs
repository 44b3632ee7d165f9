namespace Personalization.Storage.Files;

/// <summary>The first row of a file that names its columns.</summary>
public sealed class Header
{
    readonly string[] _names;

    /// <summary>Takes the next row for the header; a file without any has no columns.</summary>
    public Header(DelimitedRows rows)
    {
        _names = rows.Next() ? [.. rows.Texts().Select(name => name.Trim())] : [];
    }

    /// <summary>How many columns a row must have.</summary>
    public int Count => _names.Length;

    /// <summary>Where a column stands, from 0; -1 where there is none.</summary>
    public int Find(string name) => Array.FindIndex(_names, known => known.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Where the first of these columns stands that is there, from 0; -1 where none is.</summary>
    public int FindAny(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (Find(name) is >= 0 and var column)
                return column;
        return -1;
    }

    /// <summary>As <see cref="FindAny"/>, of columns of which one is needed.</summary>
    /// <exception cref="ImportException">None is there; the message names those there are.</exception>
    public int Any(params ReadOnlySpan<string> names) => FindAny(names) is >= 0 and var column ? column : this[names[0]];

    /// <summary>Where a column stands, from 0; names are compared without regard to case.</summary>
    /// <exception cref="ImportException">There is no such column; the message names those there are.</exception>
    public int this[string name] =>
        Find(name) is >= 0 and var column
            ? column
            : throw new ImportException($"The file has no column '{name}'; its columns are: {string.Join(", ", _names)}.");
}
