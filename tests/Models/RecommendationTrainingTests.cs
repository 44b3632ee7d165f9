using Personalization.Models.Recommendations;
using Personalization.Recommendations;
using Personalization.Tests.Recommendations;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Models;

public class RecommendationTrainingTests
{
    static readonly RankingTrainingSettings Short = new()
    {
        Block = 0.02,
        Vectors = new() { Epochs = 2 },
        Trees = new() { Rounds = 20 },
    };

    [Fact]
    public void A_changed_future_changes_no_row_that_is_learned_from()
    {
        var log = SyntheticClicks.Log(600);
        int present = log.Count * 8 / 10;
        var random = new Random(5);
        var other = new ClickLog([
            .. Enumerable
                .Range(0, log.Count)
                .Select(i => i < present ? log[i] : log[i] with { Product = random.Next(SyntheticClicks.Products) }),
        ]);

        var (rows, others) = (Rows(log), Rows(other));
        int lists = rows.Acts.Count(act => act < present),
            until = rows.Lists.Start(lists) * RankingModel.Columns;

        lists.ShouldBeGreaterThan(100);
        others.Acts.Take(lists).ShouldBe(rows.Acts.Take(lists));
        rows.Lists.Values[..until].SequenceEqual(others.Lists.Values[..until]).ShouldBeTrue();
        rows.Lists.Values[until..].SequenceEqual(others.Lists.Values[until..]).ShouldBeFalse();
    }

    [Fact]
    public void A_row_learned_from_is_the_row_that_serves()
    {
        var log = SyntheticClicks.Log(600);
        var catalogue = SyntheticClicks.Catalogue();
        var model = RankingModelTests.Model(new Random(2), SyntheticClicks.Products);
        var settings = Short with { Share = 0.1, Block = 0.1 };
        var learned = new RankingTraining(log, catalogue, settings).GatherColumns(model);
        int start = log.StartOfLast(0.1);
        var index = new ItemIndex(new(), catalogue);
        log.Replay(index, 0, start);
        var into = new Recommendation[20];
        int list = 0;
        foreach (var question in log.Questions(start))
        {
            if (list == learned.Acts.Length || question.At != learned.Acts[list])
                continue;
            var prefix = question.ToPrefix();
            var shopper = new Shopper
            {
                Touches = prefix.Touches,
                Visit = 1,
                Session = prefix.Session,
            };
            Recommender.Recommend(new() { Count = 20, Now = log[start - 1].Time }, shopper, index, catalogue, into, model: model);
            var scratch = Scratch.OfThread;
            int place = Array.IndexOf(scratch.Chosen, scratch.Candidates.RowOf(prefix.Next));
            for (int column = 0; column < RankingModel.Columns; column++)
                scratch
                    .Columns[(column * RankingModel.Ranked) + place]
                    .ShouldBe(learned.Lists.Row(learned.Lists.Target(list))[column]);
            list++;
        }
        list.ShouldBe(learned.Acts.Length);
        list.ShouldBeGreaterThan(50);
    }

    [Fact]
    public void What_was_learned_finds_more_than_what_was_not_and_training_again_finds_the_same()
    {
        var log = SyntheticClicks.Log(3000);
        var catalogue = SyntheticClicks.Catalogue();
        int start = log.StartOfLast(0.1);
        var index = new ItemIndex(new(), catalogue);
        log.Replay(index, 0, start);
        var prefixes = log.Questions(start).Select(question => question.ToPrefix()).ToList();
        StageFigures Measure(RankingModel? model) =>
            RankingFigures.Measure("", prefixes, log[start - 1].Time, index, catalogue, null, model, out _);

        var trained = new RankingTraining(log.First(start), catalogue, Short).Run("a")!;
        Measure(trained.Full).Mrr20.ShouldBeGreaterThan(Measure(null).Mrr20 + 0.01);
        var again = new RankingTraining(log.First(start), catalogue, Short).Run("a")!;
        File(again.Full).SequenceEqual(File(trained.Full)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(Objective.CartAdd)]
    [InlineData(Objective.Purchase)]
    public void A_question_knows_nothing_of_what_came_after_it(Objective objective)
    {
        var log = SyntheticClicks.Orders(400);
        foreach (var question in log.Questions(0, objective))
        {
            var prefix = question.ToPrefix();
            prefix.Touches[^1].Time.ShouldBeLessThanOrEqualTo(log[question.At - 1].Time);
            prefix.Touches.Length.ShouldBe(
                Enumerable.Range(0, question.At).Count(i => log[i].Customer == question.Answer.Customer)
            );
            prefix.Cart.ShouldNotContain(prefix.Next);
            Enumerable.Range(question.At, log.Count - question.At).ShouldContain(i => log[i] == question.Answer);
        }
        log.Questions(0, objective).Count().ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Each_objective_with_enough_questions_gets_a_ranking_that_finds_more_than_what_it_replaces()
    {
        var log = SyntheticClicks.Orders(3000);
        var catalogue = SyntheticClicks.Catalogue();
        int start = log.StartOfLast(0.1);
        var index = new ItemIndex(new(), catalogue);
        log.Replay(index, 0, start);
        var model = new RankingTraining(log.First(start), catalogue, Short).Run("a")!.Full;
        double Measure(Objective objective, RankingModel? ranking) =>
            RankingFigures
                .Measure(
                    "",
                    [.. log.Questions(start, objective).Select(question => question.ToPrefix())],
                    log[start - 1].Time,
                    index,
                    catalogue,
                    null,
                    ranking,
                    out _
                )
                .Mrr20;

        Measure(Objective.CartAdd, model).ShouldBeGreaterThan(Measure(Objective.CartAdd, null) + 0.01);
        Measure(Objective.Purchase, model).ShouldBeGreaterThan(Measure(Objective.Purchase, model.With(null, null)) + 0.01);
        new RankingTraining(SyntheticClicks.Log(600), catalogue, Short).Run("b")!.Full.CartAdds.ShouldBeNull();
    }

    [Fact]
    public void A_shop_that_sent_its_orders_alone_gets_a_ranking_for_orders()
    {
        var all = SyntheticClicks.Orders(3000);
        var log = new ClickLog([
            .. Enumerable.Range(0, all.Count).Select(i => all[i]).Where(act => act.Signal == Signal.Purchase),
        ]);
        var catalogue = SyntheticClicks.Catalogue();
        int start = log.StartOfLast(0.1);
        var index = new ItemIndex(new(), catalogue);
        log.Replay(index, 0, start);
        double Measure(RankingModel? ranking) =>
            RankingFigures
                .Measure(
                    "",
                    [.. log.Questions(start, Objective.Purchase).Select(question => question.ToPrefix())],
                    log[start - 1].Time,
                    index,
                    catalogue,
                    null,
                    ranking,
                    out _
                )
                .Mrr20;

        Measure(new RankingTraining(log.First(start), catalogue, Short).Run("a").ShouldNotBeNull().Full)
            .ShouldBeGreaterThan(Measure(null));
    }

    [Fact]
    public void Too_little_is_no_model() =>
        new RankingTraining(SyntheticClicks.Log(20), SyntheticClicks.Catalogue(), Short).Run("a").ShouldBeNull();

    static RankingTraining.Gathered Rows(ClickLog log) =>
        new RankingTraining(log, SyntheticClicks.Catalogue(), Short).GatherColumns(
            RankingModelTests.Model(new Random(1), SyntheticClicks.Products)
        );

    static byte[] File(RankingModel model)
    {
        var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }
}
