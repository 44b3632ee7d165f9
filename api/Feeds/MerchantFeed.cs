using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml;
using Personalization.Catalogue;
using Personalization.Storage.Files;

namespace Personalization.Feeds;

/// <summary>
/// A product feed in the format of Google Merchant: RSS 2.0 or Atom 1.0 with its namespace, or a table with a header (tabs,
/// commas or semicolons). Read as a stream; what cannot be used of a product is left out and told.
/// </summary>
/// <param name="now">For sale prices, which have their time.</param>
/// <param name="left">Told of what was left out: a word for what was wrong, and the field.</param>
public sealed class MerchantFeed(DateTimeOffset now, Action<string, string> left)
{
    const int MaxField = 100_000;

    static readonly string[] Attributes =
    [
        "item_group_id",
        "condition",
        "gtin",
        "mpn",
        "color",
        "size",
        "material",
        "pattern",
        "gender",
        "age_group",
        "custom_label_0",
        "custom_label_1",
        "custom_label_2",
        "custom_label_3",
        "custom_label_4",
    ];

    /// <summary>The products of a feed, one after the other.</summary>
    /// <param name="feed">One that can be read from its beginning again.</param>
    /// <exception cref="InvalidDataException">It is no feed, or breaks off: the message says where. What came before is good.</exception>
    public IEnumerable<(string Id, ProductPatch Patch)> Read(Stream feed)
    {
        foreach (var fields in IsXml(feed) ? Items(feed) : Rows(feed))
            if (LenientProduct.Read(ProductOf(fields), field => left("not-a-product-field", field)) is { } product)
                yield return product;
    }

    static bool IsXml(Stream feed)
    {
        Span<byte> start = stackalloc byte[256];
        var length = feed.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        feed.Position = 0;
        return start[..length].TrimStart("\uFEFF \t\r\n"u8) is [(byte)'<', ..];
    }

    static IEnumerable<Dictionary<string, string>> Items(Stream feed)
    {
        // No document type: neither entities that grow nor files of this machine.
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        };
        using var xml = XmlReader.Create(feed, settings);
        while (MovesToItem(xml))
            yield return ItemOf(xml);
    }

    static bool MovesToItem(XmlReader xml)
    {
        try
        {
            while (xml.Read())
                if (xml is { NodeType: XmlNodeType.Element, LocalName: "item" or "entry" })
                    return true;
            return false;
        }
        catch (XmlException broken)
        {
            throw Broken(broken);
        }
    }

    /// <summary>The fields of an item: the first of each name. What holds other elements, such as shipping, is passed over.</summary>
    static Dictionary<string, string> ItemOf(XmlReader xml)
    {
        var (fields, depth) = (new Dictionary<string, string>(), xml.Depth);
        if (xml.IsEmptyElement)
            return fields;
        try
        {
            xml.Read();
            while (xml.Depth > depth)
            {
                if (xml.NodeType != XmlNodeType.Element)
                {
                    xml.Read();
                    continue;
                }
                var (name, address) = (xml.LocalName, xml.GetAttribute("href"));
                using var inner = xml.ReadSubtree();
                inner.Read();
                var text = TextOf(inner) ?? address;
                inner.Close();
                xml.Read();
                if (!string.IsNullOrWhiteSpace(text) && text.Length <= MaxField)
                    fields.TryAdd(name, text.Trim());
            }
        }
        catch (XmlException broken)
        {
            throw Broken(broken);
        }
        return fields;
    }

    static string? TextOf(XmlReader element)
    {
        var text = new System.Text.StringBuilder();
        while (element.Read())
            if (element.NodeType == XmlNodeType.Element)
                return null;
            else if (element.NodeType is XmlNodeType.Text or XmlNodeType.CDATA && text.Length <= MaxField)
                text.Append(element.Value);
        return text.Length == 0 ? null : text.ToString();
    }

    static InvalidDataException Broken(XmlException at) =>
        new($"The feed is not well-formed XML at line {at.LineNumber}, or has a document type.", at);

    IEnumerable<Dictionary<string, string>> Rows(Stream feed)
    {
        var rows = new DelimitedRows(feed).DetectDelimiter();
        if (!rows.Next())
            throw new InvalidDataException("The feed is empty.");
        string[] names = [.. rows.Texts().Select(NameOf)];
        if (!names.Contains("id"))
            throw new InvalidDataException("The feed is neither RSS nor Atom, and its first line names no column id.");
        while (rows.Next())
        {
            if (rows.Damage is not null)
            {
                left("damaged-row", "");
                continue;
            }
            var fields = new Dictionary<string, string>();
            for (var i = 0; i < Math.Min(rows.Count, names.Length); i++)
                if (rows.Text(i).Trim() is { Length: > 0 } text)
                    fields.TryAdd(names[i], text);
            yield return fields;
        }
    }

    /// <summary><c>image link</c> and <c>g:image_link</c> are the same column.</summary>
    static string NameOf(string header)
    {
        var name = header.Trim().ToLowerInvariant().Replace(' ', '_');
        return name.StartsWith("g:", StringComparison.Ordinal) ? name[2..] : name;
    }

    JsonObject ProductOf(Dictionary<string, string> fields)
    {
        var product = new JsonObject();
        foreach (
            var (from, to) in (ReadOnlySpan<(string, string)>)
                [("id", "id"), ("title", "title"), ("link", "url"), ("image_link", "image"), ("brand", "brand")]
        )
            if (fields.TryGetValue(from, out var text))
                product[to] = text;
        var attributes = new JsonObject();
        foreach (var name in Attributes)
            if (fields.TryGetValue(name, out var text))
                attributes[name] = text;
        SetPrice(product, attributes, fields);
        SetCategory(product, fields);
        SetStock(product, attributes, fields);
        if (attributes.Count > 0)
            product["attributes"] = attributes;
        return product;
    }

    void SetPrice(JsonObject product, JsonObject attributes, Dictionary<string, string> fields)
    {
        if (MoneyOf(fields, "price") is not { } price)
            return;
        if (MoneyOf(fields, "sale_price") is { } sale && IsNow(fields.GetValueOrDefault("sale_price_effective_date")))
        {
            attributes["compare_at_price"] = price.Amount.ToString(CultureInfo.InvariantCulture);
            price = sale;
        }
        else
            attributes["compare_at_price"] = null;
        product["price"] = price.Amount;
        if (price.Currency is not null)
            product["currency"] = price.Currency;
        if (MoneyOf(fields, "cost_of_goods_sold") is { } cost && price.Amount > 0 && cost.Currency == price.Currency)
            product["margin"] = Math.Clamp(decimal.Round(1 - cost.Amount / price.Amount, 4), 0, 1);
    }

    /// <summary>The shop's own path wins over Google's, which may be a number.</summary>
    static void SetCategory(JsonObject product, Dictionary<string, string> fields)
    {
        var path = fields.GetValueOrDefault("product_type") ?? fields.GetValueOrDefault("google_product_category");
        if (path is not null && !path.All(char.IsAsciiDigit))
            product["category"] = path;
    }

    /// <summary>A feed tells whether there are any, not how many: null empties what was known, which counts as sellable.</summary>
    void SetStock(JsonObject product, JsonObject attributes, Dictionary<string, string> fields)
    {
        if (!fields.TryGetValue("availability", out var availability))
            return;
        switch (availability.ToLowerInvariant().Replace(' ', '_'))
        {
            case "out_of_stock":
                product["stock"] = 0;
                break;
            case "in_stock" or "preorder" or "backorder" or "limited_availability" or "available_for_order":
                product["stock"] = null;
                break;
            default:
                left("not-an-availability", "availability");
                return;
        }
        attributes["availability"] = availability;
    }

    (decimal Amount, string? Currency)? MoneyOf(Dictionary<string, string> fields, string name)
    {
        if (!fields.TryGetValue(name, out var text))
            return null;
        var currency = string.Concat(text.Where(char.IsAsciiLetter)).ToUpperInvariant();
        var number = string.Concat(text.Where(c => char.IsAsciiDigit(c) || c is '.' or ',' or '-'));
        // A comma with one or two digits behind it and no point is decimal; else it parts thousands.
        var comma = number.LastIndexOf(',');
        number =
            comma >= 0 && !number.Contains('.') && number.Length - comma is 2 or 3
                ? number[..comma].Replace(",", "") + "." + number[(comma + 1)..]
                : number.Replace(",", "");
        if (decimal.TryParse(number, NumberStyles.Number, CultureInfo.InvariantCulture, out var amount) && amount >= 0)
            return (amount, currency.Length == 3 ? currency : null);
        left("not-an-amount", name);
        return null;
    }

    /// <summary>Whether the sale is on; one without times always is.</summary>
    bool IsNow(string? times)
    {
        if (times?.Split('/') is not [var from, var to])
            return true;
        return (!TryTime(from, out var start) || start <= now) && (!TryTime(to, out var end) || now <= end);

        static bool TryTime(string text, out DateTimeOffset time) =>
            DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }
}
