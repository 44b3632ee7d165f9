using System.Globalization;
using Personalization.Catalogue;
using Personalization.Customers;
using Personalization.Recommendations;
using Personalization.Storage.Files;

namespace Personalization.Models.Recommendations;

/// <summary>
/// Files of what customers of a shop did, plain or .gz: Taobao's UserBehavior (user, item, category, pv/fav/cart/buy, unix
/// seconds; no header) and UCI's Online Retail (invoice lines; cancellations, returns and lines without a customer are left out).
/// </summary>
public static class ShopFile
{
    // The nine days of the data set, China time; rows outside them are mistakes of its own.
    const int TaobaoFrom = 1_511_539_200,
        TaobaoUntil = 1_512_316_800;

    readonly record struct Row(long Customer, int Product, int Time, Signal Signal, int Order);

    /// <summary>The acts of such a file; its products are added to the catalogue.</summary>
    /// <exception cref="InvalidDataException">A file of neither form, or without any act.</exception>
    public static ClickLog Read(string path, ProductCatalogue catalogue)
    {
        using var stream = DataFile.Open(path);
        var lines = Lines(new DelimitedRows(stream));
        if (lines.FirstOrDefault() is not { } first)
            throw new InvalidDataException($"{path} is empty.");
        var rows =
            first is [_, _, _, "pv" or "fav" or "cart" or "buy", _] ? Taobao(lines.Prepend(first), catalogue)
            : first.Contains("InvoiceNo") ? OnlineRetail(lines, catalogue)
            : throw new InvalidDataException(
                $"{path} is neither Taobao's (user, item, category, pv|fav|cart|buy, time) nor Online Retail's (InvoiceNo, …)."
            );
        return rows.Count > 0
            ? new(Visited(rows)) { Products = catalogue }
            : throw new InvalidDataException($"{path} holds no act of a customer.");
    }

    static List<Row> Taobao(IEnumerable<string[]> lines, ProductCatalogue catalogue)
    {
        var rows = new List<Row>();
        foreach (var fields in lines)
        {
            if (
                fields is not [var user, var item, var category, var type, var seconds]
                || !long.TryParse(user, out long customer)
                || !int.TryParse(seconds, out int time)
                || time is < TaobaoFrom or >= TaobaoUntil
            )
                continue;
            Signal? signal = type switch
            {
                "pv" => Signal.View,
                "fav" => Signal.Favourite,
                "cart" => Signal.CartAdd,
                "buy" => Signal.Purchase,
                _ => null,
            };
            if (signal is { } known)
                rows.Add(new(customer, Number(item, catalogue, category, null), time, known, 0));
        }
        return rows;
    }

    static List<Row> OnlineRetail(IEnumerable<string[]> lines, ProductCatalogue catalogue)
    {
        var rows = new List<Row>();
        var orders = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var fields in lines)
        {
            if (
                fields is not [var invoice, var code, _, var quantity, var date, var price, var id, ..]
                || invoice.StartsWith('C')
                || !decimal.TryParse(quantity, CultureInfo.InvariantCulture, out decimal pieces)
                || pieces <= 0
                || !decimal.TryParse(price, CultureInfo.InvariantCulture, out decimal each)
                || each <= 0
                || !decimal.TryParse(id, CultureInfo.InvariantCulture, out decimal customer)
                || !DateTimeOffset.TryParse(date, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            )
                continue;
            if (!orders.TryGetValue(invoice, out int order))
                orders[invoice] = order = orders.Count + 1;
            rows.Add(
                new((long)customer, Number(code, catalogue, null, each), (int)time.ToUnixTimeSeconds(), Signal.Purchase, order)
            );
        }
        return rows;
    }

    static IEnumerable<string[]> Lines(DelimitedRows rows)
    {
        while (rows.Next())
            yield return rows.Texts();
    }

    static int Number(string id, ProductCatalogue catalogue, string? category, decimal? price)
    {
        if (!catalogue.TryNumber(id, out int number))
            catalogue.Apply(
                new Product
                {
                    Number = number = catalogue.Count,
                    Id = id,
                    Category = category is null ? [] : [category],
                    Price = price,
                }
            );
        return number;
    }

    /// <summary>Acts in the order of time, an order's lines together; a visit ends as it does in a server.</summary>
    static List<Act> Visited(List<Row> rows)
    {
        var visits = new Dictionary<long, (int Number, int Last, int Order)>();
        var acts = new List<Act>(rows.Count);
        foreach (var row in rows.OrderBy(row => row.Time).ThenBy(row => row.Order))
        {
            var visit = visits.GetValueOrDefault(row.Customer, (Number: 0, Last: int.MinValue, Order: 0));
            bool isNew = visit.Number == 0 || (row.Time - (long)visit.Last) * 1000 > Fold.VisitGap || row.Order != visit.Order;
            visit = (visit.Number + (isNew ? 1 : 0), row.Time, row.Order);
            visits[row.Customer] = visit;
            ulong session = TrackedActs.SessionKey(row.Customer, visit.Number, row.Time * 1000L);
            acts.Add(new(row.Customer, visit.Number, session, row.Product, row.Time, row.Signal, row.Order));
        }
        return acts;
    }
}
