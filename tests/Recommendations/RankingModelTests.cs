using FsCheck;
using FsCheck.Fluent;
using Personalization.Recommendations;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Recommendations;

/// <summary>Whatever a model has learned, an answer stays an answer.</summary>
public class RankingModelTests
{
    [Fact]
    public void With_any_model_no_product_appears_twice_and_none_that_may_not_be_shown() =>
        ForAllShops(
            (shop, model) =>
            {
                var products = Ask(shop, model).Select(x => x.Product).ToArray();
                return products.Distinct().Count() == products.Length && products.All(shop.MayShow);
            }
        );

    [Fact]
    public void With_any_model_fewer_than_asked_come_only_when_fewer_exist() =>
        ForAllShops(
            (shop, model) =>
            {
                IEnumerable<int> exist = Enumerable.Range(0, shop.Catalogue.Count);
                if (shop.Request.Placement == Placement.RecentlyViewed)
                    exist = shop.Touches.Select(x => x.Product).Distinct();
                return Ask(shop, model).Length == Math.Min(shop.Request.Count, exist.Count(shop.MayShow));
            }
        );

    [Fact]
    public void With_any_model_a_reason_names_something_the_customer_truly_did() =>
        ForAllShops((shop, model) => Ask(shop, model).All(item => RecommenderTests.IsTrue(item, shop)));

    [Fact]
    public void The_same_state_and_model_give_the_same_answer_also_when_the_model_was_read_from_its_file() =>
        ForAllShops(
            (shop, model) =>
            {
                var stream = new MemoryStream();
                model.Save(stream);
                stream.Position = 0;
                var loaded = RankingModel.Load(stream);
                var answer = Ask(shop, model);
                return answer.SequenceEqual(Ask(shop, model))
                    && answer.SequenceEqual(Ask(shop, loaded))
                    && loaded.Version == model.Version;
            }
        );

    [Fact]
    public void Scores_are_chances_that_fall() =>
        ForAllShops(
            (shop, model) =>
            {
                if (shop.Request.Rules is not null)
                    return true;
                var scores = Ask(shop, model)
                    .Where(x => x.Reason.Kind is ReasonKind.BecauseViewed)
                    .Select(x => x.Score)
                    .ToArray();
                // A chance, raised by no more than a full rating raises it.
                var highest = 1 + RecommendationRules.Default.RatingBoost;
                return scores.All(x => x >= 0 && x <= highest) && scores.SequenceEqual(scores.OrderDescending());
            }
        );

    [Theory]
    [InlineData(Placement.Home, 1)]
    [InlineData(Placement.Product, 1)]
    [InlineData(Placement.Cart, 2)]
    [InlineData(Placement.Checkout, 2)]
    [InlineData(Placement.Email, 3)]
    public void Each_placement_is_served_by_the_ranking_of_its_objective(Placement placement, int expected)
    {
        var model = Model(new Random(1), 10);
        model
            .Of(Objectives.Of(placement))
            .ShouldBeSameAs(
                expected == 1 ? model
                : expected == 2 ? model.CartAdds
                : model.Purchases
            );
        var clicks = model.With(null, null);
        clicks.Of(Objectives.Of(placement)).ShouldBe(expected == 1 ? clicks : null);
    }

    [Fact]
    public void A_damaged_or_foreign_model_is_refused()
    {
        var stream = new MemoryStream();
        Model(new Random(1), 50).Save(stream);
        var file = stream.ToArray();
        for (var length = 0; length < file.Length; length += 97)
            Should.Throw<InvalidDataException>(() => RankingModel.Load(new MemoryStream(file[..length])));
        file[0] ^= 1;
        Should.Throw<InvalidDataException>(() => RankingModel.Load(new MemoryStream(file)));
    }

    [Fact]
    public void A_prediction_with_a_model_allocates_nothing()
    {
        var shop = new Shop(5)
        {
            Request = new RecommendationRequest { Count = 10, Now = Shop.Now },
        };
        var model = Model(new Random(1), shop.Catalogue.Count);
        var into = new Recommendation[10];
        for (var i = 0; i < 3; i++)
            Recommender.Recommend(shop.Request, shop.Shopper, shop.Index, shop.Catalogue, into, model: model);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Recommender.Recommend(shop.Request, shop.Shopper, shop.Index, shop.Catalogue, into, model: model);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void The_visit_going_on_is_no_neighbour_of_itself()
    {
        var index = new ItemIndex(new(), new());
        index.Record(7, 1, Signal.View, 1000);
        index.Record(7, 2, Signal.View, 1010);
        Votes(index, own: 0).ShouldBeGreaterThan(0);
        Votes(index, own: 7).ShouldBe(0);
    }

    internal static RankingModel Model(Random random, int products)
    {
        float[] Weights(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())];
        var vectors = new ItemVectors(Weights(products * ItemVectors.Width), Weights(products * ItemVectors.Width));
        RankingModel One()
        {
            var drawn = SymmetricTreesTests.Draw(random, 4, trees: 10, RankingModel.Columns);
            return new(
                "drawn",
                Weights(Candidate.Width),
                Weights(Candidate.Width),
                Weights(3),
                Weights(3),
                vectors,
                new SymmetricTrees(4, RankingModel.Columns, drawn.Features, drawn.Thresholds, drawn.Leaves)
            );
        }
        return One().With(One(), One());
    }

    static float Votes(ItemIndex index, ulong own)
    {
        var scratch = new Scratch();
        var shopper = new Shopper
        {
            Touches = [new(2, 1010, Signal.View, 1)],
            Visit = 1,
            Session = own,
        };
        scratch.Query.Collect(new() { Now = 1020 }, shopper, BlendWeights.Default);
        SessionKnn.Collect(index, BlendWeights.Default, 1020, own, scratch);
        return scratch.Candidates.RowOf(1) is >= 0 and var row ? scratch.Candidates.Row(row)[Candidate.Knn] : 0;
    }

    static Recommendation[] Ask(Shop shop, RankingModel model)
    {
        var into = new Recommendation[shop.Request.Count];
        var answer = Recommender.Recommend(shop.Request, shop.Shopper, shop.Index, shop.Catalogue, into, model: model);
        return into[..answer.Count];
    }

    static void ForAllShops(Func<Shop, RankingModel, bool> law) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(150), Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
            {
                var shop = new Shop(seed);
                return law(shop, Model(new Random(seed), shop.Catalogue.Count));
            }));
}
