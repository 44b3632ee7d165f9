using Personalization.Journal;

namespace Personalization.Storage.Sqlite;

public sealed partial class SqliteStore
{
    public async ValueTask<int[]> ProductNumbersAsync(IReadOnlyList<string> ids, CancellationToken cancel = default)
    {
        var found = await readers.ReadAsync(
            ids,
            static (db, ids) =>
            {
                var numbers = new int[ids.Count];
                for (var i = 0; i < numbers.Length; i++)
                    numbers[i] = FindProduct(db, ids[i]);
                return numbers;
            },
            cancel
        );
        return Array.IndexOf(found, 0) < 0 ? found : await writer.DoAsync(ids, AddProducts, cancel);
    }

    static int[] AddProducts(Database db, IReadOnlyList<string> ids)
    {
        var numbers = new int[ids.Count];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = FindProduct(db, ids[i]);
            if (numbers[i] != 0)
                continue;
            db["add-product"].Add(ids[i]).Run();
            numbers[i] = checked((int)db.LastRow);
        }
        return numbers;
    }

    static int FindProduct(Database db, string id)
    {
        var row = db["find-product"].Add(id);
        var number = row.Step() ? row.Int(0) : 0;
        row.Start();
        return number;
    }

    public ValueTask<long> SaveProductsAsync(
        IReadOnlyList<(int Number, byte[] Body)> products,
        CancellationToken cancel = default
    ) =>
        writer.DoAsync(
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
        readers.ReadAsync(
            (afterChange, limit),
            static (db, x) =>
            {
                var products = new List<ProductRow>();
                for (var row = db["read-products"].Add(x.afterChange).Add(x.limit); row.Step(); )
                    products.Add(new ProductRow(row.Long(0), row.Int(1), row.Text(2), row.IsNull(3) ? null : row.Bytes(3)));
                return (IReadOnlyList<ProductRow>)products;
            },
            cancel
        );

    // One process owns the directory: what it has saved it has applied.
    public ValueTask ReportAppliedAsync(Guid process, long? change, CancellationToken cancel = default) => default;

    public ValueTask<long> AppliedEverywhereAsync(CancellationToken cancel = default) => new(long.MaxValue);
}
