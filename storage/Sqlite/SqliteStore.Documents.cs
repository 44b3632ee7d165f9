using Personalization.Documents;

namespace Personalization.Storage.Sqlite;

public sealed partial class SqliteStore
{
    public ValueTask<(Document? Present, bool IsSaved)> SaveDocumentAsync(
        DocumentEdit edit,
        CancellationToken cancel = default
    ) =>
        _writer.DoAsync(
            edit,
            static (db, edit) =>
            {
                var present = Newest(db, edit.Kind, edit.Id);
                if (!edit.Follows(present))
                    return (present, false);
                db["add-document"]
                    .Add(edit.Kind)
                    .Add(edit.Id)
                    .Add((present?.Version ?? 0) + 1)
                    .Add(edit.Json)
                    .Add(edit.At)
                    .Add(edit.By)
                    .Run();
                var saved = Newest(db, edit.Kind, edit.Id)!;
                db["add-audit"].Add(edit.At).Add(edit.By).Add(edit.What).Add(saved.Name).Run();
                return (saved, true);
            },
            cancel
        );

    static Document? Newest(Database db, string kind, string id) => db["read-versions"].Add(kind).Add(id).Add(1L).First(Document);

    public ValueTask<IReadOnlyList<Document>> ReadVersionsAsync(
        string kind,
        string id,
        int limit = int.MaxValue,
        CancellationToken cancel = default
    ) =>
        _readers.ReadAsync(
            (kind, id, limit),
            static IReadOnlyList<Document> (db, x) => db["read-versions"].Add(x.kind).Add(x.id).Add(x.limit).All(Document),
            cancel
        );

    public ValueTask<Document?> FindVersionAsync(string kind, string id, int version, CancellationToken cancel = default) =>
        _readers.ReadAsync(
            (kind, id, version),
            static (db, x) => db["find-version"].Add(x.kind).Add(x.id).Add(x.version).First(Document),
            cancel
        );

    public ValueTask<IReadOnlyList<Document>> ReadDocumentsAsync(string kind, CancellationToken cancel = default) =>
        _readers.ReadAsync(
            kind,
            static IReadOnlyList<Document> (db, kind) => db["read-documents"].Add(kind).All(Document),
            cancel
        );

    public ValueTask<IReadOnlyList<Document>> ReadDocumentChangesAsync(
        long afterChange,
        int limit,
        CancellationToken cancel = default
    ) =>
        _readers.ReadAsync(
            (afterChange, limit),
            static IReadOnlyList<Document> (db, x) => db["read-document-changes"].Add(x.afterChange, x.limit).All(Document),
            cancel
        );

    static Document Document(Statement row) =>
        new(row.Long(0), row.Text(1), row.Text(2), row.Int(3), row.TextOrNull(4), row.Long(5), row.Text(6));
}
