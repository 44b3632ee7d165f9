namespace Personalization.Import;

/// <summary>Where imported facts go: the customers of this process. The edge between reading files and keeping facts.</summary>
public interface IImportTarget
{
    /// <summary>
    /// Makes a chunk durable, in the order given. Facts whose key has been imported before are left alone and counted.
    /// </summary>
    ValueTask<ImportResult> WriteAsync(IReadOnlyList<ImportedFact> chunk, CancellationToken cancel);
}

/// <summary>What became of a chunk: facts written, facts known already, and facts refused with the reason.</summary>
public sealed record ImportResult(int Imported, int Duplicates, IReadOnlyList<RefusedFact> Refused)
{
    public ImportResult(int imported, int duplicates)
        : this(imported, duplicates, []) { }
}

/// <summary>A fact that the target did not take. The reason names no personal value.</summary>
public readonly record struct RefusedFact(ImportedFact Fact, string Reason);
