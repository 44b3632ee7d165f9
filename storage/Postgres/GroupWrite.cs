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
    readonly List<TurnEntry> turns = [];
    readonly List<byte[]?> personals = [];
    readonly List<NameMove> names = [];
    readonly Dictionary<long, long?> due = [];
    readonly List<OutboxEntry> messages = [];
    readonly List<(Guid Message, OutboxState From, OutboxState To)> moves = [];
    readonly List<Guid> importKeys = [];

    public long LastPosition => ground.Position + turns.Count;

    public CommitResult Add(Commit commit, byte[][]? personal)
    {
        var outcome = Judge(commit);
        if (outcome != CommitOutcome.Committed)
            return new(outcome, 0);
        for (var i = 0; i < commit.Turns.Count; i++)
        {
            turns.Add(commit.Turns[i]);
            personals.Add(personal?[i] is { Length: > 0 } bytes ? bytes : null);
        }
        names.AddRange(commit.Names);
        foreach (var (customer, time) in commit.Due)
            due[customer] = time;
        messages.AddRange(commit.Outbox);
        foreach (var message in commit.Outbox)
            ground.States.TryAdd(message.Message, message.State);
        moves.AddRange(commit.OutboxMoves);
        foreach (var key in commit.ImportKeys)
            importKeys.Add(ToGuid(key));
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
            && !commit.OutboxMoves.All(move => ground.States.TryGetValue(move.Message, out var state) && state == move.From)
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
        return outcome;
    }

    /// <summary>The statements that write it, always in the same order of tables and of customers.</summary>
    public void Fill(NpgsqlBatch batch, PostgresDatabase database)
    {
        void Run(string query, params ReadOnlySpan<NpgsqlParameter> parameters) =>
            batch.BatchCommands.Add(database.Query(query, parameters));

        if (turns.Count > 0)
        {
            Run(
                "add-turns",
                P(Enumerable.Range(1, turns.Count), i => ground.Position + i),
                P(turns, t => t.Customer),
                P(turns, t => t.Version),
                P(turns, t => t.Time),
                P(turns, t => t.Body.ToArray()),
                P(personals.ToArray())
            );
        }
        foreach (var move in names)
            Run("move-name", P(move.To), P(move.Since), P(move.Name));
        var set = due.Where(d => d.Value is not null).OrderBy(d => d.Key).ToList();
        if (set.Count > 0)
            Run("set-due", P(set, d => d.Key), P(set, d => d.Value!.Value));
        if (due.Count > set.Count)
            Run("clear-due", P(due.Where(d => d.Value is null).Select(d => d.Key).Order().ToArray()));
        if (messages.Count > 0)
        {
            Run(
                "add-messages",
                P(now),
                P(messages, m => m.Message),
                P(messages, m => m.Customer),
                P(messages, m => m.Playbook),
                P(messages, m => m.Occasion),
                P(messages, m => m.Channel),
                P(messages, m => m.NotBefore),
                P(messages, m => (short)m.State),
                P(messages, m => m.Detail)
            );
        }
        foreach (var (message, from, to) in moves)
            Run("move-message", P((short)to), P<string?>(null), P(now), P(message), P((short)from));
        if (importKeys.Count > 0)
            Run("add-import-keys", P(importKeys.Order().ToArray()));
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
