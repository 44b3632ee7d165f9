using Personalization.Journal;

namespace Personalization.Storage.Sqlite;

public sealed partial class SqliteStore
{
    public ValueTask<IReadOnlyList<(long Customer, long Due)>> ReadDueAsync(
        long until,
        int limit,
        CancellationToken cancel = default
    ) =>
        _readers.ReadAsync(
            (until, limit),
            static IReadOnlyList<(long, long)> (db, x) =>
                db["read-due"].Add(x.until, x.limit).All(row => (row.Long(0), row.Long(1))),
            cancel
        );

    public ValueTask<IReadOnlyList<OutboxEntry>> ReadOutboxAsync(
        OutboxState state,
        long until,
        int limit,
        CancellationToken cancel = default
    ) =>
        _readers.ReadAsync(
            (state, until, limit),
            static IReadOnlyList<OutboxEntry> (db, x) => db["read-outbox"].Add((long)x.state, x.until, x.limit).All(Message),
            cancel
        );

    public ValueTask<bool> MoveOutboxAsync(
        Guid message,
        OutboxState from,
        OutboxState to,
        string? detail,
        long now,
        CancellationToken cancel = default
    ) =>
        _writer.DoAsync(
            (message, from, to, detail, now),
            static (db, x) =>
                db["move-message"].Add((long)x.to).Add(x.detail).Add(x.now).Add(x.message).Add((long)x.from).Run() == 1,
            cancel
        );

    public ValueTask<IReadOnlyDictionary<OutboxState, long>> CountOutboxAsync(CancellationToken cancel = default) =>
        _readers.ReadAsync(
            0,
            static IReadOnlyDictionary<OutboxState, long> (db, _) =>
                db["count-outbox"].All(row => KeyValuePair.Create((OutboxState)row.Int(0), row.Long(1))).ToDictionary(),
            cancel
        );

    public ValueTask<OutboxEntry?> FindOutboxAsync(Guid message, CancellationToken cancel = default) =>
        _readers.ReadAsync(message, static (db, message) => db["find-message"].Add(message).First(Message), cancel);

    public ValueTask<IReadOnlyList<Guid>> MessagesOfAsync(IReadOnlyList<long> customers, CancellationToken cancel = default) =>
        _readers.ReadAsync(
            customers,
            static IReadOnlyList<Guid> (db, customers) =>
                [.. customers.SelectMany(customer => db["messages-of"].Add(customer).All(row => row.Guid(0)))],
            cancel
        );

    static OutboxEntry Message(Statement row) =>
        new(
            row.Guid(0),
            row.Long(1),
            row.Text(2),
            row.Text(3),
            row.Text(4),
            row.Long(5),
            (OutboxState)row.Int(6),
            row.TextOrNull(7)
        )
        {
            Attempts = row.Int(8),
            TriedSince = row.Long(9),
        };

    public ValueTask<byte[]?> ReadSettingAsync(string name, CancellationToken cancel = default) =>
        _readers.ReadAsync(name, static (db, name) => db["read-setting"].Add(name).First(row => row.Bytes(0)), cancel);

    public async ValueTask SaveSettingAsync(string name, byte[]? value, CancellationToken cancel = default) =>
        await _writer.DoAsync(
            new Work<(string Name, byte[]? Value), int>((name, value), SaveSetting) { ThenCheckpoint = value is null },
            cancel
        );

    static int SaveSetting(Database db, (string Name, byte[]? Value) x) =>
        x.Value is null ? db["remove-setting"].Add(x.Name).Run() : db["save-setting"].Add(x.Name).Add(x.Value).Run();

    public async ValueTask<byte[]> ReadOrAddSettingAsync(string name, byte[] value, CancellationToken cancel = default)
    {
        if (await ReadSettingAsync(name, cancel) is { } known)
            return known;
        await _writer.DoAsync(
            new Work<(string Name, byte[] Value), int>((name, value), static (db, x) =>
                db["add-setting"].Add(x.Name).Add(x.Value).Run()
            ),
            cancel
        );
        return await ReadSettingAsync(name, cancel)
            ?? throw new StoreUnavailableException($"The setting {name} was removed while it was made; start again.");
    }

    public async ValueTask<byte[]?> ReadSecretAsync(string name, CancellationToken cancel = default) =>
        await ReadSettingAsync(name, cancel) is { } wrapped ? _keys.UnwrapSetting(name, wrapped) : null;

    public ValueTask SaveSecretAsync(string name, byte[] value, CancellationToken cancel = default) =>
        SaveSettingAsync(name, _keys.WrapSetting(name, value), cancel);

    public async ValueTask<byte[]> ReadOrAddSecretAsync(string name, byte[] value, CancellationToken cancel = default) =>
        _keys.UnwrapSetting(name, await ReadOrAddSettingAsync(name, _keys.WrapSetting(name, value), cancel));

    public async ValueTask AuditAsync(string who, string what, string about, long now, CancellationToken cancel = default) =>
        await _writer.DoAsync(
            (who, what, about, now),
            static (db, x) => db["add-audit"].Add(x.now).Add(x.who).Add(x.what).Add(x.about).Run(),
            cancel
        );

    public async ValueTask<IReadOnlyDictionary<string, long>> EraseAsync(
        IReadOnlyList<long> customers,
        CancellationToken cancel = default
    )
    {
        var destroyed = await _keys.DestroyAsync(customers, cancel);
        var erase = new Work<IReadOnlyList<long>, Dictionary<string, long>>(customers, Erase) { ThenCheckpoint = true };
        var removed = await _writer.DoAsync(erase, cancel);
        removed["keys"] = destroyed;
        return removed;
    }

    static Dictionary<string, long> Erase(Database db, IReadOnlyList<long> customers)
    {
        var removed = new Dictionary<string, long>
        {
            ["names"] = 0,
            ["due"] = 0,
            ["outbox"] = 0,
        };
        foreach (var customer in customers)
        {
            removed["names"] += db["remove-names"].Add(customer).Run();
            removed["due"] += db["clear-due"].Add(customer).Run();
            removed["outbox"] += db["remove-messages"].Add(customer).Run();
        }
        return removed;
    }
}
