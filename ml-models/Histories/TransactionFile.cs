using System.Globalization;
using System.IO.Compression;
using CsvHelper;
using Personalization.Churn;

namespace Personalization.Models;

/// <summary>
/// Purchases from files, plain or gzipped (name ends in .gz). Formats:
/// "cdnow": customer, yyyymmdd, pieces, amount, separated by blanks, with or without a header;
/// "online-retail": UCI's invoice lines, invoices that start with C are cancellations, lines without a customer are left out;
/// "csv": header customer,time,amount and, if known, units,lines,type (purchase or return); time is ISO 8601, UTC if it
/// names no offset.
/// </summary>
public static class TransactionFile
{
    public static IReadOnlyList<string> Formats { get; } = ["cdnow", "online-retail", "csv"];

    /// <exception cref="InvalidDataException">A line cannot be read; the message names its number, not its content.</exception>
    public static List<TrainingCustomer> Read(string path, string format)
    {
        using var stream = Open(path);
        var builder = new HistoryBuilder();
        switch (format)
        {
            case "cdnow":
                ReadCdnow(stream, builder);
                break;
            case "online-retail":
                ReadOnlineRetail(stream, builder);
                break;
            case "csv":
                ReadCsv(stream, builder);
                break;
            default:
                throw new ArgumentException($"Format \"{format}\" is none of {string.Join(", ", Formats)}.", nameof(format));
        }
        return [.. builder.Build()];
    }

    private static Stream Open(string path)
    {
        Stream stream = File.OpenRead(path);
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(stream, CompressionMode.Decompress)
            : stream;
    }

    private static void ReadCdnow(Stream stream, HistoryBuilder builder)
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
            if (date is < 1 or > 2
                || !long.TryParse(line[fields[0]], NumberStyles.None, CultureInfo.InvariantCulture, out long customer)
                || !DateTime.TryParseExact(line[fields[date]], "yyyyMMdd", CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var day)
                || !int.TryParse(line[fields[date + 1]], NumberStyles.None, CultureInfo.InvariantCulture, out int pieces)
                || !decimal.TryParse(line[fields[date + 2]], NumberStyles.Number, CultureInfo.InvariantCulture, out var amount))
                throw Unreadable(number);
            builder.Add(customer, new Purchase(Seconds(day), E4(amount), pieces, 1));
        }
    }

    private static void ReadOnlineRetail(Stream stream, HistoryBuilder builder)
    {
        using var csv = CsvReader.Create(stream, Options);
        var (invoiceAt, customerAt, quantityAt) = (Column(csv, "InvoiceNo"), Column(csv, "CustomerID"), Column(csv, "Quantity"));
        var (timeAt, priceAt) = (Column(csv, "InvoiceDate"), Column(csv, "UnitPrice"));
        // An invoice is one purchase, its lines summed; some carry two times, then the first counts.
        var invoices = new Dictionary<(long Customer, string Number), Invoice>();
        while (csv.Read())
        {
            string customer = csv.GetString(customerAt), number = csv.GetString(invoiceAt);
            if (customer.Length == 0)
                continue;
            if (!double.TryParse(customer, NumberStyles.Float, CultureInfo.InvariantCulture, out double id)
                || !int.TryParse(csv.GetString(quantityAt), NumberStyles.Integer, CultureInfo.InvariantCulture, out int quantity)
                || !decimal.TryParse(csv.GetString(priceAt), NumberStyles.Float, CultureInfo.InvariantCulture, out var price)
                || !DateTime.TryParse(csv.GetString(timeAt), CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
                || number.Length == 0)
                throw Unreadable(csv.LineNumber);
            bool cancelled = number[0] == 'C';
            if (!cancelled && (quantity <= 0 || price <= 0))
                continue;
            invoices.TryGetValue(((long)id, number), out var invoice);
            invoices[((long)id, number)] = new(
                invoice.Lines == 0 ? Seconds(time) : Math.Min(invoice.Time, Seconds(time)),
                invoice.Amount + E4(quantity * price), invoice.Units + quantity, invoice.Lines + 1);
        }
        foreach (var ((customer, number), invoice) in invoices)
            if (number[0] == 'C')
                builder.Add(customer, new Return(invoice.Time, -invoice.Amount));
            else
                builder.Add(customer, new Purchase(invoice.Time, invoice.Amount, invoice.Units, invoice.Lines));
    }

    private readonly record struct Invoice(int Time, long Amount, int Units, int Lines);

    private static void ReadCsv(Stream stream, HistoryBuilder builder)
    {
        using var csv = CsvReader.Create(stream, Options);
        var (customerAt, timeAt, amountAt) = (Column(csv, "customer"), Column(csv, "time"), Column(csv, "amount"));
        var (unitsAt, linesAt) = (ColumnIfAny(csv, "units"), ColumnIfAny(csv, "lines"));
        int typeAt = ColumnIfAny(csv, "type");
        var numbers = new Dictionary<string, long>();
        while (csv.Read())
        {
            string customer = csv.GetString(customerAt);
            if (customer.Length == 0
                || !DateTime.TryParse(csv.GetString(timeAt), CultureInfo.InvariantCulture,
                    DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
                || !decimal.TryParse(csv.GetString(amountAt), NumberStyles.Float, CultureInfo.InvariantCulture, out var amount))
                throw Unreadable(csv.LineNumber);
            if (!numbers.TryGetValue(customer, out long number))
                numbers.Add(customer, number = numbers.Count + 1);
            if (typeAt >= 0 && csv.GetString(typeAt) == "return")
                builder.Add(number, new Return(Seconds(time), Math.Abs(E4(amount))));
            else
                builder.Add(number, new Purchase(Seconds(time), E4(amount), Whole(csv, unitsAt), Whole(csv, linesAt)));
        }
    }

    // Values may name people: they stay out of messages.
    private static CsvReaderOptions Options => new() { TrackLineNumbers = true, IncludeValuesInExceptions = false };

    private static int ColumnIfAny(CsvReader csv, string name) => csv.TryGetFieldIndex(name, out int at) ? at : -1;

    private static int Column(CsvReader csv, string name)
    {
        int at = ColumnIfAny(csv, name);
        return at >= 0 ? at : throw new InvalidDataException($"The file's header has no column \"{name}\".");
    }

    private static int Whole(CsvReader csv, int at)
    {
        if (at < 0)
            return 1;
        return int.TryParse(csv.GetString(at), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw Unreadable(csv.LineNumber);
    }

    private static InvalidDataException Unreadable(long line) => new($"Line {line} of the file cannot be read.");

    private static int Seconds(DateTime time) => checked((int)new DateTimeOffset(time, TimeSpan.Zero).ToUnixTimeSeconds());

    private static long E4(decimal amount) => (long)Math.Round(amount * 10_000m);
}
