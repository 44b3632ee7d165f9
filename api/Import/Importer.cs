namespace Personalization.Import;

/// <summary>Brings files into a shop: reads, orders, writes in chunks, tells how far it is and what it did.</summary>
/// <param name="target">Takes the facts.</param>
/// <param name="output">Where progress and the result are told.</param>
/// <param name="interactive">A terminal: progress is a bar. Otherwise plain lines.</param>
/// <param name="clock">For the rate, and for the names of reject files.</param>
public sealed partial class Importer(IImportTarget target, TextWriter output, bool interactive, TimeProvider clock)
{
    /// <summary>Facts per <see cref="IImportTarget.WriteAsync"/>.</summary>
    public const int ChunkSize = 5_000;

    /// <summary>Imports the files as one history: their facts are ordered in time across files.</summary>
    /// <exception cref="ImportException">A file cannot be read; what was written before stays.</exception>
    public Task<ImportSummary> RunAsync(ImportRequest request, CallParser? calls = null, CancellationToken cancel = default) =>
        throw new NotImplementedException($"{target}{output}{interactive}{clock}");
}

/// <summary>The result of an import. Rows are those of the files, events what was made of them.</summary>
public sealed record ImportSummary(long Imported, long Rejected, long Duplicates, long Rows, IReadOnlyList<LeftOut> LeftOut, TimeSpan Took);
