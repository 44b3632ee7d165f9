using Personalization.Churn;
using Personalization.Models.Histories;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Models;

public sealed class TransactionFileTests : IDisposable
{
    readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Cdnow_lines_become_purchases()
    {
        var customers = Read(
            "cdnow",
            " customer_id  date number_of_cds  dollar_value\r\n 00002 19970112  5   77.00\r\n"
                + " 00002 19970101  1   12.5\r\n 00001 19970101  1   11.77\r\n"
        );
        customers.Select(c => c.Number).ShouldBe([1, 2]);
        customers[1].Purchases.ShouldBe([new(852_076_800, 125_000, 1, 1), new(853_027_200, 770_000, 5, 1)]);
        Read("cdnow", "00004 0001 19970101  2   29.33\n")[0].Purchases[0].Amount.ShouldBe(293_300);
    }

    [Fact]
    public void Invoice_lines_become_one_purchase_and_cancellations_returns()
    {
        const string header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
        var customers = Read(
            "online-retail",
            header
                + "1,A,\"MUG, RED\",6,2010-12-01 08:26:00,2.55,17850.0,UK\n1,B,CUP,2,2010-12-01 08:26:00,1,17850.0,UK\n"
                + "C2,A,MUG,-1,2010-12-02 09:00:00,2.55,17850.0,UK\n3,A,MUG,1,2010-12-02 09:00:00,2.55,,UK\n"
                + "4,A,MUG,1,2010-12-02 09:00:00,0,17850.0,UK\n"
        );
        var customer = customers.ShouldHaveSingleItem();
        customer.Purchases.ShouldBe([new(1_291_191_960, 173_000, 8, 2)]);
        customer.Returns.ShouldBe([new(1_291_280_400, 25_500)]);
    }

    [Fact]
    public void A_plain_csv_needs_three_columns_and_takes_more()
    {
        Read("csv", "customer,time,amount\nana,2026-01-02,5\n")[0].Purchases.ShouldBe([new(1_767_312_000, 50_000, 1, 1)]);
        var both = Read(
            "csv",
            "type,units,amount,time,customer\npurchase,3,5,2026-01-02T12:00:00+01:00,ana\n" + "return,1,2,2026-01-03,ana\n"
        );
        both[0].Purchases[0].ShouldBe(new(1_767_351_600, 50_000, 3, 1));
        both[0].Returns.ShouldBe([new(1_767_398_400, 20_000)]);
    }

    [Fact]
    public void A_csv_may_tell_time_in_several_ways_and_leave_out_who_it_was()
    {
        var customer = Read(
                "csv",
                "customer,time,amount,units\nana,20260102,5,0.4\nana,1767312001,5,2.0\nana,1767312002000,5,1\n"
                    + ",2026-01-02,5,1\nana,2026-01-02 00:00:03,-5,1\n"
            )
            .ShouldHaveSingleItem();
        customer.Purchases.ShouldBe([
            new(1_767_312_000, 50_000, 1, 1),
            new(1_767_312_001, 50_000, 2, 1),
            new(1_767_312_002, 50_000, 1, 1),
        ]);
        customer.Returns.ShouldBe([new(1_767_312_003, 50_000)]);
    }

    [Theory]
    [InlineData("12.5", 12.5)]
    [InlineData("$12.50", 12.5)]
    [InlineData("-€3", -3.0)]
    [InlineData("€-3", -3.0)]
    [InlineData("(12.50)", -12.5)]
    [InlineData("1,234.50", 1234.5)]
    [InlineData("1.234,50 EUR", 1234.5)]
    [InlineData("1,234", 1234.0)]
    [InlineData("1,234,567", 1234567.0)]
    [InlineData("12,5", 12.5)]
    [InlineData("1'234.50 CHF", 1234.5)]
    [InlineData("1e2", 100.0)]
    [InlineData("", 0.0)]
    [InlineData("secret", null)]
    [InlineData("12:30", null)]
    [InlineData("EUR", null)]
    public void Amounts_are_read_as_people_write_them(string text, double? amount)
    {
        WrittenNumbers.TryAmount(text, out var read).ShouldBe(amount is not null);
        if (amount is { } expected)
            read.ShouldBe((decimal)expected);
    }

    [Theory]
    [InlineData("2026-03-04", true, "2026-03-04T00:00:00")]
    [InlineData("2026-03-04 05:06:07", true, "2026-03-04T05:06:07")]
    [InlineData("2026-03-04 05:06:07 UTC", false, "2026-03-04T05:06:07")]
    [InlineData("2026-03-04T05:06:07+01:00", false, "2026-03-04T04:06:07")]
    [InlineData("2026/03/04", true, "2026-03-04T00:00:00")]
    [InlineData("3/4/2026", false, "2026-03-04T00:00:00")]
    [InlineData("3/4/2026 5:06", false, "2026-03-04T05:06:00")]
    [InlineData("3/4/2026 5:06", true, "2026-04-03T05:06:00")]
    [InlineData("04.03.2026", false, "2026-03-04T00:00:00")]
    [InlineData("04-03-2026 10:00", true, "2026-03-04T10:00:00")]
    [InlineData("4 Mar 2026", false, "2026-03-04T00:00:00")]
    [InlineData("20260304", false, "2026-03-04T00:00:00")]
    [InlineData("1772600767", false, "2026-03-04T05:06:07")]
    [InlineData("1772600767.25", false, "2026-03-04T05:06:07")]
    [InlineData("1772600767123", false, "2026-03-04T05:06:07")]
    [InlineData("12", false, null)]
    [InlineData("31/31/2026", true, null)]
    [InlineData("1900-01-01", false, null)]
    public void Times_are_read_as_files_write_them(string text, bool dayFirst, string? time)
    {
        WrittenNumbers.TryTime(text, dayFirst, out int seconds).ShouldBe(time is not null);
        if (time is not null)
            $"{DateTimeOffset.FromUnixTimeSeconds(seconds):yyyy-MM-ddTHH:mm:ss}".ShouldBe(time);
    }

    [Fact]
    public void Whether_the_day_or_the_month_stands_first_is_told_by_the_other_lines()
    {
        const string head = "customer,time,amount\nana,3/4/2026,5\n";
        At(Read("csv", head + "ana,25/12/2025,5\n")[0].Purchases[^1]).ShouldBe("2026-04-03");
        At(Read("csv", head + "ana,12/25/2025,5\n")[0].Purchases[^1]).ShouldBe("2026-03-04");
        At(Read("csv", head)[0].Purchases[^1]).ShouldBe("2026-03-04");

        static string At(Purchase purchase) => $"{DateTimeOffset.FromUnixTimeSeconds(purchase.Time):yyyy-MM-dd}";
    }

    [Fact]
    public void The_second_edition_of_Online_Retail_is_read_too()
    {
        Read(
                "online-retail",
                "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
                    + "1,A,MUG,6,13/12/2010 08:26,2.55,17850,UK\n"
            )
            .ShouldHaveSingleItem()
            .Purchases.ShouldBe([new(1_292_228_760, 153_000, 6, 1)]);
    }

    [Theory]
    [InlineData("cdnow", "00002 19970112 secret 77.00\n", "Line 1")]
    [InlineData("csv", "customer,time,amount\nana,2026-01-02,5\nsecret,soon,5\n", "Line 3 of the file cannot be read: its time")]
    [InlineData("csv", "customer,when,amount\nsecret,2026-01-02,5\n", "\"time\"")]
    public void What_cannot_be_read_is_named_by_its_place_and_never_quoted(string format, string text, string said)
    {
        string message = Should.Throw<InvalidDataException>(() => Read(format, text)).Message;
        message.ShouldContain(said);
        message.ShouldNotContain("secret");
    }

    [NeedsDataFact("online-retail.csv.gz")]
    public void Online_Retail_is_read_as_published()
    {
        var customers = TransactionFile.Read(SharedData.Path("online-retail.csv.gz"), "online-retail");
        customers.Count(c => c.Purchases.Length > 0).ShouldBe(4338);
        customers.Sum(c => c.Purchases.Length).ShouldBe(18_532);
        customers.Sum(c => c.Purchases.Sum(p => p.Lines)).ShouldBe(397_884);
    }

    List<TrainingCustomer> Read(string format, string text)
    {
        File.WriteAllText(_file, text);
        return TransactionFile.Read(_file, format);
    }
}
