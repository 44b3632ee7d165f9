using System.Globalization;
using System.IO.Compression;
using CsvHelper;
using Personalization.Churn;

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
        using var stream = Open(path);
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

    private static Stream Open(string path)
    {
        Stream stream = File.OpenRead(path);
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(stream, CompressionMode.Decompress)
            : stream;
    }

    // 3/4/2025 is a day in March or in April: the file's other dates say which.
    private static bool DayFirst(string path, string column)
    {
        using var stream = Open(path);
        using var csv = CsvReader.Create(stream, Options);
        int at = ColumnIfAny(csv, column);
        while (at >= 0 && csv.Read())
            if (WrittenNumbers.DayFirst(csv.GetString(at)) is { } dayFirst)
                return dayFirst;
            else if (
                char.IsAsciiDigit(csv.GetString(at).FirstOrDefault())
                && csv.GetString(at).IndexOfAny(['/', '.', '-']) is < 1 or > 2
            )
                return false;
        return false;
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

    private static void ReadOnlineRetail(Stream stream, HistoryBuilder builder, bool dayFirst)
    {
        using var csv = CsvReader.Create(stream, Options);
        // The second edition of the data writes some names otherwise.
        var (invoiceAt, customerAt) = (Column(csv, "InvoiceNo", "Invoice"), Column(csv, "CustomerID", "Customer ID"));
        var (quantityAt, timeAt, priceAt) = (
            Column(csv, "Quantity"),
            Column(csv, "InvoiceDate"),
            Column(csv, "UnitPrice", "Price")
        );
        // An invoice is one purchase, its lines summed; some carry two times, then the first counts.
        var invoices = new Dictionary<(long Customer, string Number), Invoice>();
        while (csv.Read())
        {
            string customer = csv.GetString(customerAt),
                number = csv.GetString(invoiceAt);
            if (customer.Length == 0)
                continue;
            if (
                !double.TryParse(customer, NumberStyles.Float, CultureInfo.InvariantCulture, out double id)
                || !int.TryParse(csv.GetString(quantityAt), NumberStyles.Integer, CultureInfo.InvariantCulture, out int quantity)
                || !decimal.TryParse(csv.GetString(priceAt), NumberStyles.Float, CultureInfo.InvariantCulture, out var price)
                || !WrittenNumbers.TryTime(csv.GetString(timeAt), dayFirst, out int time)
                || number.Length == 0
            )
                throw Unreadable(csv.LineNumber);
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

    private readonly record struct Invoice(int Time, long Amount, int Units, int Lines);

    private static void ReadCsv(Stream stream, HistoryBuilder builder, IReadOnlyDictionary<string, string> map, bool dayFirst)
    {
        using var csv = CsvReader.Create(stream, Options);
        string Name(string column) => map.GetValueOrDefault(column, column);
        // A column that the map names is wanted; one that is not named may be missing.
        int Optional(string column) => map.ContainsKey(column) ? Column(csv, Name(column)) : ColumnIfAny(csv, column);
        var (customerAt, timeAt, amountAt) = (
            Column(csv, Name("customer")),
            Column(csv, Name("time")),
            Column(csv, Name("amount"))
        );
        var (unitsAt, linesAt, typeAt) = (Optional("units"), Optional("lines"), Optional("type"));
        var numbers = new Dictionary<string, long>();
        while (csv.Read())
        {
            string customer = csv.GetString(customerAt).Trim();
            if (customer.Length == 0)
                continue;
            if (!WrittenNumbers.TryTime(csv.GetString(timeAt), dayFirst, out int time))
                throw Unreadable(
                    csv.LineNumber,
                    "time",
                    "no time from 1970 to 2038 such as 2026-03-01, 2026-03-01T12:00:00Z or unix seconds"
                );
            if (!WrittenNumbers.TryAmount(csv.GetString(amountAt), out var amount) || Math.Abs(amount) > MaxAmount)
                throw Unreadable(csv.LineNumber, "amount", "no amount such as 12.50");
            if (!numbers.TryGetValue(customer, out long number))
                numbers.Add(customer, number = numbers.Count + 1);
            if (amount < 0 || (typeAt >= 0 && IsReturn(csv.GetString(typeAt))))
                builder.Add(number, new Return(time, Math.Abs(E4(amount))));
            else
                builder.Add(number, new Purchase(time, E4(amount), Whole(csv, unitsAt), Whole(csv, linesAt)));
        }
    }

    private static bool IsReturn(string type) =>
        type.Trim().ToLowerInvariant() is "return" or "refund" or "returned" or "refunded";

    // Sums of such amounts still count in ten-thousandths.
    private const decimal MaxAmount = 10_000_000_000m;

    // Values may name people: they stay out of messages.
    private static CsvReaderOptions Options => new() { TrackLineNumbers = true, IncludeValuesInExceptions = false };

    private static int ColumnIfAny(CsvReader csv, string name) => csv.TryGetFieldIndex(name, out int at) ? at : -1;

    private static int Column(CsvReader csv, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (ColumnIfAny(csv, name) is >= 0 and var at)
                return at;
        throw new InvalidDataException($"The file's header has no column \"{names[0]}\".");
    }

    private static int Whole(CsvReader csv, int at)
    {
        if (at < 0)
            return 1;
        // Pieces may be told as 3.0 or, of goods by weight, as 0.4.
        return
            decimal.TryParse(csv.GetString(at), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && Math.Abs(value) < int.MaxValue
            ? (int)Math.Ceiling(value)
            : throw Unreadable(csv.LineNumber);
    }

    private static InvalidDataException Unreadable(long line) => new($"Line {line} of the file cannot be read.");

    private static InvalidDataException Unreadable(long line, string column, string why) =>
        new($"Line {line} of the file cannot be read: its {column} is {why}.");

    private static int Seconds(DateTime time) => checked((int)new DateTimeOffset(time, TimeSpan.Zero).ToUnixTimeSeconds());

    private static long E4(decimal amount) => (long)Math.Round(amount * 10_000m);
}
