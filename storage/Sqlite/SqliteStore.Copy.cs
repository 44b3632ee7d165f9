using Personalization.Identity;
using Personalization.Journal;

namespace Personalization.Storage.Sqlite;

/// <summary>What a store that is made as a copy of another needs: rows with the numbers they had there.</summary>
public sealed partial class SqliteStore
{
    internal async ValueTask PutNamesAsync(IReadOnlyList<BoundName> names, CancellationToken cancel) =>
        await _writer.DoAsync(
            names,
            static (db, names) =>
            {
                foreach (var n in names)
                    db["put-name"].Add(n.Number).Add((long)n.Kind).Add(n.Value).Add(n.Customer).Add(n.Since).Run();
                return names.Count;
            },
            cancel
        );

    internal async ValueTask ReturnNamesAsync(IReadOnlyList<(long Name, long To)> moves, CancellationToken cancel)
    {
        if (moves.Count == 0)
            return;
        await _writer.DoAsync(
            moves,
            static (db, moves) =>
            {
                foreach (var (name, to) in moves)
                    db["return-name"].Add(to).Add(name).Run();
                return moves.Count;
            },
            cancel
        );
    }

    internal async ValueTask PutProductsAsync(IReadOnlyList<ProductRow> products, CancellationToken cancel) =>
        await _writer.DoAsync(
            products,
            static (db, products) =>
            {
                foreach (var p in products)
                    db["put-product"].Add(p.Number).Add(p.Id).Add(p.Change).AddOrNull(p.Body).Run();
                return products.Count;
            },
            cancel
        );

    /// <summary>The last versions of customers, 0 for those that have none.</summary>
    internal ValueTask<Dictionary<long, int>> HeadsAsync(IReadOnlyList<long> customers, CancellationToken cancel) =>
        _readers.ReadAsync(
            customers,
            static (db, customers) => customers.ToDictionary(c => c, c => db["head"].Add(c).First(row => row.Int(0))),
            cancel
        );
}
