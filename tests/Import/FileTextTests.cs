using System.Text;
using Personalization.Import;
using Personalization.Storage.Files;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Import;

/// <summary>What files say beside their rows: charset, the order of dates, how numbers are written (field/29, field/30).</summary>
public sealed class FileTextTests
{
    static Charset Detect(byte[] bytes) => Charset.Of(() => new MemoryStream(bytes));

    static byte[] In(string charset, string text) => Charset.Named(charset) is { } known ? Bytes(known.Name, text) : [];

    static byte[] Bytes(string charset, string text) =>
        [.. Encoding.GetEncoding(charset).GetPreamble(), .. Encoding.GetEncoding(charset).GetBytes(text)];

    [Theory]
    [InlineData("utf-8", "name,title\nMüller,Café\n")]
    [InlineData("utf-16", "name,title\nMüller,Café\n")]
    [InlineData("utf-16BE", "name,title\nMüller,Café\n")]
    [InlineData("windows-1252", "name,title\nMüller,Café\n")]
    public void A_charset_is_found_out_and_its_text_comes_out_whole(string charset, string text)
    {
        var bytes = In(charset, text);
        var found = Detect(bytes);
        found.Name.ToLowerInvariant().ShouldBe(charset.ToLowerInvariant());
        using var reader = new StreamReader(found.AsUtf8(new MemoryStream(bytes)), Encoding.UTF8);
        reader.ReadToEnd().ShouldBe(text);
    }

    [Theory]
    [InlineData("windows-1251", "имя,название\nИван,Чай\n")]
    [InlineData("gb18030", "名字,标题\n王,茶叶\n")]
    public void What_cannot_be_told_is_refused_and_read_once_it_is_named(string charset, string text)
    {
        var bytes = In(charset, text);
        Should.Throw<ImportException>(() => Detect(bytes)).Message.ShouldContain("--charset");
        using var reader = new StreamReader(Charset.Named(charset).AsUtf8(new MemoryStream(bytes)), Encoding.UTF8);
        reader.ReadToEnd().ShouldBe(text);
    }

    [Fact]
    public void A_broken_row_of_a_file_in_utf_8_is_rejected_and_the_others_are_read()
    {
        byte[] bytes = [.. "c,t,a\nMüller,2026-01-05,5\nM"u8, 0xfc, .. "ller,2026-01-05,5\nCafé,2026-01-06,5\n"u8];
        Detect(bytes).Name.ShouldBe("utf-8");
        var notes = new ImportNotes();
        var mapping = CsvMapping.Parse("customer=c,time=t,amount=a", null, null, null, false, false);
        CsvFile.Read(new MemoryStream(bytes), notes, mapping).Select(fact => fact.Name).ShouldBe(["Müller", "Café"]);
        notes.Rejected.ShouldBe(1);
    }

    static DateOrder Order(string rows) =>
        DateOrders.Of(new MemoryStream(Encoding.UTF8.GetBytes("when;x\n" + rows)), new DateColumns(["when"]));

    [Theory]
    [InlineData("01/02/2026;1\n13/02/2026;1\n", DateOrder.DayFirst)]
    [InlineData("1/2/2026 8:26;1\n1/31/2026 8:26;1\n", DateOrder.MonthFirst)]
    [InlineData("2026-01-02;1\n01/02/2026;1\n", DateOrder.Unknown)]
    [InlineData("05.05.2026;1\n", DateOrder.Unknown)]
    public void One_date_decides_for_the_file(string rows, DateOrder expected) => Order(rows).ShouldBe(expected);

    [Theory]
    [InlineData("01/02/2026;1\n03/04/2026;1\n", "--dates d/m/y")]
    [InlineData("13/02/2026;1\n02/13/2026;1\n", "line 3")]
    public void Where_no_date_decides_or_two_contradict_the_import_stops_and_says_how(string rows, string told) =>
        Should.Throw<ImportException>(() => Order(rows)).Message.ShouldContain(told);

    [Theory]
    [InlineData("2026-01-07 09:50:26 +0200", "2026-01-07T07:50:26Z")]
    [InlineData("2026-01-07T09:50:26-05:00", "2026-01-07T14:50:26Z")]
    [InlineData("2026-01-07 09:50:26 UTC", "2026-01-07T09:50:26Z")]
    [InlineData("2026-01-07 09:50:26", "2026-01-07T08:50:26Z")]
    [InlineData("07/01/2026 9:50 PM", "2026-01-07T20:50:00Z")]
    [InlineData("07.01.2026 09:50", "2026-01-07T08:50:00Z")]
    [InlineData("7-1-26", "2026-01-06T23:00:00Z")]
    [InlineData("Jan 7, 2026 9:50 AM", "2026-01-07T08:50:00Z")]
    [InlineData("46029.5", "2026-01-07T11:00:00Z")]
    [InlineData("1767779426", "2026-01-07T09:50:26Z")]
    [InlineData("2026-07-07 09:50:26", "2026-07-07T07:50:26Z")]
    public void Times_are_read_in_the_forms_that_files_have(string text, string expected)
    {
        var times = new FileTimes(DateOrder.DayFirst, FileTimes.ZoneOf("Europe/Berlin"));
        times.TryRead(Encoding.UTF8.GetBytes(text), out var time).ShouldBeTrue();
        DateTimeOffset.FromUnixTimeMilliseconds(time).ShouldBe(DateTimeOffset.Parse(expected, null));
    }

    [Theory]
    [InlineData("31/02/2026")]
    [InlineData("13/13/2026")]
    [InlineData("yesterday")]
    [InlineData("2026-13-01")]
    [InlineData("12/")]
    public void What_is_no_time_is_none(string text) =>
        new FileTimes(DateOrder.DayFirst, null).TryRead(Encoding.UTF8.GetBytes(text), out _).ShouldBeFalse();

    [Theory]
    [InlineData("1,234.50", 1_234_5000)]
    [InlineData("1.234,50", 1_234_5000)]
    [InlineData("12,50", 12_5000)]
    [InlineData("1,234", 1_234_0000)]
    [InlineData("$12.50", 12_5000)]
    [InlineData("12,50 €", 12_5000)]
    [InlineData("EUR 12.50", 12_5000)]
    [InlineData("-£3.10", -3_1000)]
    public void Amounts_are_read_in_the_forms_that_files_have(string text, long expected)
    {
        FieldValue.TryMoney(Encoding.UTF8.GetBytes(text), out var amount).ShouldBeTrue();
        amount.ShouldBe(expected);
    }

    [Fact]
    public void The_delimiter_is_what_occurs_most_often_in_the_first_line()
    {
        var read = Reading.OfCsv("c;\"a, b, c, d\";t;a\nana;x;2026-01-05;12,50\n", "customer=c,time=t,amount=a");
        read.Facts.ShouldHaveSingleItem().Amount.ShouldBe(12_5000);
    }

    [Fact]
    public void Rows_that_go_on_with_an_order_may_leave_out_whose_and_when()
    {
        var read = Reading.OfCsv(
            "c,t,o,p,q,e,total,ship\nana,2026-01-05,7,A,1,5,,\n,,7,B,2,1.5,,2\nrui,2026-01-05,7,C,1,1,,\n",
            "customer=c,time=t,order=o,product=p,quantity=q,price=e,total=total,shipping=ship"
        );
        var order = read.Facts.ShouldHaveSingleItem();
        (order.Name, order.Amount, order.Lines.Length).ShouldBe(("ana", 10_0000, 2));
        read.Rejected.ShouldHaveSingleItem().Reason.ShouldContain("another customer");
    }

    [Fact]
    public void Amounts_of_the_rows_are_added_up_also_where_they_are_alike()
    {
        var read = Reading.OfCsv(
            "c,t,o,p,q,e,a\nana,2026-01-05,7,A,1,10,9\nana,2026-01-05,7,B,1,10,9\n",
            "customer=c,time=t,order=o,product=p,quantity=q,price=e,amount=a"
        );
        read.Facts.ShouldHaveSingleItem().Amount.ShouldBe(18_0000);
    }
}
