using Personalization.Documents;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Storage.Keys;

namespace Personalization.Storage.Sqlite;

/// <summary>What a store that is made as a copy of another needs: rows with the numbers they had there.</summary>
public sealed partial class SqliteStore
{
    internal async ValueTask PutNamesAsync(IReadOnlyList<BoundName> names, CancellationToken cancel)
    {
        var (texts, keys) = await _keys.SealNamesAsync(
            _secret,
            [.. names.Select(name => new NameText(name.Customer, name.Kind, name.Value, _secret.Of(name.Kind, name.Value)))],
            cancel
        );
        await _writer.DoAsync(
            new Work<(IReadOnlyList<BoundName> Names, byte[][] Sealed), int>((names, texts), Put) { After = keys },
            cancel
        );

        int Put(Database db, (IReadOnlyList<BoundName> Names, byte[][] Sealed) x)
        {
            for (var i = 0; i < x.Sealed.Length; i++)
                SqliteStore.Put(db, x.Names[i], _secret, x.Sealed[i]);
            return x.Sealed.Length;
        }
    }

    internal async ValueTask ReturnNamesAsync(IReadOnlyList<(long Name, long To)> moves, CancellationToken cancel)
    {
        if (moves.Count == 0)
            return;
        var owners = await _readers.ReadAsync(
            moves,
            static (db, moves) =>
                moves.ToDictionary(move => move.Name, move => db["name-by-number"].Add(move.Name).First(Name)?.Customer ?? 0),
            cancel
        );
        var resealed = await ResealedAsync(
            [.. moves.Select(move => new NameMove(move.Name, owners[move.Name], move.To, 0))],
            cancel
        );
        await _writer.DoAsync(
            resealed,
            static (db, moves) =>
            {
                foreach (var move in moves)
                    db["return-name"].Add(move.To).Add(move.Sealed.Span).Add(move.Name).Run();
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

    internal async ValueTask PutDocumentsAsync(IReadOnlyList<Document> documents, CancellationToken cancel) =>
        await _writer.DoAsync(
            documents,
            static (db, documents) =>
            {
                foreach (var d in documents)
                    db["put-document"]
                        .Add(d.Change)
                        .Add(d.Kind)
                        .Add(d.Id)
                        .Add(d.Version)
                        .Add(d.Json)
                        .Add(d.ChangedAt)
                        .Add(d.ChangedBy)
                        .Run();
                return documents.Count;
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
