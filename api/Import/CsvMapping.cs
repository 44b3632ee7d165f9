using System.Globalization;
using Personalization.Events;
using Personalization.Storage.Files;

namespace Personalization.Import;

/// <summary>Which column of a CSV file holds what, and how its values are written.</summary>
public sealed class CsvMapping
{
    /// <summary>What a column can hold.</summary>
    public static IReadOnlyList<string> Targets { get; } =
    [
        "customer",
        "anonymous",
        "event",
        "product",
        "time",
        "quantity",
        "price",
        "amount",
        "total",
        "discount",
        "shipping",
        "tax",
        "order",
        "category",
        "title",
        "brand",
        "email",
        "currency",
    ];

    /// <summary>Short words for kinds of event, understood beside the names of the e-commerce spec.</summary>
    static readonly Dictionary<string, EventKind> ShortNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["view"] = EventKind.ProductViewed,
        ["favourite"] = EventKind.ProductFavourited,
        ["cart"] = EventKind.ProductAdded,
        ["remove"] = EventKind.ProductRemoved,
        ["checkout"] = EventKind.CheckoutStarted,
        ["order"] = EventKind.OrderCompleted,
        ["cancel"] = EventKind.OrderCancelled,
        ["refund"] = EventKind.OrderRefunded,
        ["page"] = EventKind.PageViewed,
        ["signup"] = EventKind.SignedUp,
    };

    readonly Dictionary<string, string> _columns = new(StringComparer.OrdinalIgnoreCase);
    readonly Dictionary<string, EventKind?> _events = new(StringComparer.OrdinalIgnoreCase);

    CsvMapping() { }

    /// <summary>unix, unix-ms, a .NET format, or null: ISO 8601 and Unix times are told apart.</summary>
    public string? TimeFormat { get; private init; }

    /// <summary>Null where it is to be found out from the first line.</summary>
    public char? Delimiter { get; private init; }

    public bool DecimalComma { get; private init; }

    /// <summary>There is no header: columns are numbers from 1.</summary>
    public bool NoHeader { get; private init; }

    /// <summary>The column that holds it, or null.</summary>
    public string? Column(string target) => _columns.GetValueOrDefault(target);

    /// <summary>
    /// What a value of the event column means: a kind; null = such rows are left out; false = nobody knows.
    /// </summary>
    public bool TryKind(string value, out EventKind? kind)
    {
        if (_events.TryGetValue(value, out kind))
            return true;
        kind = KindOf(value);
        return kind is not null;
    }

    /// <summary>Reads the command line's texts.</summary>
    /// <exception cref="ImportException">Something is not understood, or a column that is needed is not mapped.</exception>
    public static CsvMapping Parse(
        string? map,
        string? eventNames,
        string? timeFormat,
        string? delimiter,
        bool decimalComma,
        bool noHeader
    )
    {
        var mapping = new CsvMapping
        {
            TimeFormat = Format(timeFormat),
            Delimiter = DelimiterOf(delimiter),
            DecimalComma = decimalComma,
            NoHeader = noHeader,
        };
        foreach (var (target, column) in Pairs("--map", map))
            mapping.Map(target, column);
        foreach (var (value, name) in Pairs("--event-names", eventNames))
            mapping._events[value] =
                name == "-"
                    ? null
                    : KindOf(name)
                        ?? throw new ImportException(
                            $"--event-names {value}={name}: '{name}' is no kind of event; use a name of the e-commerce spec (such as "
                                + $"\"Order Completed\") or one of {string.Join(", ", ShortNames.Keys)}, or - to leave such rows out."
                        );
        mapping.Check();
        return mapping;
    }

    void Map(string target, string column)
    {
        if (!Targets.Contains(target, StringComparer.OrdinalIgnoreCase))
            throw new ImportException($"--map {target}={column}: '{target}' is none of {string.Join(", ", Targets)}.");
        if (!_columns.TryAdd(target, column))
            throw new ImportException($"--map names {target} twice.");
        if (NoHeader && !(int.TryParse(column, CultureInfo.InvariantCulture, out var number) && number > 0))
            throw new ImportException($"--map {target}={column}: without a header columns are numbers from 1.");
    }

    void Check()
    {
        if (Column("customer") is null && Column("anonymous") is null)
            throw new ImportException("--map must say which column holds the customer: customer=Col (or anonymous=Col).");
        if (Column("time") is null)
            throw new ImportException("--map must say which column holds the time: time=Col.");
        if (Column("event") is null && Column("order") is null && Column("amount") is null && Column("total") is null)
            throw new ImportException(
                "--map must say what the rows are: event=Col, or order=Col, amount=Col or total=Col for orders."
            );
    }

    static EventKind? KindOf(string name) =>
        ShortNames.TryGetValue(name, out var kind) ? kind
        : EventNames.KindOf(name) is var known and not EventKind.Other ? known
        : null;

    static IEnumerable<(string Left, string Right)> Pairs(string option, string? text)
    {
        foreach (var pair in (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=');
            if (equals < 1 || equals == pair.Length - 1)
                throw new ImportException($"{option}: '{pair}' is not of the form name=value.");
            yield return (pair[..equals].Trim(), pair[(equals + 1)..].Trim());
        }
    }

    static string? Format(string? format)
    {
        if (format is null or "unix" or "unix-ms")
            return format;
        try
        {
            DateTimeOffset.UnixEpoch.ToString(format, CultureInfo.InvariantCulture);
            return format;
        }
        catch (FormatException)
        {
            throw new ImportException($"--time-format '{format}' is neither unix, unix-ms nor a .NET date format.");
        }
    }

    static char? DelimiterOf(string? text) =>
        text switch
        {
            null => null,
            "tab" or "\\t" => '\t',
            [var one] when one is < (char)128 and not ('"' or '\r' or '\n') => one,
            _ => throw new ImportException($"--delimiter '{text}' is not one ASCII character or 'tab'."),
        };
}
