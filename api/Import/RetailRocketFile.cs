using Personalization.Events;
using Personalization.Identity;
using Personalization.Storage.Files;

namespace Personalization.Import;

/// <summary>
/// RetailRocket in its two forms, told apart by the header: the shop's own <c>events.csv</c> (timestamp in milliseconds,
/// visitorid, event, itemid, transactionid) and the session files of recommender research (SessionId, ItemId, Time in
/// seconds; tabs), in which every session is a visitor of its own who looks at products.
/// </summary>
public static class RetailRocketFile
{
    /// <exception cref="ImportException">The header is neither form's.</exception>
    public static IEnumerable<ImportedFact> Read(Stream content, ImportNotes notes)
    {
        var rows = new DelimitedRows(content).DetectDelimiter();
        var header = new Header(rows);
        return header.Find("SessionId") >= 0 ? Sessions(rows, header, notes) : Events(rows, header, notes);
    }

    static IEnumerable<ImportedFact> Sessions(DelimitedRows rows, Header header, ImportNotes notes)
    {
        var (session, item, at) = (header["SessionId"], header["ItemId"], header["Time"]);
        var texts = new TextPool();
        while (rows.Next())
        {
            notes.Row();
            if (Flaw(rows, header, session, item) is { } flaw)
                notes.Reject(rows.Line, flaw);
            else if (!FieldValue.TryUnixSeconds(rows[at], out var time))
                notes.Reject(rows.Line, "Time is not in Unix seconds");
            else
                yield return Fact(rows, texts, "session-" + texts.Get(rows[session]), EventKind.ProductViewed, item, time);
        }
    }

    static IEnumerable<ImportedFact> Events(DelimitedRows rows, Header header, ImportNotes notes)
    {
        var (at, visitor, what, item) = (header["timestamp"], header["visitorid"], header["event"], header["itemid"]);
        var transaction = header["transactionid"];
        var orders = new OrderRows(ImportFormats.RetailRocket);
        var texts = new TextPool();
        while (rows.Next())
        {
            notes.Row();
            if (Flaw(rows, header, visitor, item) is { } flaw)
                notes.Reject(rows.Line, flaw);
            else if (!FieldValue.TryUnixMilliseconds(rows[at], out var time))
                notes.Reject(rows.Line, "timestamp is not in Unix milliseconds");
            else if (KindOf(rows[what]) is not { } kind)
                notes.Reject(rows.Line, "event is none of view, addtocart, transaction");
            else if (kind == EventKind.OrderCompleted && rows[transaction].IsEmpty)
                notes.Reject(rows.Line, "a transaction without transactionid");
            else if (kind == EventKind.OrderCompleted)
                orders[kind, NameKind.Anonymous, Visitor(), texts.Get(rows[transaction]), time, rows.Line]
                    .Add(Line(rows, texts, item), 0);
            else
                yield return Fact(rows, texts, Visitor(), kind, item, time);
        }
        foreach (var order in orders.Facts())
            yield return order;

        string Visitor() => "visitor-" + texts.Get(rows[visitor]);
    }

    static string? Flaw(DelimitedRows rows, Header header, int visitor, int item) =>
        rows.Damage
        ?? (
            rows.Count != header.Count ? $"{rows.Count} fields where the header has {header.Count}"
            : rows[visitor].IsEmpty || rows[item].IsEmpty ? "visitor or item is empty"
            : null
        );

    static ImportedFact Fact(DelimitedRows rows, TextPool texts, string visitor, EventKind kind, int item, long time) =>
        new()
        {
            NameKind = NameKind.Anonymous,
            Name = visitor,
            Kind = kind,
            Time = time,
            Lines = [Line(rows, texts, item)],
            Key = FactKey.OfRow(ImportFormats.RetailRocket, rows.Row, time),
            SourceLine = rows.Line,
        };

    static ImportedLine Line(DelimitedRows rows, TextPool texts, int item) => new(texts.Get(rows[item]), 1, 0);

    static EventKind? KindOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("view"u8) ? EventKind.ProductViewed
        : name.SequenceEqual("addtocart"u8) ? EventKind.ProductAdded
        : name.SequenceEqual("transaction"u8) ? EventKind.OrderCompleted
        : null;
}
