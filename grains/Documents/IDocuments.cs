using Personalization.Journal;

namespace Personalization.Documents;

/// <summary>A version of something that people write while the server runs, for instance the rules of a placement.</summary>
/// <param name="Change">Counts the changes of all documents; what every process follows.</param>
/// <param name="Kind">For instance <c>recommendation-rules</c>.</param>
/// <param name="Id">Unique within its kind.</param>
/// <param name="Version">From 1, without gaps; removing it is a version too.</param>
/// <param name="Json">Its contents; null where this version removed it.</param>
/// <param name="ChangedAt">Unix milliseconds.</param>
/// <param name="ChangedBy">Who wrote this version.</param>
public sealed record Document(long Change, string Kind, string Id, int Version, string? Json, long ChangedAt, string ChangedBy)
{
    /// <summary>For people, for instance "home, version 3".</summary>
    public string Name => $"{Id}, version {Version}";
}

/// <summary>A change to a document.</summary>
/// <param name="Json">What it holds from now on; null removes it.</param>
/// <param name="By">Who wants it; audited.</param>
/// <param name="At">Unix milliseconds.</param>
/// <param name="Expected">The version that was read, 0 for none; null to change it whatever stands there.</param>
public readonly record struct DocumentEdit(string Kind, string Id, string? Json, string By, long At, int? Expected = null)
{
    /// <summary>Whether it may come after the version that stands.</summary>
    public bool Follows(Document? present) =>
        (Expected is null || Expected == VersionOf(present)) && (Json is not null || present?.Json is not null);

    /// <summary>What the audit log says was done.</summary>
    public string What => $"{(Json is null ? "remove" : "save")} {Kind}";

    /// <summary>What a reader saw: nothing of a document that was removed.</summary>
    static int VersionOf(Document? present) => present?.Json is null ? 0 : present.Version;
}

/// <summary>Documents that people change while the server runs, with all their versions.</summary>
public interface IDocuments
{
    /// <summary>
    /// Writes the next version and a line of the audit log, together. Returns the version that stands then, and whether it is the
    /// one asked for: it is not where another was expected, or where there is nothing to remove.
    /// </summary>
    /// <exception cref="StoreUnavailableException"/>
    ValueTask<(Document? Present, bool IsSaved)> SaveDocumentAsync(DocumentEdit edit, CancellationToken cancel = default);

    /// <summary>The newest versions of one document, the newest first; none of one that never was.</summary>
    ValueTask<IReadOnlyList<Document>> ReadVersionsAsync(
        string kind,
        string id,
        int limit = int.MaxValue,
        CancellationToken cancel = default
    );

    /// <summary>One version, or null.</summary>
    ValueTask<Document?> FindVersionAsync(string kind, string id, int version, CancellationToken cancel = default);

    /// <summary>The documents of a kind as they stand, by id, without those that were removed.</summary>
    ValueTask<IReadOnlyList<Document>> ReadDocumentsAsync(string kind, CancellationToken cancel = default);

    /// <summary>All changes after one, oldest first. Never skips: what is not yet visible is not yet passed.</summary>
    ValueTask<IReadOnlyList<Document>> ReadDocumentChangesAsync(long afterChange, int limit, CancellationToken cancel = default);
}
