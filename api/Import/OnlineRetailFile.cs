using Personalization.Events;
using Personalization.Identity;
using Personalization.Storage.Files;

namespace Personalization.Import;

/// <summary>
/// UCI Online Retail (D. Chen, 2015, doi:10.24432/C5BW33): invoice lines of a British gift shop. An invoice of a customer
/// is one order, one whose number begins with C a cancellation; both at the time of their first line, taken as UTC
/// (43 invoices go on into the next minute). Online Retail II and the copies on Kaggle spell its columns and dates otherwise. Amounts are exact sums of quantity times price, in the base currency.
/// </summary>
public static class OnlineRetailFile
{
    public const string NoCustomer = "line without a customer";
    public const string NotSold = "line without a positive quantity and price";
    public const string NotReturned = "cancellation line without a negative quantity and a positive price";

    /// <summary>The column of the times.</summary>
    public const string Time = "InvoiceDate";

    /// <exception cref="ImportException">A column is missing.</exception>
    public static IEnumerable<ImportedFact> Read(Stream content, ImportNotes notes)
    {
        var rows = new DelimitedRows(content).DetectDelimiter();
        var header = new Header(rows);
        var columns = new Columns(
            header.Any("InvoiceNo", "Invoice"),
            header["StockCode"],
            header["Description"],
            header["Quantity"],
            header[Time],
            header.Any("UnitPrice", "Price"),
            header.Any("CustomerID", "Customer ID"),
            header.Count
        );
        var orders = new OrderRows(ImportFormats.OnlineRetail);
        var texts = new TextPool();
        var times = new FileTimes(notes.Dates, notes.Zone);
        while (rows.Next())
        {
            notes.Row();
            if (Gather(rows, columns, texts, times, orders, notes) is { } wrong)
                notes.Reject(rows.Line, wrong);
        }
        return orders.Facts();
    }

    readonly record struct Columns(
        int Invoice,
        int Product,
        int Title,
        int Quantity,
        int Time,
        int Price,
        int Customer,
        int Count
    );

    /// <summary>Adds a line to its order, or says what is wrong with it.</summary>
    static string? Gather(
        DelimitedRows rows,
        Columns columns,
        TextPool texts,
        FileTimes times,
        OrderRows orders,
        ImportNotes notes
    )
    {
        if (rows.Damage is { } damage)
            return damage;
        if (rows.Count != columns.Count)
            return $"{rows.Count} fields where the header has {columns.Count}";
        if (!FieldValue.TryQuantity(rows[columns.Quantity], out var quantity))
            return "Quantity is not a number up to 100,000";
        if (!FieldValue.TryMoney(rows[columns.Price], out var price))
            return "UnitPrice is not an amount";
        if (!times.TryRead(FieldValue.Trim(rows[columns.Time]), out var time))
            return "InvoiceDate is not a time";
        var invoice = rows[columns.Invoice];
        if (invoice.IsEmpty || rows[columns.Product].IsEmpty)
            return "InvoiceNo or StockCode is empty";

        var cancels = invoice[0] == 'C';
        var sign = cancels ? -1 : 1;
        if (!FieldValue.TryWorth(sign * quantity, price, out var worth))
            return "Quantity times UnitPrice is beyond all reason";
        var customer = Customer(rows[columns.Customer]);
        if (customer.IsEmpty)
            notes.LeaveOut(NoCustomer);
        else if (sign * quantity <= 0 || price <= 0)
            notes.LeaveOut(cancels ? NotReturned : NotSold);
        else
            orders[
                cancels ? EventKind.OrderCancelled : EventKind.OrderCompleted,
                NameKind.User,
                texts.Get(customer),
                texts.Get(invoice),
                time,
                rows.Line
            ]
                .Add(
                    new ImportedLine(
                        texts.Get(rows[columns.Product]),
                        (int)Math.Max(1, sign * quantity / 10_000),
                        price,
                        Title: texts.Get(FieldValue.Trim(rows[columns.Title])) is { Length: > 0 } title ? title : null
                    ),
                    worth
                );
        return null;
    }

    /// <summary>The file went through a tool that made customer 17850 into 17850.0.</summary>
    static ReadOnlySpan<byte> Customer(ReadOnlySpan<byte> field) => field.EndsWith(".0"u8) ? field[..^2] : field;
}
