using Personalization.Events;
using Personalization.Import;
using Personalization.Storage.Files;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Import;

public class CsvTests
{
    [Fact]
    public void Rows_of_one_order_become_one_order_whose_amount_is_that_of_its_lines()
    {
        var read = Reading.OfCsv(
            "Who;What;When;Pieces;Each;No\n"
                + "ana;lamp;05/01/2011 13:40;2;1.234,50;77\n"
                + "rui;bowl;05/01/2011 13:41;1;3;78\n"
                + "ana;bowl;05/01/2011 13:42;1;0,5;77\n",
            "customer=who,product=What,time=When,quantity=Pieces,price=Each,order=No",
            timeFormat: "dd/MM/yyyy HH:mm",
            delimiter: ";",
            decimalComma: true
        );

        read.Rejected.ShouldBeEmpty();
        read.Facts.Select(fact => (fact.Kind, fact.Name, fact.Reference, fact.Amount))
            .ShouldBe([(EventKind.OrderCompleted, "ana", "77", 2_469_5000L), (EventKind.OrderCompleted, "rui", "78", 3_0000L)]);
        read.Facts[0].Time.ShouldBe(new DateTimeOffset(2011, 1, 5, 13, 40, 0, TimeSpan.Zero).ToUnixTimeMilliseconds());
    }

    [Fact]
    public void An_event_column_is_read_by_short_names_by_the_specs_names_and_by_names_of_ones_own()
    {
        var read = Reading.OfCsv(
            "c,e,p,t\nana,view,1,2020-01-01\nana,Product Added,1,2020-01-02\nana,kauf,1,2020-01-03\n"
                + "ana,ping,1,2020-01-04\nana,nix,1,2020-01-05\n",
            "customer=c,event=e,product=p,time=t",
            events: "kauf=order,ping=-"
        );

        read.Facts.Select(fact => fact.Kind)
            .ShouldBe([EventKind.ProductViewed, EventKind.ProductAdded, EventKind.OrderCompleted]);
        read.Notes.LeftOut.ShouldBe([new LeftOut("event 'ping'", 1)]);
        read.Rejected.ShouldHaveSingleItem().Line.ShouldBe(6);
        read.Rejected[0].Reason.ShouldContain("column 'e' (event) says 'nix'");
    }

    [Fact]
    public void An_address_is_told_when_it_is_first_met_and_when_it_changes()
    {
        var read = Reading.OfCsv(
            "c,m,o,a,t\nana,ana@example.com,1,5,1577836800\nana,ana@example.com,2,5,1577836900\n"
                + "ana,a@example.com,3,5,1577837000\n"
                + "ana,ana@example.com,4,5,1577837100\n",
            "customer=c,email=m,order=o,amount=a,time=t"
        );

        var traits = read.Facts.Where(fact => fact.Kind == EventKind.Identified).ToList();
        traits
            .Select(fact => fact.Personal!.Traits)
            .ShouldBe(["{\"email\":\"ana@example.com\"}", "{\"email\":\"a@example.com\"}", "{\"email\":\"ana@example.com\"}"]);
        traits.Select(fact => fact.Key).Distinct().Count().ShouldBe(3);
        read.Facts.Count(fact => fact.Kind == EventKind.OrderCompleted).ShouldBe(4);
    }

    [Theory]
    [InlineData("ana,lamp,yesterday,1", "column 'When' (time) is not a time")]
    [InlineData("ana,lamp,2020-01-01,one", "column 'Each' (price) is not an amount")]
    [InlineData("ana,lamp,2020-01-01,-1", "column 'Each' (price) is negative")]
    [InlineData("ana,lamp,2020-01-01", "3 fields where the header has 4")]
    [InlineData("ana,\"lamp,2020-01-01,1", "a quote is opened and not closed")]
    [InlineData("ana,\"la\"mp,2020-01-01,1", "text follows a closing quote")]
    public void A_wrong_row_is_rejected_with_its_line_and_column_and_the_next_is_read(string row, string reason)
    {
        var read = Reading.OfCsv(
            $"Who,What,When,Each\n{row}\nrui,bowl,2020-01-01,1\n",
            "customer=Who,product=What,time=When,price=Each,amount=Each"
        );

        read.Rejected.ShouldBe([new RejectedRow(2, reason)]);
        read.Facts.ShouldHaveSingleItem().Name.ShouldBe("rui");
    }

    [Fact]
    public void A_customer_who_is_nobody_is_known_by_the_address_beside_or_rejected()
    {
        var read = Reading.OfCsv(
            "c,m,t,a\nnull,ana@example.com,2020-01-01,5\nanonymous,,2020-01-01,6\n-,,2020-01-01,7\n,,2020-01-01,8\n",
            "customer=c,email=m,time=t,amount=a"
        );

        read.Facts.Where(fact => fact.Kind == EventKind.OrderCompleted).ShouldHaveSingleItem().Name.ShouldBe("ana@example.com");
        read.Rejected.ShouldBe([
            new(3, "column 'c' (customer) is a name of nobody"),
            new(4, "column 'c' (customer) is a name of nobody"),
        ]);
        read.Notes.LeftOut.ShouldBe([new LeftOut(CsvFile.NoCustomer, 1)]);
    }

    [Fact]
    public void A_reason_never_repeats_a_value_that_could_be_a_persons()
    {
        var read = Reading.OfCsv("c,t,a\nana@example.com,ana@example.com,ana@example.com\n", "customer=c,time=t,amount=a");

        read.Rejected.ShouldHaveSingleItem().Reason.ShouldNotContain("example.com");
    }

    [Theory]
    [InlineData("time=t,amount=a", "customer=Col")]
    [InlineData("customer=c,amount=a", "time=Col")]
    [InlineData("customer=c,time=t", "event=Col")]
    [InlineData("customer=c,time=t,colour=x", "'colour' is none of")]
    [InlineData("customer=c,time", "'time' is not of the form")]
    [InlineData("customer=c,time=Zeit,amount=a", "no column 'Zeit'; its columns are: c, t, a")]
    public void A_mapping_that_cannot_be_is_refused_with_what_is_missing(string map, string expected) =>
        Should.Throw<ImportException>(() => Reading.OfCsv("c,t,a\n", map)).Message.ShouldContain(expected);

    [Fact]
    public void Without_a_header_columns_are_numbers()
    {
        var read = Reading.OfCsv("ana,2020-01-01,5\n", "customer=1,time=2,amount=3", noHeader: true);

        read.Facts.ShouldHaveSingleItem().Amount.ShouldBe(5_0000);
    }

    [Fact]
    public void A_file_without_rows_has_no_facts() =>
        Reading.OfCsv("c,t,a\n", "customer=c,time=t,amount=a").Facts.ShouldBeEmpty();
}
