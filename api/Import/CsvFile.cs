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

    readonly CsvMapping _mapping;
    readonly DelimitedRows _rows;
    readonly ImportNotes _notes;
    readonly TextPool _texts = new();
    readonly OrderRows _orders = new(ImportFormats.Csv);
    readonly Dictionary<string, string> _emails = [];
    readonly int _fieldCount;
    readonly int _customer,
        _anonymous,
        _what,
        _product,
        _at,
        _quantity,
        _price,
        _amount,
        _order,
        _category,
        _title,
        _brand,
        _email,
        _currency;

    /// <exception cref="ImportException">A mapped column is missing; the message names it and those there are.</exception>
    public static IEnumerable<ImportedFact> Read(Stream content, ImportNotes notes, CsvMapping mapping) =>
        new CsvFile(content, notes, mapping).Facts();

    CsvFile(Stream content, ImportNotes notes, CsvMapping mapping)
    {
        (_mapping, _notes) = (mapping, notes);
        _rows = new DelimitedRows(content, (byte)mapping.Delimiter);
        var header = mapping.NoHeader ? null : new Header(_rows);
        _fieldCount = header?.Count ?? 0;
        _customer = Place("customer");
        _anonymous = Place("anonymous");
        _what = Place("event");
        _product = Place("product");
        _at = Place("time");
        _quantity = Place("quantity");
        _price = Place("price");
        _amount = Place("amount");
        _order = Place("order");
        _category = Place("category");
        _title = Place("title");
        _brand = Place("brand");
        _email = Place("email");
        _currency = Place("currency");

        int Place(string target)
        {
            if (mapping.Column(target) is not { } column)
                return -1;
            var place = header?[column] ?? int.Parse(column, CultureInfo.InvariantCulture) - 1;
            if (header is null)
                _neededFields = Math.Max(_neededFields, place + 1);
            return place;
        }
    }

    /// <summary>Without a header: how many fields a row needs for the mapping.</summary>
    int _neededFields;

    IEnumerable<ImportedFact> Facts()
    {
        while (_rows.Next())
        {
            _notes.Row();
            if (Fact(out var fact, out var address) is { } wrong)
                _notes.Reject(_rows.Line, wrong);
            if (address is not null)
                yield return address;
            if (fact is not null)
                yield return fact;
        }
        foreach (var gathered in _orders.Facts())
            yield return gathered;
    }

    /// <summary>Makes a row's fact (none where it went into an order), or says what is wrong with it.</summary>
    string? Fact(out ImportedFact? fact, out ImportedFact? address)
    {
        fact = address = null;
        if (Shape() is { } flaw)
            return flaw;
        var name = Text(_customer) ?? Text(_anonymous);
        if (name is null)
        {
            _notes.LeaveOut(NoCustomer);
            return null;
        }
        if (!TryTime(Field(_at), out var time))
            return Wrong("time", _mapping.TimeFormat is { } form ? $"is not a time of the form {form}" : "is not a time");
        if (Kind(out var kind) is { } unknown)
            return unknown;
        if (kind is null)
            return null;
        if (Line(out var line, out var worth) is { } wrong)
            return wrong;
        if (line.Product.Length == 0 && IsAboutAProduct(kind.Value))
            return "the product is missing";
        var money = default(Currency);
        if (!Field(_currency).IsEmpty && !Currency.TryParse(Text(_currency), out money))
            return Wrong("currency", "is not a currency's code (ISO 4217)");

        var nameKind = Text(_customer) is null ? NameKind.Anonymous : NameKind.User;
        address = Address(nameKind, name, time);
        if (IsOrder(kind.Value) && Text(_order) is { } number)
        {
            var gathered = _orders[kind.Value, nameKind, name, number, time, _rows.Line];
            gathered.Currency = money;
            gathered.Add(line, worth);
            return null;
        }

        var key = FactKey.OfRow(ImportFormats.Csv, _rows.Row, time);
        fact = new ImportedFact
        {
            NameKind = nameKind,
            Name = name,
            AnonymousName = nameKind == NameKind.User ? Text(_anonymous) : null,
            Kind = kind.Value,
            Time = time,
            Lines = line.Product.Length > 0 ? [line] : [],
            Reference = Text(_order) ?? (IsOrder(kind.Value) ? FactKey.MadeUpReference(key) : null),
            Amount = worth,
            Currency = money,
            Key = key,
            SourceLine = _rows.Line,
        };
        return null;
    }

    string? Shape() =>
        _rows.Damage
        ?? (
            _fieldCount > 0 && _rows.Count != _fieldCount ? $"{_rows.Count} fields where the header has {_fieldCount}"
            : _rows.Count < _neededFields ? $"{_rows.Count} fields where {_neededFields} are needed"
            : null
        );

    string? Kind(out EventKind? kind)
    {
        kind = EventKind.OrderCompleted;
        if (_what < 0)
            return null;
        var value = Text(_what);
        if (value is null)
            return Wrong("event", "is empty");
        if (!_mapping.TryKind(value, out kind))
            return Wrong("event", $"says '{Shortened(value)}', which is no known event; say what it means with --event-names");
        if (kind is null)
            _notes.LeaveOut($"event '{Shortened(value)}'");
        return null;
    }

    /// <summary>The product of a row and what the row is worth; an empty product where none is mapped or given.</summary>
    string? Line(out ImportedLine line, out long worth)
    {
        line = default;
        worth = 0;
        var pieces = 1;
        long unit = 0;
        if (!Field(_quantity).IsEmpty && !FieldValue.TryQuantity(Field(_quantity), out pieces, _mapping.DecimalComma))
            return Wrong("quantity", "is not a whole number up to 100,000");
        if (!Field(_price).IsEmpty && !FieldValue.TryMoney(Field(_price), out unit, _mapping.DecimalComma))
            return Wrong("price", "is not an amount");
        if (pieces <= 0)
            return Wrong("quantity", "is not positive");
        if (unit < 0)
            return Wrong("price", "is negative");
        if (unit > Bounds.MaxAmount)
            return Wrong("price", "is above 1,000,000,000");
        if (!FieldValue.TryWorth(pieces, unit, out worth))
            return Wrong("price", "times the quantity is beyond all reason");
        if (!Field(_amount).IsEmpty)
        {
            if (!FieldValue.TryMoney(Field(_amount), out worth, _mapping.DecimalComma))
                return Wrong("amount", "is not an amount");
            if (worth < 0)
                return Wrong("amount", "is negative");
            if (worth > Bounds.MaxAmount)
                return Wrong("amount", "is above 1,000,000,000");
            if (_price < 0)
                unit = worth / pieces;
        }
        line = new ImportedLine(Text(_product) ?? "", pieces, unit, Text(_title), Text(_category), Text(_brand));
        return null;
    }

    ImportedFact? Address(NameKind nameKind, string name, long time)
    {
        if (Text(_email) is not { } given || (_emails.TryGetValue(name, out var known) && known == given))
            return null;
        _emails[name] = given;
        return new ImportedFact
        {
            NameKind = nameKind,
            Name = name,
            Kind = EventKind.Identified,
            Time = time,
            Personal = new PersonalPart { Traits = EmailTrait(given) },
            Key = FactKey.Of(ImportFormats.Csv, "email", name, given, time.ToString(CultureInfo.InvariantCulture)),
            SourceLine = _rows.Line,
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
        _mapping.TimeFormat switch
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
    ReadOnlySpan<byte> Field(int column) => column < 0 ? [] : FieldValue.Trim(_rows[column]);

    /// <summary>A field as text, or null where it is empty or not mapped.</summary>
    string? Text(int column) => Field(column) is { IsEmpty: false } field ? _texts.Get(field) : null;

    /// <summary>Names the column, never the value: it could be a person's.</summary>
    string Wrong(string target, string what) => $"column '{_mapping.Column(target)}' ({target}) {what}";

    static string Shortened(string value) => value.Length <= 40 ? value : value[..40] + "…";
}
