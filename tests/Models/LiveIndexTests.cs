using Personalization.Catalogue;
using Personalization.Codec;
using Personalization.Events;
using Personalization.Journal;
using Personalization.Models.Recommendations;
using Personalization.Projections;
using Personalization.Recommendations;
using Personalization.Support;
using Shouldly;
using Xunit.Abstractions;

namespace Personalization.Tests.Models;

/// <summary>The index that is fed click by click from the journal against one that is rebuilt visit by visit.</summary>
public sealed class LiveIndexTests(ITestOutputHelper output)
{
    const string Train = "bol-clicks-train.tsv.gz",
        Test = "bol-clicks-test.tsv.gz";

    [NeedsDataFact(Train, Test)]
    public void The_index_fed_from_the_journal_finds_as_much_as_one_rebuilt()
    {
        var catalogue = new ProductCatalogue();
        var log = ClickFile.ReadClicks(SharedData.Path(Train), catalogue);
        var prefixes = ClickFile.ReadPrefixes(SharedData.Path(Test), catalogue);
        var live = new ItemIndex(new(), catalogue);
        Follow(log, new IndexProjection(live, catalogue));
        var rebuilt = new ItemIndex(new(), catalogue);
        var visits = log.VisitByVisit();
        visits.Replay(rebuilt, 0, visits.Count);
        StageFigures Measure(ItemIndex index) =>
            RankingFigures.Measure("", prefixes, log[log.Count - 1].Time, index, catalogue, null, null, out _);

        var (one, other) = (Measure(live), Measure(rebuilt));

        output.WriteLine($"live {one.ToLine()}{Environment.NewLine}rebuilt {other.ToLine()}");
        live.Events.ShouldBe(log.Count);
        one.Hr20.ShouldBe(other.Hr20, 0.003);
        one.Mrr20.ShouldBe(other.Mrr20, 0.003);
    }

    static void Follow(ClickLog log, IndexProjection follower)
    {
        for (int i = 0; i < log.Count; i++)
        {
            var viewed = new Tracked
            {
                Time = log[i].Time * 1000L,
                Received = log[i].Time * 1000L,
                Kind = EventKind.ProductViewed,
                Message = (ulong)i + 1,
                Name = 1,
                Lines = [new OrderLine(log[i].Product, 1, 0)],
                Visit = 1,
            };
            using var body = new ByteWriter();
            using var personal = new ByteWriter();
            EventCodec.Write([viewed], body, personal);
            follower.Apply([new JournalEntry(i + 1, log[i].Customer, 1, viewed.Time, body.Written.ToArray(), [])]);
        }
    }
}
