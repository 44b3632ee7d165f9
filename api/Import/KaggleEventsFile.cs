using Personalization.Events;
using Personalization.Identity;
using Personalization.Storage.Files;

namespace Personalization.Import;

/// <summary>
/// "eCommerce events history" of Kaggle (M. Kechinov, REES46): event_time, event_type (view, cart, remove_from_cart, purchase),
/// product_id, category_id, category_code, brand, price, user_id and user_session. Purchases of a session are one order.
/// </summary>
public static class KaggleEventsFile
{
    /// <exception cref="ImportException">A column is missing.</exception>
    public static IEnumerable<ImportedFact> Read(Stream content, ImportNotes notes)
    {
        var rows = new DelimitedRows(content).DetectDelimiter();
        var header = new Header(rows);
        var (at, what, product, user) = (header["event_time"], header["event_type"], header["product_id"], header["user_id"]);
        var (category, brand, price) = (header.Find("category_code"), header.Find("brand"), header["price"]);
        var session = header.Find("user_session");
        var times = new FileTimes(notes.Dates, notes.Zone);
        var orders = new OrderRows(ImportFormats.KaggleEvents);
        var texts = new TextPool();
        while (rows.Next())
        {
            notes.Row();
            if (Flaw(rows, header, user, product) is { } flaw)
                notes.Reject(rows.Line, flaw);
            else if (!times.TryRead(rows[at], out var time))
                notes.Reject(rows.Line, "event_time is not a time");
            else if (KindOf(rows[what]) is not { } kind)
                notes.Reject(rows.Line, "event_type is none of view, cart, remove_from_cart, purchase");
            else if (!FieldValue.TryMoney(rows[price], out var unit) || unit is < 0 or > Bounds.MaxAmount)
                notes.Reject(rows.Line, "price is not an amount");
            else if (kind == EventKind.OrderCompleted && session >= 0 && !rows[session].IsEmpty)
                orders[kind, NameKind.User, texts.Get(rows[user]), texts.Get(rows[session]), time, rows.Line]
                    .Add(Line(unit), unit);
            else
            {
                var key = FactKey.OfRow(ImportFormats.KaggleEvents, rows.Row, time);
                yield return new ImportedFact
                {
                    NameKind = NameKind.User,
                    Name = texts.Get(rows[user]),
                    Kind = kind,
                    Time = time,
                    Lines = [Line(unit)],
                    Reference = kind == EventKind.OrderCompleted ? FactKey.MadeUpReference(key) : null,
                    Amount = kind == EventKind.OrderCompleted ? unit : 0,
                    Key = key,
                    SourceLine = rows.Line,
                };
            }
        }
        foreach (var order in orders.Facts())
            yield return order;

        ImportedLine Line(long unit) =>
            new(texts.Get(rows[product]), 1, unit, Category: Optional(category), Brand: Optional(brand));

        string? Optional(int column) => column < 0 || rows[column].IsEmpty ? null : texts.Get(rows[column]);
    }

    static string? Flaw(DelimitedRows rows, Header header, int user, int product) =>
        rows.Damage
        ?? (
            rows.Count != header.Count ? $"{rows.Count} fields where the header has {header.Count}"
            : rows[user].IsEmpty || rows[product].IsEmpty ? "user_id or product_id is empty"
            : null
        );

    static EventKind? KindOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("view"u8) ? EventKind.ProductViewed
        : name.SequenceEqual("cart"u8) ? EventKind.ProductAdded
        : name.SequenceEqual("remove_from_cart"u8) ? EventKind.ProductRemoved
        : name.SequenceEqual("purchase"u8) ? EventKind.OrderCompleted
        : null;
}
