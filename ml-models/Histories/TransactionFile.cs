using System.Globalization;
using Personalization.Churn;
using Personalization.Storage.Files;

namespace Personalization.Models.Histories;

/// <summary>
/// Purchases from files, plain or gzipped (name ends in .gz). Formats:
/// "cdnow": customer, yyyymmdd, pieces, amount, separated by blanks, with or without a header;
/// "online-retail": UCI's invoice lines, invoices that start with C are cancellations, lines without a customer are left out;
/// "csv": header customer,time,amount and, if known, units,lines,type (purchase or return), under these names or others that a
/// map gives; times and amounts as <see cref="WrittenNumbers"/> reads them; an amount below 0 is a return; lines without a customer
/// are left out.
/// </summary>
public static class TransactionFile
{
    public static IReadOnlyList<string> Formats { get; } = ["cdnow", "online-retail", "csv"];

    /// <summary>What a csv file tells of a purchase; the first three it must tell.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["customer", "time", "amount", "units", "lines", "type"];

    /// <param name="path">Plain or .gz.</param>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="map">For csv: the file's own name of a column of <see cref="Columns"/>; what is not in it keeps its name.</param>
    /// <exception cref="InvalidDataException">A line cannot be read; the message names its number, not its content.</exception>
    public static List<TrainingCustomer> Read(string path, string format, IReadOnlyDictionary<string, string>? map = null)
    {
        bool dayFirst =
            format != "cdnow"
            && DayFirst(path, format == "csv" ? map?.GetValueOrDefault("time", "time") ?? "time" : "InvoiceDate");
        using var stream = DataFile.Open(path);
        var builder = new HistoryBuilder();
        switch (format)
        {
            case "cdnow":
                ReadCdnow(stream, builder);
                break;
            case "online-retail":
                ReadOnlineRetail(stream, builder, dayFirst);
                break;
            case "csv":
                ReadCsv(stream, builder, map ?? new Dictionary<string, string>(), dayFirst);
                break;
            default:
                throw new ArgumentException($"Format \"{format}\" is none of {string.Join(", ", Formats)}.", nameof(format));
        }
        return [.. builder.Build()];
    }

    // 3/4/2025 is a day in March or in April: the file's other dates say which.
    static bool DayFirst(string path, string column)
    {
        using var stream = DataFile.Open(path);
        var csv = new DelimitedRows(stream).DetectDelimiter();
        var header = new Header(csv);
        int at = header.Find(column);
        while (at >= 0 && Next(csv, header))
            if (WrittenNumbers.DayFirst(csv.Text(at)) is { } dayFirst)
                return dayFirst;
            else if (char.IsAsciiDigit(csv.Text(at).FirstOrDefault()) && csv.Text(at).IndexOfAny(['/', '.', '-']) is < 1 or > 2)
                return false;
        return false;
    }

    static void ReadCdnow(Stream stream, HistoryBuilder builder)
    {
        using var reader = new StreamReader(stream);
        Span<Range> fields = stackalloc Range[6];
        for (int number = 1; reader.ReadLine() is { } text; number++)
        {
            var line = text.AsSpan().Trim();
            int count = line.SplitAny(fields, " \t", StringSplitOptions.RemoveEmptyEntries);
            if (count == 0 || (number == 1 && !char.IsAsciiDigit(line[0])))
                continue;
            // The sample file has an id of its own between the customer and the date.
            int date = count - 3;
            if (
                date is < 1 or > 2
                || !long.TryParse(line[fields[0]], NumberStyles.None, CultureInfo.InvariantCulture, out long customer)
                || !DateTime.TryParseExact(
                    line[fields[date]],
                    "yyyyMMdd",
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                    out var day
                )
                || !int.TryParse(line[fields[date + 1]], NumberStyles.None, CultureInfo.InvariantCulture, out int pieces)
                || !decimal.TryParse(line[fields[date + 2]], NumberStyles.Number, CultureInfo.InvariantCulture, out var amount)
            )
                throw Unreadable(number);
            builder.Add(customer, new Purchase(Seconds(day), E4(amount), pieces, 1));
        }
    }

    static void ReadOnlineRetail(Stream stream, HistoryBuilder builder, bool dayFirst)
    {
        var csv = new DelimitedRows(stream).DetectDelimiter();
        var header = new Header(csv);
        // The second edition of the data writes some names otherwise.
        var (invoiceAt, customerAt) = (Column(header, "InvoiceNo", "Invoice"), Column(header, "CustomerID", "Customer ID"));
        var (quantityAt, timeAt, priceAt) = (
            Column(header, "Quantity"),
            Column(header, "InvoiceDate"),
            Column(header, "UnitPrice", "Price")
        );
        // An invoice is one purchase, its lines summed; some carry two times, then the first counts.
        var invoices = new Dictionary<(long Customer, string Number), Invoice>();
        while (Next(csv, header))
        {
            string customer = csv.Text(customerAt),
                number = csv.Text(invoiceAt);
            if (customer.Length == 0)
                continue;
            if (
                !double.TryParse(customer, NumberStyles.Float, CultureInfo.InvariantCulture, out double id)
                || !int.TryParse(csv.Text(quantityAt), NumberStyles.Integer, CultureInfo.InvariantCulture, out int quantity)
                || !decimal.TryParse(csv.Text(priceAt), NumberStyles.Float, CultureInfo.InvariantCulture, out var price)
                || !WrittenNumbers.TryTime(csv.Text(timeAt), dayFirst, out int time)
                || number.Length == 0
            )
                throw Unreadable(csv.Line);
            bool cancelled = number[0] is 'C' or 'c';
            if (!cancelled && (quantity <= 0 || price <= 0))
                continue;
            invoices.TryGetValue(((long)id, number), out var invoice);
            invoices[((long)id, number)] = new(
                invoice.Lines == 0 ? time : Math.Min(invoice.Time, time),
                invoice.Amount + E4(quantity * price),
                invoice.Units + quantity,
                invoice.Lines + 1
            );
        }
        foreach (var ((customer, number), invoice) in invoices)
            if (number[0] is 'C' or 'c')
                builder.Add(customer, new Return(invoice.Time, -invoice.Amount));
            else
                builder.Add(customer, new Purchase(invoice.Time, invoice.Amount, invoice.Units, invoice.Lines));
    }

    readonly record struct Invoice(int Time, long Amount, int Units, int Lines);

    static void ReadCsv(Stream stream, HistoryBuilder builder, IReadOnlyDictionary<string, string> map, bool dayFirst)
    {
        var csv = new DelimitedRows(stream).DetectDelimiter();
        var header = new Header(csv);
        string Name(string column) => map.GetValueOrDefault(column, column);
        // A column that the map names is wanted; one that is not named may be missing.
        int Optional(string column) => map.ContainsKey(column) ? Column(header, Name(column)) : header.Find(column);
        var (customerAt, timeAt, amountAt) = (
            Column(header, Name("customer")),
            Column(header, Name("time")),
            Column(header, Name("amount"))
        );
        var (unitsAt, linesAt, typeAt) = (Optional("units"), Optional("lines"), Optional("type"));
        var numbers = new Dictionary<string, long>();
        while (Next(csv, header))
        {
            string customer = csv.Text(customerAt).Trim();
            if (customer.Length == 0)
                continue;
            if (!WrittenNumbers.TryTime(csv.Text(timeAt), dayFirst, out int time))
                throw Unreadable(
                    csv.Line,
                    "time",
                    "no time from 1970 to 2038 such as 2026-03-01, 2026-03-01T12:00:00Z or unix seconds"
                );
            if (!WrittenNumbers.TryAmount(csv.Text(amountAt), out var amount) || Math.Abs(amount) > MaxAmount)
                throw Unreadable(csv.Line, "amount", "no amount such as 12.50");
            if (!numbers.TryGetValue(customer, out long number))
                numbers.Add(customer, number = numbers.Count + 1);
            if (amount < 0 || (typeAt >= 0 && IsReturn(csv.Text(typeAt))))
                builder.Add(number, new Return(time, Math.Abs(E4(amount))));
            else
                builder.Add(number, new Purchase(time, E4(amount), Whole(csv, unitsAt), Whole(csv, linesAt)));
        }
    }

    static bool IsReturn(string type) => type.Trim().ToLowerInvariant() is "return" or "refund" or "returned" or "refunded";

    // Sums of such amounts still count in ten-thousandths.
    const decimal MaxAmount = 10_000_000_000m;

    // Values may name people: they stay out of messages.
    static bool Next(DelimitedRows csv, Header header) =>
        csv.Next() && (csv.Damage is null && csv.Count >= header.Count ? true : throw Unreadable(csv.Line));

    static int Column(Header header, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (header.Find(name) is >= 0 and var at)
                return at;
        throw new InvalidDataException($"The file's header has no column \"{names[0]}\".");
    }

    static int Whole(DelimitedRows csv, int at)
    {
        if (at < 0)
            return 1;
        // Pieces may be told as 3.0 or, of goods by weight, as 0.4.
        return
            decimal.TryParse(csv.Text(at), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && Math.Abs(value) < int.MaxValue
            ? (int)Math.Ceiling(value)
            : throw Unreadable(csv.Line);
    }

    static InvalidDataException Unreadable(long line) => new($"Line {line} of the file cannot be read.");

    static InvalidDataException Unreadable(long line, string column, string why) =>
        new($"Line {line} of the file cannot be read: its {column} is {why}.");

    static int Seconds(DateTime time) => checked((int)new DateTimeOffset(time, TimeSpan.Zero).ToUnixTimeSeconds());

    static long E4(decimal amount) => (long)Math.Round(amount * 10_000m);
}
