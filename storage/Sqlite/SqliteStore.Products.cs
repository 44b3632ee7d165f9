using Personalization.Journal;

namespace Personalization.Storage.Sqlite;

public sealed partial class SqliteStore
{
    public async ValueTask<int[]> ProductNumbersAsync(
        IReadOnlyList<string> ids,
        Func<string, byte[]>? body = null,
        CancellationToken cancel = default
    )
    {
        var found = await _readers.ReadAsync(ids, static (db, ids) => ids.Select(id => FindProduct(db, id)).ToArray(), cancel);
        return Array.IndexOf(found, 0) < 0 ? found : await _writer.DoAsync((ids, body), AddProducts, cancel);
    }

    static int[] AddProducts(Database db, (IReadOnlyList<string> Ids, Func<string, byte[]>? Body) wanted)
    {
        return [.. wanted.Ids.Select(id => FindProduct(db, id) is not 0 and var number ? number : Add(id))];

        int Add(string id)
        {
            db["add-product"].Add(id).AddOrNull(wanted.Body?.Invoke(id)).Run();
            return checked((int)db.LastRow);
        }
    }

    static int FindProduct(Database db, string id) => db["find-product"].Add(id).First(row => row.Int(0));

    public ValueTask<long> SaveProductsAsync(
        IReadOnlyList<(int Number, byte[] Body)> products,
        CancellationToken cancel = default
    ) =>
        _writer.DoAsync(
            products,
            static (db, products) =>
            {
                foreach (var (number, body) in products)
                    db["save-product"].Add(body).Add(number).Run();
                return ReadNumber(db, "last-change");
            },
            cancel
        );

    public ValueTask<IReadOnlyList<ProductRow>> ReadProductsAsync(
        long afterChange,
        int limit,
        CancellationToken cancel = default
    ) =>
        _readers.ReadAsync(
            (afterChange, limit),
            static IReadOnlyList<ProductRow> (db, x) =>
                db["read-products"]
                    .Add(x.afterChange, x.limit)
                    .All(row => new ProductRow(row.Long(0), row.Int(1), row.Text(2), row.BytesOrNull(3))),
            cancel
        );

    // One process owns the directory: what it has saved it has applied.
    public ValueTask ReportAppliedAsync(Guid process, long? change, CancellationToken cancel = default) => default;

    public ValueTask<long> AppliedEverywhereAsync(CancellationToken cancel = default) => new(long.MaxValue);
}
