using Personalization.Events;
using Personalization.Import;
using Personalization.Storage.Files;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Import;

public class OnlineRetailTests
{
    const string RealFile = "online-retail.csv.gz";
    const string Header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

    [NeedsDataFact(RealFile)]
    public void The_real_file_has_the_known_customers_orders_revenue_and_cancellations()
    {
        var read = Reading.OfShared(RealFile, OnlineRetailFile.Read);
        var orders = read.Facts.Where(fact => fact.Kind == EventKind.OrderCompleted).ToList();
        var cancellations = read.Facts.Where(fact => fact.Kind == EventKind.OrderCancelled).ToList();

        read.Notes.Rows.ShouldBe(541_909);
        orders.Select(order => order.Name).Distinct().Count().ShouldBe(4_338);
        orders.Count.ShouldBe(18_532);
        orders.Sum(order => order.Lines.Length).ShouldBe(397_884);
        orders.Sum(order => order.Amount).ShouldBe(8_911_407_9040);
        cancellations.Count.ShouldBe(3_654);
        cancellations.Sum(cancellation => cancellation.Lines.Length).ShouldBe(8_905);
        cancellations.Sum(cancellation => cancellation.Amount).ShouldBe(611_342_0900);
        read.Facts.Count.ShouldBe(orders.Count + cancellations.Count);
        read.Rejected.ShouldBeEmpty();
        read.Notes.LeftOut.ShouldBe([
            new LeftOut(OnlineRetailFile.NoCustomer, 135_080),
            new LeftOut(OnlineRetailFile.NotSold, 40),
        ]);
    }

    [NeedsDataFact(RealFile)]
    public void Every_fact_of_the_real_file_has_a_key_of_its_own_and_the_same_on_a_second_reading()
    {
        var first = Reading.OfShared(RealFile, OnlineRetailFile.Read).Facts;
        var second = Reading.OfShared(RealFile, OnlineRetailFile.Read).Facts;

        first.Select(fact => fact.Key).Distinct().Count().ShouldBe(first.Count);
        second.Select(fact => fact.Key).SequenceEqual(first.Select(fact => fact.Key)).ShouldBeTrue();
    }

    [NeedsDataFact(RealFile)]
    public void The_real_file_comes_out_in_order_of_time()
    {
        var times = Reading.OfShared(RealFile, OnlineRetailFile.Read).Facts.Select(fact => fact.Time).ToList();

        times.SequenceEqual(times.Order()).ShouldBeTrue();
    }

    [Fact]
    public void An_invoice_is_one_order_at_the_time_of_its_first_line_even_where_other_lines_come_between()
    {
        var read = Reading.OfText(
            Header
                + "1,A,\"LAMP, \"\"RED\"\"\",2,2011-01-05 13:40:00,2.55,17850.0,UK\n"
                + "2,A,LAMP,1,2011-01-05 13:40:00,0.001,17851.0,UK\n"
                + "1,B, BOWL ,1,2011-01-05 13:41:00,1,17850.0,UK\n",
            OnlineRetailFile.Read
        );

        var order = read.Facts[0];
        order.Name.ShouldBe("17850");
        order.Reference.ShouldBe("1");
        order.Time.ShouldBe(new DateTimeOffset(2011, 1, 5, 13, 40, 0, TimeSpan.Zero).ToUnixTimeMilliseconds());
        order.Lines.ShouldBe([new ImportedLine("A", 2, 2_5500, "LAMP, \"RED\""), new ImportedLine("B", 1, 1_0000, "BOWL")]);
        order.Amount.ShouldBe(6_1000);
        read.Facts[1].Amount.ShouldBe(10);
    }

    [Fact]
    public void Equal_lines_of_an_invoice_are_both_kept()
    {
        const string line = "1,A,LAMP,2,2011-01-05 13:40:00,2.55,17850.0,UK\n";
        var read = Reading.OfText(Header + line + line, OnlineRetailFile.Read);

        read.Facts.ShouldHaveSingleItem().Lines.Length.ShouldBe(2);
        read.Facts[0].Amount.ShouldBe(10_2000);
    }

    [Fact]
    public void A_row_that_cannot_be_read_is_rejected_with_its_line_and_what_is_wrong()
    {
        var read = Reading.OfText(
            Header
                + "1,A,LAMP,two,2011-01-05 13:40:00,2.55,17850.0,UK\n"
                + "1,A,LAMP,2,2011-02-30 13:40:00,2.55,17850.0,UK\n"
                + "1,A,LAMP,2\n",
            OnlineRetailFile.Read
        );

        read.Facts.ShouldBeEmpty();
        read.Rejected.ShouldBe([
            new RejectedRow(2, "Quantity is not a number up to 100,000"),
            new RejectedRow(3, "InvoiceDate is not a time"),
            new RejectedRow(4, "4 fields where the header has 8"),
        ]);
    }

    [Fact]
    public void A_missing_column_is_named()
    {
        var wrong = Should.Throw<ImportException>(() => Reading.OfText("InvoiceNo,StockCode\n1,A\n", OnlineRetailFile.Read));

        wrong.Message.ShouldContain("'Description'");
        wrong.Message.ShouldContain("InvoiceNo, StockCode");
    }
}
