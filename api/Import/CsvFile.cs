using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Storage.Files;

namespace Personalization.Import;

/// <summary>
/// Any delimited file whose columns were named. Rows of orders with the same customer and order number make one order
/// with their lines; its amount is the sum of its rows' amounts, or of quantity times price where no amount is mapped.
/// An e-mail address becomes the customer's trait when it is first met and when it changes.
/// </summary>
public sealed class CsvFile
{
    public const string NoCustomer = "row without a customer";

    readonly CsvMapping mapping;
    readonly DelimitedRows rows;
    readonly ImportNotes notes;
    readonly TextPool texts = new();
    readonly OrderRows orders = new(ImportFormats.Csv);
    readonly Dictionary<string, string> emails = [];
    readonly int fieldCount;
    readonly int customer,
        anonymous,
        what,
        product,
        at,
        quantity,
        price,
        amount,
        order,
        category,
        title,
        brand,
        email,
        currency;

    /// <exception cref="ImportException">A mapped column is missing; the message names it and those there are.</exception>
    public static IEnumerable<ImportedFact> Read(Stream content, ImportNotes notes, CsvMapping mapping) =>
        new CsvFile(content, notes, mapping).Facts();

    CsvFile(Stream content, ImportNotes notes, CsvMapping mapping)
    {
        (this.mapping, this.notes) = (mapping, notes);
        rows = new DelimitedRows(content, (byte)mapping.Delimiter);
        var header = mapping.NoHeader ? null : new Header(rows);
        fieldCount = header?.Count ?? 0;
        customer = Place("customer");
        anonymous = Place("anonymous");
        what = Place("event");
        product = Place("product");
        at = Place("time");
        quantity = Place("quantity");
        price = Place("price");
        amount = Place("amount");
        order = Place("order");
        category = Place("category");
        title = Place("title");
        brand = Place("brand");
        email = Place("email");
        currency = Place("currency");

        int Place(string target)
        {
            if (mapping.Column(target) is not { } column)
                return -1;
            var place = header?[column] ?? int.Parse(column, CultureInfo.InvariantCulture) - 1;
            if (header is null)
                neededFields = Math.Max(neededFields, place + 1);
            return place;
        }
    }

    /// <summary>Without a header: how many fields a row needs for the mapping.</summary>
    int neededFields;

    IEnumerable<ImportedFact> Facts()
    {
        while (rows.Next())
        {
            notes.Row();
            if (Fact(out var fact, out var address) is { } wrong)
                notes.Reject(rows.Line, wrong);
            if (address is not null)
                yield return address;
            if (fact is not null)
                yield return fact;
        }
        foreach (var gathered in orders.Facts())
            yield return gathered;
    }

    /// <summary>Makes a row's fact (none where it went into an order), or says what is wrong with it.</summary>
    string? Fact(out ImportedFact? fact, out ImportedFact? address)
    {
        fact = address = null;
        if (Shape() is { } flaw)
            return flaw;
        var name = Text(customer) ?? Text(anonymous);
        if (name is null)
        {
            notes.LeaveOut(NoCustomer);
            return null;
        }
        if (!TryTime(Field(at), out var time))
            return Wrong("time", mapping.TimeFormat is { } form ? $"is not a time of the form {form}" : "is not a time");
        if (Kind(out var kind) is { } unknown)
            return unknown;
        if (kind is null)
            return null;
        if (Line(out var line, out var worth) is { } wrong)
            return wrong;
        if (line.Product.Length == 0 && IsAboutAProduct(kind.Value))
            return "the product is missing";
        var money = default(Currency);
        if (!Field(currency).IsEmpty && !Currency.TryParse(Text(currency), out money))
            return Wrong("currency", "is not a currency's code (ISO 4217)");

        var nameKind = Text(customer) is null ? NameKind.Anonymous : NameKind.User;
        address = Address(nameKind, name, time);
        if (IsOrder(kind.Value) && Text(order) is { } number)
        {
            var gathered = orders[kind.Value, nameKind, name, number, time, rows.Line];
            gathered.Currency = money;
            gathered.Add(line, worth);
            return null;
        }

        var key = FactKey.OfRow(ImportFormats.Csv, rows.Row, time);
        fact = new ImportedFact
        {
            NameKind = nameKind,
            Name = name,
            AnonymousName = nameKind == NameKind.User ? Text(anonymous) : null,
            Kind = kind.Value,
            Time = time,
            Lines = line.Product.Length > 0 ? [line] : [],
            Reference = Text(order) ?? (IsOrder(kind.Value) ? FactKey.MadeUpReference(key) : null),
            Amount = worth,
            Currency = money,
            Key = key,
            SourceLine = rows.Line,
        };
        return null;
    }

    string? Shape() =>
        rows.Damage
        ?? (
            fieldCount > 0 && rows.Count != fieldCount ? $"{rows.Count} fields where the header has {fieldCount}"
            : rows.Count < neededFields ? $"{rows.Count} fields where {neededFields} are needed"
            : null
        );

    string? Kind(out EventKind? kind)
    {
        kind = EventKind.OrderCompleted;
        if (what < 0)
            return null;
        var value = Text(what);
        if (value is null)
            return Wrong("event", "is empty");
        if (!mapping.TryKind(value, out kind))
            return Wrong("event", $"says '{Shortened(value)}', which is no known event; say what it means with --event-names");
        if (kind is null)
            notes.LeaveOut($"event '{Shortened(value)}'");
        return null;
    }

    /// <summary>The product of a row and what the row is worth; an empty product where none is mapped or given.</summary>
    string? Line(out ImportedLine line, out long worth)
    {
        line = default;
        worth = 0;
        var pieces = 1;
        long unit = 0;
        if (!Field(quantity).IsEmpty && !FieldValue.TryQuantity(Field(quantity), out pieces, mapping.DecimalComma))
            return Wrong("quantity", "is not a whole number");
        if (!Field(price).IsEmpty && !FieldValue.TryMoney(Field(price), out unit, mapping.DecimalComma))
            return Wrong("price", "is not an amount");
        if (pieces <= 0)
            return Wrong("quantity", "is not positive");
        if (unit < 0)
            return Wrong("price", "is negative");
        if (!FieldValue.TryWorth(pieces, unit, out worth))
            return Wrong("price", "times the quantity is beyond all reason");
        if (!Field(amount).IsEmpty)
        {
            if (!FieldValue.TryMoney(Field(amount), out worth, mapping.DecimalComma))
                return Wrong("amount", "is not an amount");
            if (worth < 0)
                return Wrong("amount", "is negative");
            if (price < 0)
                unit = worth / pieces;
        }
        line = new ImportedLine(Text(product) ?? "", pieces, unit, Text(title), Text(category), Text(brand));
        return null;
    }

    ImportedFact? Address(NameKind nameKind, string name, long time)
    {
        if (Text(email) is not { } given || (emails.TryGetValue(name, out var known) && known == given))
            return null;
        emails[name] = given;
        return new ImportedFact
        {
            NameKind = nameKind,
            Name = name,
            Kind = EventKind.Identified,
            Time = time,
            Personal = new PersonalPart { Traits = EmailTrait(given) },
            Key = FactKey.Of(ImportFormats.Csv, "email", name, given, time.ToString(CultureInfo.InvariantCulture)),
            SourceLine = rows.Line,
        };
    }

    static string EmailTrait(string address)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("email", address);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    bool TryTime(ReadOnlySpan<byte> field, out long time) =>
        mapping.TimeFormat switch
        {
            null => FieldValue.TryAnyTime(field, out time),
            "unix" => FieldValue.TryUnixSeconds(field, out time),
            "unix-ms" => FieldValue.TryUnixMilliseconds(field, out time),
            var format => FieldValue.TryTime(field, format, out time),
        };

    static bool IsOrder(EventKind kind) =>
        kind is EventKind.OrderCompleted or EventKind.OrderCancelled or EventKind.OrderRefunded;

    static bool IsAboutAProduct(EventKind kind) =>
        kind
            is EventKind.ProductViewed
                or EventKind.ProductClicked
                or EventKind.ProductAdded
                or EventKind.ProductRemoved
                or EventKind.ProductFavourited
                or EventKind.ProductUnfavourited
                or EventKind.FavouriteAddedToCart
                or EventKind.ProductReviewed;

    /// <summary>A field without the spaces around it; empty where the column is not mapped.</summary>
    ReadOnlySpan<byte> Field(int column) => column < 0 ? [] : FieldValue.Trim(rows[column]);

    /// <summary>A field as text, or null where it is empty or not mapped.</summary>
    string? Text(int column) => Field(column) is { IsEmpty: false } field ? texts.Get(field) : null;

    /// <summary>Names the column, never the value: it could be a person's.</summary>
    string Wrong(string target, string what) => $"column '{mapping.Column(target)}' ({target}) {what}";

    static string Shortened(string value) => value.Length <= 40 ? value : value[..40] + "…";
}
