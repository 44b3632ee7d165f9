using Personalization.Identity;
using Personalization.Journal;
using Personalization.Storage.Keys;

namespace Personalization.Storage.Sqlite;

public sealed partial class SqliteStore
{
    /// <summary>A name wanted, with what it is found by.</summary>
    readonly record struct Wanted(NameClaim Claim, byte[] Hash);

    public ValueTask<BoundName?> FindNameAsync(NameKind kind, string value, CancellationToken cancel = default) =>
        _readers.ReadAsync(WantedOf(new NameClaim(kind, value, 0, 0)), FindName, cancel);

    public async ValueTask<IReadOnlyList<BoundName>> ClaimNamesAsync(
        IReadOnlyList<NameClaim> claims,
        CancellationToken cancel = default
    )
    {
        var wanted = claims.Select(WantedOf).ToArray();
        var found = await _readers.ReadAsync(
            wanted,
            static (db, wanted) => Array.ConvertAll(wanted, one => FindName(db, one)),
            cancel
        );
        if (Array.TrueForAll(found, name => name is not null))
            return found!;
        var (texts, keys) = await _keys.SealNamesAsync(
            _secret,
            [.. wanted.Select(one => new NameText(one.Claim.Customer, one.Claim.Kind, one.Claim.Value, one.Hash))],
            cancel
        );
        return await _writer.DoAsync(
            new Work<(Wanted[], byte[][]), IReadOnlyList<BoundName>>((wanted, texts), ClaimNames) { After = keys },
            cancel
        );
    }

    static IReadOnlyList<BoundName> ClaimNames(Database db, (Wanted[] Wanted, byte[][] Sealed) claims)
    {
        return [.. claims.Wanted.Zip(claims.Sealed, (one, text) => FindName(db, one) ?? Add(one, text))];

        BoundName Add(Wanted one, byte[] text)
        {
            var (kind, value, customer, since) = one.Claim;
            db["add-name"].Add((long)kind).Add(one.Hash).Add(text).Add(customer, since).Run();
            return new BoundName(db.LastRow, kind, value, customer, since);
        }
    }

    public async ValueTask<IReadOnlyList<BoundName>> NamesOfAsync(
        IReadOnlyList<long> customers,
        CancellationToken cancel = default
    ) =>
        await OpenedAsync(
            await _readers.ReadAsync(
                customers,
                static (db, customers) =>
                    customers.Distinct().Order().SelectMany(customer => db["names-of"].Add(customer).All(Name)).ToList(),
                cancel
            ),
            cancel
        );

    public async ValueTask<IReadOnlyList<BoundName>> ReadNamesAsync(
        long afterNumber,
        int limit,
        CancellationToken cancel = default
    ) =>
        await OpenedAsync(
            await _readers.ReadAsync(
                (afterNumber, limit),
                static (db, x) => db["read-names"].Add(x.afterNumber, x.limit).All(Name),
                cancel
            ),
            cancel
        );

    /// <summary>The moves with their names sealed for whom they move to, which is on disk.</summary>
    async ValueTask<IReadOnlyList<NameMove>> ResealedAsync(IReadOnlyList<NameMove> moves, CancellationToken cancel)
    {
        var before = await _readers.ReadAsync(
            moves,
            static (db, moves) =>
                moves
                    .Select(move =>
                        db["find-sealed"]
                            .Add(move.Name)
                            .First(row => new SealedName(
                                move.Name,
                                (NameKind)row.Int(0),
                                row.Bytes(1),
                                row.Bytes(2),
                                move.From,
                                0
                            ))
                        ?? new SealedName(move.Name, NameKind.User, [], [], move.From, 0)
                    )
                    .ToList(),
            cancel
        );
        var values = await _keys.UnsealNamesAsync(_secret, before, cancel);
        var (texts, keys) = await _keys.SealNamesAsync(
            _secret,
            [.. moves.Select((move, i) => new NameText(move.To, before[i].Kind, values[i], before[i].Hash))],
            cancel
        );
        if (keys is not null)
            await keys;
        return [.. moves.Zip(texts, (move, text) => move with { Sealed = text })];
    }

    async ValueTask<IReadOnlyList<BoundName>> OpenedAsync(List<SealedName> names, CancellationToken cancel)
    {
        var values = await _keys.UnsealNamesAsync(_secret, names, cancel);
        return [.. names.Zip(values, (name, value) => name.Opened(value))];
    }

    Wanted WantedOf(NameClaim claim) => new(claim, _secret.Of(claim.Kind, claim.Value));

    static BoundName? FindName(Database db, Wanted one) =>
        db["find-name"]
            .Add((long)one.Claim.Kind)
            .Add(one.Hash)
            .First(row => new BoundName(row.Long(0), one.Claim.Kind, one.Claim.Value, row.Long(1), row.Long(2)));

    static SealedName Name(Statement row) =>
        new(row.Long(0), (NameKind)row.Int(1), row.Bytes(2), row.Bytes(3), row.Long(4), row.Long(5));

    // ── Names of earlier versions ───────────────────────────────────────────────────────────────────────────────────

    /// <summary>The key of the hashes; made where there is none.</summary>
    static NameSecret OpenSecret(Database journal, SqliteKeys keys, bool readOnly)
    {
        if (journal["read-setting"].Add(NameSecret.Setting).First(row => row.Bytes(0)) is { } wrapped)
            return new NameSecret(keys.UnwrapSetting(NameSecret.Setting, wrapped));
        var key = NameSecret.NewKey();
        if (!readOnly)
            journal["save-setting"].Add(NameSecret.Setting).Add(keys.WrapSetting(NameSecret.Setting, key)).Run();
        return new NameSecret(key);
    }

    /// <summary>Brings over the names that stood in the clear, and leaves nothing of them in the file.</summary>
    static void SealOldNames(Database journal, SqliteKeys keys, NameSecret secret)
    {
        const int batch = 10_000;
        while (
            journal["old-names"]
                .Add((long)batch)
                .All(row => new BoundName(row.Long(0), (NameKind)row.Int(1), row.Text(2), row.Long(3), row.Long(4)))
                is { Count: > 0 } names
        )
        {
            var sealing = keys.SealNamesAsync(
                secret,
                names.ConvertAll(name => new NameText(name.Customer, name.Kind, name.Value, secret.Of(name.Kind, name.Value))),
                default
            );
            var (texts, durable) = sealing.AsTask().GetAwaiter().GetResult();
            durable?.GetAwaiter().GetResult();
            journal.InTransaction(db =>
            {
                for (var i = 0; i < names.Count; i++)
                    Put(db, names[i], secret, texts[i]);
                db["remove-old-names"].Add(names[^1].Number).Run();
            });
        }
        // Each time: a crash after the last batch would leave them in the log of writes for as long as nothing fills it.
        journal.Checkpoint();
    }

    static void Put(Database db, BoundName n, NameSecret secret, byte[] text) =>
        db["put-name"].Add(n.Number).Add((long)n.Kind).Add(secret.Of(n.Kind, n.Value)).Add(text).Add(n.Customer, n.Since).Run();
}
