using Personalization.Quarantine;

namespace Personalization.Storage.Sqlite;

public sealed partial class SqliteStore
{
    public ValueTask<bool> SetAsideAsync(QuarantinedItem item, CancellationToken cancel = default) =>
        _writer.DoAsync(
            item,
            static (db, item) =>
            {
                var isKnown = db["find-quarantined"].Add((long)item.Kind).Add(item.Subject).First(_ => true);
                db["set-aside"]
                    .Add((long)item.Kind)
                    .Add(item.Subject)
                    .Add(item.Customer)
                    .Add(item.Reason)
                    .Add(item.Since, item.Tries)
                    .Add(item.Program)
                    .Run();
                return !isKnown;
            },
            cancel
        );

    public ValueTask<IReadOnlyList<QuarantinedItem>> ReadQuarantineAsync(
        QuarantineKind? kind,
        long after,
        int limit,
        CancellationToken cancel = default
    ) =>
        _readers.ReadAsync(
            (kind, after, limit),
            static IReadOnlyList<QuarantinedItem> (db, x) =>
                db["read-quarantine"]
                    .Add((long?)x.kind)
                    .Add(x.after, x.limit)
                    .All(row => new QuarantinedItem(
                        row.Long(0),
                        (QuarantineKind)row.Int(1),
                        row.Text(2),
                        row.Long(3),
                        row.Text(4),
                        row.Long(5),
                        row.Int(6),
                        row.Text(7),
                        row.Int(8) != 0
                    )),
            cancel
        );

    public ValueTask<IReadOnlyDictionary<QuarantineKind, long>> CountQuarantineAsync(CancellationToken cancel = default) =>
        _readers.ReadAsync(
            0,
            static IReadOnlyDictionary<QuarantineKind, long> (db, _) =>
                db["count-quarantine"].All(row => KeyValuePair.Create((QuarantineKind)row.Int(0), row.Long(1))).ToDictionary(),
            cancel
        );

    public ValueTask<int> RetryQuarantineAsync(long? number, string? otherThanProgram, CancellationToken cancel = default) =>
        _writer.DoAsync(
            (number, otherThanProgram),
            static (db, x) => db["retry-quarantine"].Add(x.number).Add(x.otherThanProgram).Run(),
            cancel
        );

    public async ValueTask ReleaseAsync(QuarantineKind kind, string subject, CancellationToken cancel = default) =>
        await _writer.DoAsync((kind, subject), static (db, x) => db["release"].Add((long)x.kind).Add(x.subject).Run(), cancel);
}
