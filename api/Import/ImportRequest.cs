using Personalization.Platforms;

namespace Personalization.Import;

/// <summary>What the command line asked to import.</summary>
public sealed record ImportRequest
{
    /// <summary>One of <see cref="ImportFormats.Names"/>.</summary>
    public required string Format { get; init; }

    /// <summary>What was asked, for a server that is to do it.</summary>
    public ImportOptions Options { get; init; } = new();

    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>The data directory: the embedded database, and <c>rejects/</c>.</summary>
    public string Data { get; init; } = "data";

    /// <summary>A PostgreSQL connection string, or null for the embedded database.</summary>
    public string? Database { get; init; }

    /// <summary>The files' character set; null to find it out.</summary>
    public string? Charset { get; init; }

    /// <summary>The order of their dates; unknown to find it out.</summary>
    public DateOrder Dates { get; init; }

    /// <summary>The zone of their times without an offset; null for UTC.</summary>
    public TimeZoneInfo? Zone { get; init; }

    /// <summary>By which names a platform's customers and products are known.</summary>
    public PlatformSettings Platforms { get; init; } = new();

    /// <summary>The columns of a <c>csv</c> import.</summary>
    public CsvMapping? Csv { get; init; }
}

/// <summary>
/// Reads one line of NDJSON (a tracking call, or a batch of them) into facts, and says what is wrong with those it refuses.
/// The facts' file and line are filled in by the caller, and the key where it is 0.
/// </summary>
public delegate void CallParser(ReadOnlyMemory<byte> line, ICollection<ImportedFact> facts, ICollection<string> problems);
