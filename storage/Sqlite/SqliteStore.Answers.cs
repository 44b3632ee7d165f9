using Personalization.Journal;

namespace Personalization.Storage.Sqlite;

public sealed partial class SqliteStore
{
    public async ValueTask AddAnswersAsync(IReadOnlyCollection<AnswerDay> added, CancellationToken cancel = default) =>
        await _writer.DoAsync(
            added,
            static (db, added) =>
            {
                foreach (var a in added)
                    db["add-answers"].Add(a.Day, a.Placement, a.Source, a.Answers, a.Items).Run();
                return added.Count;
            },
            cancel
        );

    public ValueTask<IReadOnlyList<AnswerDay>> AnswerDaysAsync(int from, int to, CancellationToken cancel = default) =>
        _readers.ReadAsync(
            (from, to),
            static IReadOnlyList<AnswerDay> (db, x) =>
                db["read-answers"]
                    .Add(x.from, x.to)
                    .All(row => new AnswerDay(row.Int(0), (byte)row.Int(1), (uint)row.Long(2), row.Long(3), row.Long(4))),
            cancel
        );
}
