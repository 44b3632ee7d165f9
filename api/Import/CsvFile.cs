using System.Globalization;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Storage.Files;
using Personalization.Tracking;

namespace Personalization.Import;

/// <summary>
/// Any delimited file whose columns were named. Rows of orders with the same customer and order number make one order
/// with their lines; its amount is its total where one is mapped, else the sum of its rows' amounts, or of quantity times price,
/// with discount, shipping and tax. Further rows of an order may leave its customer and its time empty.
/// A customer such as null or anonymous is known by the row's e-mail address, where it has one.
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
    readonly Dictionary<(EventKind Kind, string Number), (NameKind Kind, string Name, OrderRows.Order Order)> _begun = [];
    readonly Dictionary<string, string> _emails = [];
    readonly FileTimes _times;
    readonly int _fieldCount;
    readonly int _customer,
        _anonymous,
        _what,
        _product,
        _at,
        _quantity,
        _price,
        _amount,
        _total,
        _discount,
        _shipping,
        _tax,
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
        _times = new FileTimes(notes.Dates, notes.Zone, mapping.TimeFormat);
        _rows = mapping.Delimiter is { } named
            ? new DelimitedRows(content, (byte)named)
            : new DelimitedRows(content).DetectDelimiter();
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
        _total = Place("total");
        _discount = Place("discount");
        _shipping = Place("shipping");
        _tax = Place("tax");
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
        if (Kind(out var kind) is { } unknown)
            return unknown;
        if (kind is null)
            return null;
        var reference = Text(_order);
        var begun =
            reference is not null && IsOrder(kind.Value) && _begun.TryGetValue((kind.Value, reference), out var found)
                ? found
                : default;
        var isNobody = Text(_customer) is { } written && NamesOfNobody.Contains(written);
        var user = isNobody ? Name(_email) : Name(_customer);
        var name = user ?? Name(_anonymous) ?? begun.Name;
        if (name is null && isNobody)
            return Wrong("customer", "is a name of nobody");
        if (name is null)
        {
            _notes.LeaveOut(NoCustomer);
            return null;
        }
        if (begun.Order is not null && name != begun.Name)
            return Wrong("order", "is an order of another customer in an earlier row");
        long time;
        if (begun.Order is not null && Field(_at).IsEmpty)
            time = begun.Order.Time;
        else if (!_times.TryRead(Field(_at), out time))
            return Wrong("time", _mapping.TimeFormat is { } form ? $"is not a time of the form {form}" : "is not a time");
        if (Line(out var line, out var worth, out var given) is { } wrong)
            return wrong;
        if (line.Product.Length == 0 && IsAboutAProduct(kind.Value))
            return "the product is missing";
        var money = default(Currency);
        if (!Field(_currency).IsEmpty && !Currency.TryParse(Text(_currency), out money))
            return Wrong("currency", "is not a currency's code (ISO 4217)");
        if (WholeOrder(out var total, out var discount, out var shipping, out var tax) is { } unreadable)
            return unreadable;

        var nameKind =
            user is not null ? NameKind.User
            : begun.Order is not null ? begun.Kind
            : NameKind.Anonymous;
        address = Address(nameKind, name, time);
        if (IsOrder(kind.Value) && reference is not null)
        {
            if (begun.Order is { Total: { } before } && total is { } other && other != before)
                return Wrong("total", "is another one than in an earlier row of the order");
            var gathered = begun.Order ?? _orders[kind.Value, nameKind, name, reference, time, _rows.Line];
            _begun.TryAdd((kind.Value, reference), (nameKind, name, gathered));
            if (!Field(_currency).IsEmpty)
                gathered.Currency = money;
            gathered.Total ??= total;
            gathered.Discount ??= discount;
            gathered.Shipping ??= shipping;
            gathered.Tax ??= tax;
            gathered.Add(line, worth, given);
            return null;
        }
        var amount = total ?? (given ?? worth) - Math.Abs(discount ?? 0) + (shipping ?? 0) + (tax ?? 0);

        var key = FactKey.OfRow(ImportFormats.Csv, _rows.Row, time);
        fact = new ImportedFact
        {
            NameKind = nameKind,
            Name = name,
            AnonymousName = nameKind == NameKind.User ? Name(_anonymous) : null,
            Kind = kind.Value,
            Time = time,
            Lines = line.Product.Length > 0 ? [line] : [],
            Reference = reference ?? (IsOrder(kind.Value) ? FactKey.MadeUpReference(key) : null),
            Amount = Math.Clamp(amount, 0, Bounds.MaxAmount),
            Currency = money,
            Key = key,
            SourceLine = _rows.Line,
        };
        return null;
    }

    string? Shape() =>
        _rows.Damage
        ?? (
            _fieldCount > 0 && _rows.Count != _fieldCount ? $"{_rows.Count} fields where the header has {_fieldCount}{Slashed()}"
            : _rows.Count < _neededFields ? $"{_rows.Count} fields where {_neededFields} are needed"
            : null
        );

    /// <summary>What programs in PHP often write.</summary>
    string Slashed() => _rows.Row.IndexOf("\\\""u8) >= 0 ? "; a quote in it is written \\\" and should be doubled" : "";

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

    /// <summary>
    /// The product of a row, what the row is worth and what it says it is; an empty product where none is mapped or given. Goods
    /// by weight and length count as pieces, the nearest number of them, and at least one; their money is exact.
    /// </summary>
    string? Line(out ImportedLine line, out long worth, out long? given)
    {
        line = default;
        worth = 0;
        given = null;
        var quantity = 10_000L;
        long unit = 0;
        if (!Field(_quantity).IsEmpty && !FieldValue.TryQuantity(Field(_quantity), out quantity, _mapping.DecimalComma))
            return Wrong("quantity", "is not a number up to 100,000");
        if (!Field(_price).IsEmpty && !FieldValue.TryMoney(Field(_price), out unit, _mapping.DecimalComma))
            return Wrong("price", "is not an amount");
        if (quantity <= 0)
            return Wrong("quantity", "is not positive");
        if (unit < 0)
            return Wrong("price", "is negative");
        if (unit > Bounds.MaxAmount)
            return Wrong("price", "is above 1,000,000,000");
        if (!FieldValue.TryWorth(quantity, unit, out worth))
            return Wrong("price", "times the quantity is beyond all reason");
        if (!Field(_amount).IsEmpty)
        {
            if (Money("amount", _amount, out given) is { } wrong)
                return wrong;
            if (_price < 0)
                unit = (long)((Int128)given!.Value * 10_000 / quantity);
        }
        var pieces = (int)Math.Max(1, Math.Round(quantity / 10_000m));
        line = new ImportedLine(
            Text(_product) ?? "",
            pieces,
            Math.Min(unit, Bounds.MaxAmount),
            Text(_title),
            Text(_category),
            Text(_brand)
        );
        return null;
    }

    string? WholeOrder(out long? total, out long? discount, out long? shipping, out long? tax)
    {
        (discount, shipping, tax) = (null, null, null);
        return Money("total", _total, out total)
            ?? Money("discount", _discount, out discount, signed: true)
            ?? Money("shipping", _shipping, out shipping)
            ?? Money("tax", _tax, out tax);
    }

    /// <summary>A column's amount; null where it is empty or not mapped.</summary>
    string? Money(string target, int column, out long? amount, bool signed = false)
    {
        amount = null;
        if (Field(column).IsEmpty)
            return null;
        if (!FieldValue.TryMoney(Field(column), out var read, _mapping.DecimalComma))
            return Wrong(target, "is not an amount");
        if (read < 0 && !signed)
            return Wrong(target, "is negative");
        if (!Bounds.IsAmount(read))
            return Wrong(target, "is above 1,000,000,000");
        amount = read;
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
            Personal = new PersonalPart { Traits = TraitsJson.Of(("email", given)) },
            Key = FactKey.Of(ImportFormats.Csv, "email", name, given, time.ToString(CultureInfo.InvariantCulture)),
            SourceLine = _rows.Line,
        };
    }

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

    /// <summary>A customer's name; null also for words such as null and guest ids such as 0.</summary>
    string? Name(int column) => Text(column) is { } name && !NamesOfNobody.Contains(name) ? name : null;

    /// <summary>Names the column, never the value: it could be a person's.</summary>
    string Wrong(string target, string what) => $"column '{_mapping.Column(target)}' ({target}) {what}";

    static string Shortened(string value) => value.Length <= 40 ? value : value[..40] + "…";
}
