using Personalization.Identity;
using Personalization.Journal;

namespace Personalization.Storage.Sqlite;

public sealed partial class SqliteStore
{
    public ValueTask<BoundName?> FindNameAsync(NameKind kind, string value, CancellationToken cancel = default) =>
        readers.ReadAsync((kind, value), static (db, x) => FindName(db, x.kind, x.value), cancel);

    public async ValueTask<IReadOnlyList<BoundName>> ClaimNamesAsync(
        IReadOnlyList<NameClaim> claims,
        CancellationToken cancel = default
    )
    {
        var found = await readers.ReadAsync(
            claims,
            static (db, claims) =>
            {
                var names = new BoundName?[claims.Count];
                for (var i = 0; i < names.Length; i++)
                    names[i] = FindName(db, claims[i].Kind, claims[i].Value);
                return names;
            },
            cancel
        );
        if (Array.TrueForAll(found, name => name is not null))
            return found!;
        return await writer.DoAsync(claims, ClaimNames, cancel);
    }

    static IReadOnlyList<BoundName> ClaimNames(Database db, IReadOnlyList<NameClaim> claims)
    {
        var names = new BoundName[claims.Count];
        for (var i = 0; i < names.Length; i++)
        {
            var claim = claims[i];
            if (FindName(db, claim.Kind, claim.Value) is { } name)
            {
                names[i] = name;
                continue;
            }
            db["add-name"].Add((long)claim.Kind).Add(claim.Value).Add(claim.Customer).Add(claim.Since).Run();
            names[i] = new BoundName(db.LastRow, claim.Kind, claim.Value, claim.Customer, claim.Since);
        }
        return names;
    }

    public ValueTask<IReadOnlyList<BoundName>> NamesOfAsync(IReadOnlyList<long> customers, CancellationToken cancel = default) =>
        readers.ReadAsync(
            customers,
            static (db, customers) =>
            {
                var names = new List<BoundName>();
                foreach (var customer in customers.Distinct().Order())
                    for (var row = db["names-of"].Add(customer); row.Step(); )
                        names.Add(Name(row));
                return (IReadOnlyList<BoundName>)names;
            },
            cancel
        );

    public ValueTask<IReadOnlyList<BoundName>> ReadNamesAsync(long afterNumber, int limit, CancellationToken cancel = default) =>
        readers.ReadAsync(
            (afterNumber, limit),
            static (db, x) =>
            {
                var names = new List<BoundName>();
                for (var row = db["read-names"].Add(x.afterNumber).Add(x.limit); row.Step(); )
                    names.Add(Name(row));
                return (IReadOnlyList<BoundName>)names;
            },
            cancel
        );

    static BoundName? FindName(Database db, NameKind kind, string value)
    {
        var row = db["find-name"].Add((long)kind).Add(value);
        var name = row.Step() ? Name(row) : null;
        row.Start();
        return name;
    }

    static BoundName Name(Statement row) => new(row.Long(0), (NameKind)row.Int(1), row.Text(2), row.Long(3), row.Long(4));
}
