using System.Buffers.Binary;
using Npgsql;
using Personalization.Journal;
using static Personalization.Storage.Postgres.PostgresDatabase;

namespace Personalization.Storage.Postgres;

/// <summary>What a group of commits was decided upon, as it is while the journal lock is held.</summary>
/// <param name="Heads">The customers' last versions.</param>
/// <param name="Owners">The customers that names point to.</param>
/// <param name="States">The states of messages.</param>
sealed record Ground(
    long Position,
    Dictionary<long, int> Heads,
    Dictionary<long, long> Owners,
    Dictionary<Guid, OutboxState> States
);

/// <summary>Decides for each commit of a group, in order, whether it wins, and gathers what the winners write into arrays.</summary>
sealed class GroupWrite(Ground ground, long now)
{
    readonly List<TurnEntry> _turns = [];
    readonly List<byte[]?> _personals = [];
    readonly List<NameMove> _names = [];
    readonly Dictionary<long, DueTime> _due = [];
    readonly List<OutboxEntry> _messages = [];
    readonly List<(Guid Message, OutboxState From, OutboxState To)> _moves = [];
    readonly List<MessagePutOff> _putOff = [];
    readonly List<Guid> _importKeys = [];

    public long LastPosition => ground.Position + _turns.Count;

    public CommitResult Add(Commit commit, byte[][]? personal)
    {
        var outcome = Judge(commit);
        if (outcome != CommitOutcome.Committed)
            return new(outcome, 0);
        for (var i = 0; i < commit.Turns.Count; i++)
        {
            _turns.Add(commit.Turns[i]);
            _personals.Add(personal?[i] is { Length: > 0 } bytes ? bytes : null);
        }
        _names.AddRange(commit.Names);
        foreach (var due in commit.Due)
            _due[due.Customer] = due;
        _messages.AddRange(commit.Outbox);
        foreach (var message in commit.Outbox)
            ground.States.TryAdd(message.Message, message.State);
        _moves.AddRange(commit.OutboxMoves);
        _putOff.AddRange(commit.PutOff);
        foreach (var key in commit.ImportKeys)
            _importKeys.Add(ToGuid(key));
        return new(CommitOutcome.Committed, commit.Turns.Count > 0 ? LastPosition : 0);
    }

    /// <summary>Steps the ground forward as far as the commit is in order with it; steps back where it is not.</summary>
    CommitOutcome Judge(Commit commit)
    {
        var stepped = 0;
        var outcome = CommitOutcome.Committed;
        foreach (var turn in commit.Turns)
        {
            if (ground.Heads[turn.Customer] != turn.Version - 1)
            {
                outcome = CommitOutcome.VersionConflict;
                break;
            }
            ground.Heads[turn.Customer]++;
            stepped++;
        }
        if (
            outcome == CommitOutcome.Committed
            && !commit.Names.All(move => ground.Owners.GetValueOrDefault(move.Name) == move.From)
        )
            outcome = CommitOutcome.NameConflict;
        if (
            outcome == CommitOutcome.Committed
            && !(
                commit.OutboxMoves.All(move => IsIn(move.From, move.Message))
                && commit.PutOff.All(message => IsIn(OutboxState.Dispatched, message.Message))
            )
        )
            outcome = CommitOutcome.MessageConflict;
        if (outcome != CommitOutcome.Committed)
        {
            for (var i = 0; i < stepped; i++)
                ground.Heads[commit.Turns[i].Customer]--;
            return outcome;
        }
        foreach (var move in commit.Names)
            ground.Owners[move.Name] = move.To;
        foreach (var move in commit.OutboxMoves)
            ground.States[move.Message] = move.To;
        foreach (var message in commit.PutOff)
            ground.States[message.Message] = OutboxState.Queued;
        return outcome;
    }

    bool IsIn(OutboxState expected, Guid message) => ground.States.TryGetValue(message, out var state) && state == expected;

    /// <summary>The statements that write it, always in the same order of tables and of customers.</summary>
    public void Fill(NpgsqlBatch batch, PostgresDatabase database)
    {
        void Run(string query, params ReadOnlySpan<NpgsqlParameter> parameters) =>
            batch.BatchCommands.Add(database.Query(query, parameters));

        if (_turns.Count > 0)
        {
            Run(
                "add-turns",
                P(Enumerable.Range(1, _turns.Count), i => ground.Position + i),
                P(_turns, t => t.Customer),
                P(_turns, t => t.Version),
                P(_turns, t => t.Time),
                P(_turns, t => t.Body.ToArray()),
                P(_personals.ToArray())
            );
        }
        foreach (var move in _names)
            Run("move-name", P(move.To), P(move.Since), P(move.Sealed.ToArray()), P(move.Name));
        var set = _due.Values.Where(due => due.Time is not null).OrderBy(due => due.Customer).ToList();
        if (set.Count > 0)
            Run("set-due", P(set, due => due.Customer), P(set, due => due.Time!.Value), P(set, due => due.IsStranger));
        if (_due.Count > set.Count)
            Run("clear-due", P(_due.Values.Where(due => due.Time is null).Select(due => due.Customer).Order().ToArray()));
        if (_messages.Count > 0)
        {
            Run(
                "add-messages",
                P(now),
                P(_messages, m => m.Message),
                P(_messages, m => m.Customer),
                P(_messages, m => m.Playbook),
                P(_messages, m => m.Occasion),
                P(_messages, m => m.Channel),
                P(_messages, m => m.NotBefore),
                P(_messages, m => (short)m.State),
                P(_messages, m => m.Detail)
            );
        }
        foreach (var (message, from, to) in _moves)
            Run("move-message", P((short)to), P<string?>(null), P(now), P(message), P((short)from));
        foreach (var message in _putOff)
            Run("put-off-message", P(message.Until), P(message.Why), P(now), P(message.Message));
        if (_importKeys.Count > 0)
            Run("add-import-keys", P(_importKeys.Order().ToArray()));
    }

    public static Guid ToGuid(UInt128 key)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, key);
        return new Guid(bytes, bigEndian: true);
    }

    public static UInt128 FromGuid(Guid key)
    {
        Span<byte> bytes = stackalloc byte[16];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
