using Personalization.Identity;
using Personalization.Journal;

namespace Personalization.Storage.Sqlite;

public sealed partial class SqliteStore
{
    public ValueTask<BoundName?> FindNameAsync(NameKind kind, string value, CancellationToken cancel = default) =>
        _readers.ReadAsync((kind, value), static (db, x) => FindName(db, x.kind, x.value), cancel);

    public async ValueTask<IReadOnlyList<BoundName>> ClaimNamesAsync(
        IReadOnlyList<NameClaim> claims,
        CancellationToken cancel = default
    )
    {
        var found = await _readers.ReadAsync(
            claims,
            static (db, claims) => claims.Select(claim => FindName(db, claim.Kind, claim.Value)).ToArray(),
            cancel
        );
        if (Array.TrueForAll(found, name => name is not null))
            return found!;
        return await _writer.DoAsync(claims, ClaimNames, cancel);
    }

    static IReadOnlyList<BoundName> ClaimNames(Database db, IReadOnlyList<NameClaim> claims)
    {
        return [.. claims.Select(claim => FindName(db, claim.Kind, claim.Value) ?? Add(claim))];

        BoundName Add(NameClaim claim)
        {
            db["add-name"].Add((long)claim.Kind).Add(claim.Value).Add(claim.Customer, claim.Since).Run();
            return new BoundName(db.LastRow, claim.Kind, claim.Value, claim.Customer, claim.Since);
        }
    }

    public ValueTask<IReadOnlyList<BoundName>> NamesOfAsync(IReadOnlyList<long> customers, CancellationToken cancel = default) =>
        _readers.ReadAsync(
            customers,
            static IReadOnlyList<BoundName> (db, customers) =>
                [.. customers.Distinct().Order().SelectMany(customer => db["names-of"].Add(customer).All(Name))],
            cancel
        );

    public ValueTask<IReadOnlyList<BoundName>> ReadNamesAsync(long afterNumber, int limit, CancellationToken cancel = default) =>
        _readers.ReadAsync(
            (afterNumber, limit),
            static IReadOnlyList<BoundName> (db, x) => db["read-names"].Add(x.afterNumber, x.limit).All(Name),
            cancel
        );

    static BoundName? FindName(Database db, NameKind kind, string value) =>
        db["find-name"].Add((long)kind).Add(value).First(Name);

    static BoundName Name(Statement row) => new(row.Long(0), (NameKind)row.Int(1), row.Text(2), row.Long(3), row.Long(4));
}
