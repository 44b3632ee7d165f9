using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using Personalization.Events;
using Personalization.Import;
using Personalization.Platforms;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Import;

/// <summary>Exports of shop platforms as they write them (R87).</summary>
public sealed class PlatformOrdersTests
{
    const string Retail = "online-retail.csv.gz";

    static Reading Shopify(string text) =>
        Reading.OfText(text, (content, notes) =>
            PlatformOrders.Read(ImportFormats.ShopifyOrders, OrderColumns.Shopify, new(), content, notes)
        );

    static Reading WooCommerce(string text, PlatformSettings? settings = null) =>
        Reading.OfText(text, (content, notes) =>
            PlatformOrders.Read(ImportFormats.WooCommerceOrders, OrderColumns.WooCommerce, settings ?? new(), content, notes)
        );

    static IEnumerable<(EventKind, string, string?, long)> OrdersOf(Reading read) =>
        read
            .Facts.Where(fact => fact.Kind != EventKind.Identified)
            .Select(fact => (fact.Kind, fact.Name, fact.Reference, fact.Amount));

    [Fact]
    public void Shopifys_orders_have_their_items_refunds_and_cancellations()
    {
        var read = Shopify(
            "\uFEFFName,Email,Financial Status,Currency,Total,Refunded Amount,Created at,Cancelled at,"
                + "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Notes\r\n"
                + "#1,Ana@Example.test,partially_refunded,EUR,46.80,5.00,2026-01-07 09:50:26 +0200,,3,Fig,12.50,FIG,\"two\nlines\"\r\n"
                + "#1,Ana@Example.test,,,,,2026-01-07 09:50:26 +0200,,1,Holder,8.00,,\r\n"
                + "#2,max@example.test,voided,EUR,12.50,0.00,2026-01-08 10:00:00 +0200,2026-01-08 12:00:00 +0200,1,Fig,12.50,FIG,\r\n"
        );

        read.Rejected.ShouldBeEmpty();
        OrdersOf(read)
            .ShouldBe(
                [
                    (EventKind.OrderCompleted, "ana@example.test", "1", 46_8000),
                    (EventKind.OrderRefunded, "ana@example.test", "1", 5_0000),
                    (EventKind.OrderCompleted, "max@example.test", "2", 12_5000),
                    (EventKind.OrderCancelled, "max@example.test", "2", 12_5000),
                ],
                ignoreOrder: true
            );
        var order = read.Facts.First(fact => fact.Kind == EventKind.OrderCompleted && fact.Reference == "1");
        order.Lines.Select(line => line.Product).ShouldBe(["FIG", "Holder"]);
        order.Time.ShouldBe(new DateTimeOffset(2026, 1, 7, 7, 50, 26, TimeSpan.Zero).ToUnixTimeMilliseconds());
        read.Facts.Where(fact => fact.Kind == EventKind.Identified)
            .Select(fact => fact.Personal!.Traits)
            .ShouldContain("{\"email\":\"Ana@Example.test\"}");
    }

    [Fact]
    public void WooCommerces_orders_are_read_with_semicolons_and_decimal_commas()
    {
        const string text =
            "order_id;order_number;date;status;order_currency;order_total;refunded_total;customer_id;billing_email;"
            + "item_product_id;item_sku;item_name;item_quantity;item_total\n"
            + "10;W10;2026-01-05 10:00:00;completed;EUR;29,90;;7;rui@example.test;55;;Pears;1,4;4,48\n"
            + "11;W11;2026-01-06 10:00:00;wc-failed;EUR;5,00;;7;rui@example.test;55;;Pears;1;5\n"
            + "12;W12;2026-01-07 10:00:00;refunded;EUR;8,00;;0;;56;TEA;Tea;2;8\n";
        var read = WooCommerce(text);

        OrdersOf(read).ShouldBe([(EventKind.OrderCompleted, "rui@example.test", "W10", 29_9000)]);
        read.Facts.First(fact => fact.Kind == EventKind.OrderCompleted).Lines.ShouldHaveSingleItem().Price.ShouldBe(3_2000);
        read.Notes.LeftOut.Select(left => left.Reason).ShouldBe(["order that is failed", PlatformOrders.NoCustomer]);

        OrdersOf(WooCommerce(text, new PlatformSettings { UserId = PlatformUserId.Id }))
            .ShouldBe([(EventKind.OrderCompleted, "7", "W10", 29_9000)]);
    }

    [Fact]
    public void Kaggles_events_are_views_carts_and_an_order_for_the_purchases_of_a_session()
    {
        var read = Reading.OfText(
            "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
                + "2019-10-01 00:00:00 UTC,view,1,9,appliances.kitchen,aqua,33.20,5,s1\n"
                + "2019-10-01 00:01:00 UTC,purchase,1,9,appliances.kitchen,aqua,33.20,5,s1\n"
                + "2019-10-01 00:01:00 UTC,purchase,2,9,,,1.80,5,s1\n",
            KaggleEventsFile.Read
        );
        OrdersOf(read).ShouldBe([(EventKind.ProductViewed, "5", null, 0), (EventKind.OrderCompleted, "5", "s1", 35_0000)]);
    }

    [NeedsDataTheory(Retail)]
    [InlineData("Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country", "yyyy-MM-dd HH:mm:ss")]
    [InlineData("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country", "M/d/yyyy H:mm")]
    [InlineData("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country", "dd-MM-yyyy HH:mm")]
    public void The_real_file_spelt_as_its_second_edition_and_as_kaggles_copies_has_the_same_totals(string header, string dates)
    {
        var text = new MemoryStream(Respelt(header, dates));
        var order = DateOrders.Of(text, new DateColumns([OnlineRetailFile.Time]));
        text.Position = 0;
        var facts = OnlineRetailFile.Read(text, new ImportNotes { Dates = order }).ToList();

        var orders = facts.Where(fact => fact.Kind == EventKind.OrderCompleted).ToList();
        orders.Count.ShouldBe(18_532);
        orders.Sum(one => one.Amount).ShouldBe(8_911_407_9040);
        facts.Where(fact => fact.Kind == EventKind.OrderCancelled).Sum(one => one.Amount).ShouldBe(611_342_0900);
        orders.Min(one => one.Time).ShouldBe(new DateTimeOffset(2010, 12, 1, 8, 26, 0, TimeSpan.Zero).ToUnixTimeMilliseconds());
    }

    static byte[] Respelt(string header, string dates)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(SharedData.Path(Retail)), CompressionMode.Decompress));
        reader.ReadLine();
        var rows = Regex.Replace(reader.ReadToEnd(), @"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", found =>
            DateTime.Parse(found.Value, null).ToString(dates, System.Globalization.CultureInfo.InvariantCulture)
        );
        return Encoding.UTF8.GetBytes(header + "\n" + rows);
    }
}
