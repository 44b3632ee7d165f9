using Personalization.Journal;

namespace Personalization.Storage.Sqlite;

/// <summary>A turn with its effects on its way into the journal.</summary>
/// <param name="commit">What is to be written.</param>
/// <param name="personal">Its turns' personal parts, sealed; null where none of them has any.</param>
/// <param name="tail">Told of the new entries.</param>
/// <param name="now">Unix milliseconds.</param>
sealed class CommitWork(Commit commit, byte[][]? personal, JournalTail tail, long now) : Work<CommitResult>
{
    readonly long _queued = JournalInstruments.Now;
    CommitResult _result;

    public override int Rows => commit.Turns.Count + commit.ImportKeys.Count;

    /// <summary>Only a commit that can fail after its first row needs a savepoint to go back to.</summary>
    bool CanFailHalfway => commit.Turns.Count > 1 || commit.Names.Count > 0 || commit.OutboxMoves.Count > 0;

    protected override CommitResult Write(Database db)
    {
        if (!CanFailHalfway)
            return _result = WriteAll(db);
        db["savepoint"].Run();
        _result = WriteAll(db);
        if (_result.Outcome != CommitOutcome.Committed)
            db["rollback-to"].Run();
        db["release-savepoint"].Run();
        return _result;
    }

    public override void Complete()
    {
        if (_result.Position > 0)
            tail.Append(commit.Turns, _result.Position);
        JournalInstruments.Committed(_queued);
        base.Complete();
    }

    CommitResult WriteAll(Database db)
    {
        for (var i = 0; i < commit.Turns.Count; i++)
            if (!WriteTurn(db, commit.Turns[i], personal?[i]))
                return new(CommitOutcome.VersionConflict, 0);
        var position = commit.Turns.Count > 0 ? db.LastRow : 0;
        foreach (var move in commit.Names)
            if (db["move-name"].Add(move.To).Add(move.Since).Add(move.Name).Add(move.From).Run() == 0)
                return new(CommitOutcome.NameConflict, 0);
        foreach (var move in commit.OutboxMoves)
            if (db["move-message"].Add((long)move.To).AddNull().Add(now).Add(move.Message).Add((long)move.From).Run() == 0)
                return new(CommitOutcome.MessageConflict, 0);
        WriteEffects(db);
        return new(CommitOutcome.Committed, position);
    }

    static bool WriteTurn(Database db, TurnEntry turn, byte[]? personal) =>
        db["add-turn"]
            .Add(turn.Customer, turn.Version, turn.Time)
            .Add(turn.Body.Span)
            .AddOrNull(personal is { Length: > 0 } ? personal : null)
            .Run() == 1;

    void WriteEffects(Database db)
    {
        foreach (var due in commit.Due)
        {
            if (due.Time is { } time)
                db["set-due"].Add(due.Customer, time, due.IsStranger ? 1 : 0).Run();
            else
                db["clear-due"].Add(due.Customer).Run();
        }
        foreach (var m in commit.Outbox)
        {
            db["add-message"]
                .Add(m.Message)
                .Add(m.Customer)
                .Add(m.Playbook)
                .Add(m.Occasion)
                .Add(m.Channel)
                .Add(m.NotBefore, (long)m.State)
                .Add(m.Detail)
                .Add(now)
                .Run();
        }
        foreach (var key in commit.ImportKeys)
            db["add-import-key"].Add(key).Run();
    }
}
