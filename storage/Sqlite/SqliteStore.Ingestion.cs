using Personalization.Ingestion;

namespace Personalization.Storage.Sqlite;

public sealed partial class SqliteStore
{
    public async ValueTask AddIngestionProblemsAsync(
        int day,
        IReadOnlyList<IngestionProblem> counted,
        int keptFrom,
        CancellationToken cancel = default
    ) =>
        await _writer.DoAsync(
            (day, counted, keptFrom),
            static (db, x) =>
            {
                foreach (var one in x.counted)
                    db["add-ingestion-problem"]
                        .Add(x.day)
                        .Add(one.Source)
                        .Add(one.Kind)
                        .Add(one.Field)
                        .Add(one.Count, one.FirstAt, one.LastAt)
                        .Add(one.Example)
                        .Run();
                return db["forget-ingestion-problems"].Add(x.keptFrom).Run();
            },
            cancel
        );

    public ValueTask<IReadOnlyList<IngestionProblem>> ReadIngestionProblemsAsync(
        IngestionProblemQuery query,
        CancellationToken cancel = default
    ) =>
        _readers.ReadAsync(
            query,
            static IReadOnlyList<IngestionProblem> (db, x) =>
                db["read-ingestion-problems"]
                    .Add(x.Kind)
                    .Add(x.Field)
                    .Add(x.FromDay, x.ToDay)
                    .Add(x.After?.Source)
                    .Add(x.After?.Kind)
                    .Add(x.After?.Field)
                    .Add(x.Limit)
                    .All(row => new IngestionProblem(
                        row.Text(0),
                        row.Text(1),
                        row.Text(2),
                        row.Long(3),
                        row.Long(4),
                        row.Long(5),
                        row.Text(6)
                    )),
            cancel
        );
}
