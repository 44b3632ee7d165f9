using Personalization.Storage.Files;

namespace Personalization.Import;

/// <summary>
/// Turns the content of one file into facts, in any order; rows that make none are told to <paramref name="notes"/>.
/// </summary>
public delegate IEnumerable<ImportedFact> FactReader(Stream content, ImportNotes notes);

/// <summary>The formats by the names they have on the command line.</summary>
public static class ImportFormats
{
    public const string OnlineRetail = "online-retail";
    public const string Taobao = "taobao";
    public const string RetailRocket = "retailrocket";
    public const string Segment = "segment";
    public const string Csv = "csv";
    public const string ShopifyOrders = "shopify-orders";
    public const string WooCommerceOrders = "woocommerce-orders";
    public const string ShopifyCustomers = "shopify-customers";
    public const string WooCommerceCustomers = "woocommerce-customers";
    public const string KaggleEvents = "kaggle-events";

    public static IReadOnlyList<string> Names { get; } =
    [
        OnlineRetail,
        Taobao,
        RetailRocket,
        Segment,
        Csv,
        ShopifyOrders,
        WooCommerceOrders,
        ShopifyCustomers,
        WooCommerceCustomers,
        KaggleEvents,
    ];

    /// <summary>Where a format has dates whose order is to be found out; null where it has none.</summary>
    public static DateColumns? Dates(ImportRequest request) =>
        request.Format switch
        {
            OnlineRetail => new DateColumns([OnlineRetailFile.Time]),
            ShopifyOrders => new DateColumns(OrderColumns.Shopify.Times),
            WooCommerceOrders => new DateColumns(OrderColumns.WooCommerce.Times),
            WooCommerceCustomers => new DateColumns(CustomerColumns.WooCommerce.Registered),
            Csv when request.Csv is { TimeFormat: null } csv => new DateColumns(
                [csv.Column("time")!],
                csv.Delimiter,
                csv.NoHeader
            ),
            _ => null,
        };

    /// <exception cref="ImportException">The format is unknown, or lacks what it needs.</exception>
    public static FactReader Reader(ImportRequest request, CallParser? calls = null) =>
        request.Format switch
        {
            OnlineRetail => OnlineRetailFile.Read,
            Taobao => TaobaoFile.Read,
            RetailRocket => RetailRocketFile.Read,
            KaggleEvents => KaggleEventsFile.Read,
            ShopifyOrders => Orders(request, OrderColumns.Shopify),
            WooCommerceOrders => Orders(request, OrderColumns.WooCommerce),
            ShopifyCustomers => Customers(request, CustomerColumns.Shopify),
            WooCommerceCustomers => Customers(request, CustomerColumns.WooCommerce),
            Segment when calls is not null => (content, notes) => SegmentFile.Read(content, notes, calls),
            Csv when request.Csv is { } mapping => (content, notes) => CsvFile.Read(content, notes, mapping),
            Csv => throw new ImportException("csv needs to know the columns: --map customer=Col,time=Col,product=Col,…"),
            _ => throw new ImportException($"'{request.Format}' is no format here; use one of {string.Join(", ", Names)}."),
        };

    static FactReader Orders(ImportRequest request, OrderColumns columns) =>
        (content, notes) => PlatformOrders.Read(request.Format, columns, request.Platforms, content, notes);

    static FactReader Customers(ImportRequest request, CustomerColumns columns) =>
        (content, notes) => PlatformCustomers.Read(request.Format, columns, request.Platforms, content, notes);
}
