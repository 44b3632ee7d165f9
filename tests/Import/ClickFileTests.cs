using Personalization.Events;
using Personalization.Identity;
using Personalization.Import;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Import;

public class ClickFileTests
{
    const string Taobao = "taobao-userbehavior-sample.csv.gz";
    const string RetailRocket = "retailrocket-train.tsv.gz";

    [NeedsDataFact(Taobao)]
    public void Taobao_comes_in_whole_but_for_its_truncated_last_row()
    {
        var read = Reading.OfShared(Taobao, TaobaoFile.Read);
        int Count(EventKind kind) => read.Facts.Count(fact => fact.Kind == kind);

        read.Notes.Rows.ShouldBe(84_476);
        read.Rejected.ShouldBe([new RejectedRow(84_476, "4 fields instead of 5")]);
        (
            Count(EventKind.ProductViewed),
            Count(EventKind.ProductAdded),
            Count(EventKind.ProductFavourited),
            Count(EventKind.OrderCompleted)
        ).ShouldBe((75_872, 4_497, 2_356, 1_750));
        read.Facts.Select(fact => fact.Name).Distinct().Count().ShouldBe(815);
        read.Facts.Select(fact => fact.Key).Distinct().Count().ShouldBe(84_475);
        read.Facts.Select(fact => fact.Time).SequenceEqual(read.Facts.Select(fact => fact.Time).Order()).ShouldBeTrue();
    }

    [Fact]
    public void Rows_that_are_equal_are_different_facts_with_the_same_keys_on_every_reading()
    {
        const string rows = "1,2,3,buy,1511544070\n1,2,3,buy,1511544070\n1,2,3,pv,1511544070\n1,2,3,buy,1511544070\n";
        var first = Reading.OfText(rows, TaobaoFile.Read).Facts;
        var second = Reading.OfText(rows, TaobaoFile.Read).Facts;

        first.Count.ShouldBe(4);
        first.Select(fact => fact.Key).Distinct().Count().ShouldBe(4);
        second.Select(fact => fact.Key).ShouldBe(first.Select(fact => fact.Key));
    }

    [Fact]
    public void A_row_keeps_its_key_when_it_stands_in_another_file()
    {
        var alone = Reading.OfText("1,2,3,pv,1511544070\n", TaobaoFile.Read).Facts;
        var later = Reading.OfText("9,9,3,pv,1511544070\n1,2,3,pv,1511544070\n", TaobaoFile.Read).Facts;

        later.Select(fact => fact.Key).ShouldContain(alone[0].Key);
    }

    [Fact]
    public void A_taobao_purchase_is_an_order_of_one_piece_with_the_category_of_its_product()
    {
        var order = Reading.OfText("1,2,3,buy,1511544070", TaobaoFile.Read).Facts.ShouldHaveSingleItem();

        order.Kind.ShouldBe(EventKind.OrderCompleted);
        order.Time.ShouldBe(1_511_544_070_000);
        order.Lines.ShouldBe([new ImportedLine("2", 1, 0, Category: "3")]);
        order.Reference.ShouldNotBeNullOrEmpty();
    }

    [NeedsDataFact(RetailRocket)]
    public void Each_retailrocket_session_is_a_visitor_who_looks_at_products()
    {
        var read = Reading.OfShared(RetailRocket, RetailRocketFile.Read);

        read.Rejected.ShouldBeEmpty();
        read.Facts.Count.ShouldBe(685_984);
        read.Facts.Select(fact => fact.Name).Distinct().Count().ShouldBe(126_168);
        read.Facts.SelectMany(fact => fact.Lines).Select(line => line.Product).Distinct().Count().ShouldBe(36_968);
        read.Facts.All(fact => fact.Kind == EventKind.ProductViewed && fact.NameKind == NameKind.Anonymous).ShouldBeTrue();
        read.Facts.Select(fact => fact.Key).Distinct().Count().ShouldBe(685_984);
    }

    [Fact]
    public void The_shops_own_retailrocket_file_is_known_by_its_header_and_its_transactions_are_orders()
    {
        var read = Reading.OfText(
            "timestamp,visitorid,event,itemid,transactionid\n"
                + "1433221332117,7,view,355908,\n"
                + "1433221332118,7,transaction,355908,12\n"
                + "1433221332119,7,transaction,5,12\n"
                + "1433221332000,8,addtocart,5,\n"
                + "1433221332000,8,steal,5,\n",
            RetailRocketFile.Read
        );

        read.Facts.Select(fact => fact.Kind)
            .ShouldBe([EventKind.ProductAdded, EventKind.ProductViewed, EventKind.OrderCompleted]);
        read.Facts[2].Lines.Select(line => line.Product).ShouldBe(["355908", "5"]);
        read.Facts[2].Reference.ShouldBe("12");
        read.Rejected.ShouldBe([new RejectedRow(6, "event is none of view, addtocart, transaction")]);
    }

    [Fact]
    public void Tracking_calls_come_from_the_parser_with_line_and_key()
    {
        static void Parse(ReadOnlyMemory<byte> line, ICollection<ImportedFact> facts, ICollection<string> problems)
        {
            if (line.Span[0] != '{')
                problems.Add("no JSON object");
            else
                for (var i = 0; i < 2; i++)
                    facts.Add(
                        new ImportedFact
                        {
                            NameKind = NameKind.User,
                            Name = "u",
                            Kind = EventKind.PageViewed,
                            Time = 1,
                        }
                    );
        }

        var read = Reading.OfText("{\"a\":\"1,\\\"2\"}\n\nnot json\n{}\r\n", (content, notes) =>
            SegmentFile.Read(content, notes, Parse)
        );

        read.Facts.Select(fact => fact.SourceLine).ShouldBe([1, 1, 4, 4]);
        read.Facts.Select(fact => fact.Key).Distinct().Count().ShouldBe(4);
        read.Rejected.ShouldBe([new RejectedRow(3, "no JSON object")]);
    }
}
