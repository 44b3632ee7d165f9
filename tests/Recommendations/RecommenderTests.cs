using FsCheck;
using FsCheck.Fluent;
using Personalization.Catalogue;
using Personalization.Recommendations;
using Personalization.Recommendations.Filters;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Recommendations;

public class RecommenderTests
{
    [Fact]
    public void A_product_never_appears_twice() =>
        ForAllShops(shop =>
        {
            var products = shop.Ask().Select(x => x.Product).ToArray();
            return products.Distinct().Count() == products.Length;
        });

    /// <summary>Complaints 8 to 11: hidden, sold out, never-show, bought, in the cart, outside the filter or category.</summary>
    [Fact]
    public void Nothing_that_may_not_be_shown_is_ever_shown() =>
        ForAllShops(shop => shop.Ask().All(x => shop.MayShow(x.Product)));

    [Fact]
    public void Fewer_than_asked_come_only_when_fewer_exist() =>
        ForAllShops(shop =>
        {
            IEnumerable<int> exist = Enumerable.Range(0, shop.Catalogue.Count);
            if (shop.Request.Placement == Placement.RecentlyViewed)
                exist = shop.Touches.Select(x => x.Product).Distinct();
            return shop.Ask().Length == Math.Min(shop.Request.Count, exist.Count(shop.MayShow));
        });

    [Fact]
    public void The_same_state_gives_the_same_answer() => ForAllShops(shop => shop.Ask().SequenceEqual(shop.Ask()));

    [Fact]
    public void A_reason_names_something_the_customer_truly_did() => ForAllShops(shop => shop.Ask().All(x => IsTrue(x, shop)));

    [Fact]
    public void A_reason_can_be_read() =>
        ForAllShops(shop => shop.Ask().All(x => ReasonTexts.Of(x.Reason, x.Product, shop.Catalogue, English.Texts).Length > 0));

    [Fact]
    public void Pinned_products_come_first_and_buried_ones_last() =>
        ForAllShops(shop =>
        {
            if (shop.Request.Rules is not { } rules || shop.Request.Placement == Placement.RecentlyViewed)
                return true;
            var answer = shop.Ask().Select(x => x.Product).ToArray();
            bool Buried(int product) =>
                rules.Bury.Any(rule => rule.Period.Until > Shop.Now && rule.Filter.Matches(shop.Catalogue[product]!));
            var pins = shop.Pins.Distinct().Where(shop.MayShow).Take(answer.Length).ToArray();
            return answer.Take(pins.Length).SequenceEqual(pins)
                && answer.Skip(pins.Length).SkipWhile(x => !Buried(x)).All(Buried);
        });

    /// <summary>R17: a category or brand takes more than its share only where nothing else is left that may be shown and is not
    /// buried.</summary>
    [Fact]
    public void The_limits_of_the_mix_hold_while_others_are_left() =>
        ForAllShops(shop =>
        {
            if (shop.Request.Rules is not { } rules || shop.Request.Placement == Placement.RecentlyViewed)
                return true;
            var answer = shop.Ask().Select(x => x.Product).ToArray();
            bool Buried(int product) => rules.Bury.Any(rule => rule.Concerns(shop.Catalogue[product]!, Shop.Now));
            bool Fits(IEnumerable<int> taken, int product) =>
                Fewer(taken, product, shop.Catalogue.CategoryOf, rules.MaxPerCategory)
                && Fewer(taken, product, shop.Catalogue.BrandOf, rules.MaxPerBrand);
            var pins = shop.Pins.Distinct().Where(shop.MayShow).Take(answer.Length).Count();
            for (var i = pins; i < answer.Length; i++)
                if (!Fits(answer[..i], answer[i]))
                    return !Enumerable
                        .Range(0, shop.Catalogue.Count)
                        .Where(shop.MayShow)
                        .Except(answer[..i])
                        .Any(product => !Buried(product) && Fits(answer[..i], product));
            return true;
        });

    static bool Fewer(IEnumerable<int> taken, int product, Func<int, int> kindOf, int most) =>
        most <= 0 || kindOf(product) < 0 || taken.Count(one => kindOf(one) == kindOf(product)) < most;

    [Fact]
    public void A_boost_raises_what_matches_while_it_holds()
    {
        var (catalogue, index) = Numbered(10);
        for (ulong visit = 0; visit < 9; visit++)
        {
            index.Record(visit, 1, Signal.View, 1000);
            index.Record(visit, visit < 6 ? 2 : 3, Signal.View, 1010);
        }
        Filter.TryParse("id = \"p3\"", out var third, out _).ShouldBeTrue();
        int First(int now)
        {
            var into = new Recommendation[1];
            var boost = new FilterRule(third!, new Period(1500, 2500), Factor: 100);
            Recommender.Recommend(
                new()
                {
                    Count = 1,
                    Now = now,
                    Rules = new() { Boost = [boost], Exploration = 0 },
                },
                new Shopper { Touches = [new(1, 1400, Signal.View, 1)], Visit = 1 },
                index,
                catalogue,
                into
            );
            return into[0].Product;
        }
        (First(1499), First(1500), First(2499), First(2500)).ShouldBe((2, 3, 3, 2));
    }

    [Fact]
    public void New_products_take_at_most_a_third_by_chance() =>
        ForAllShops(shop => shop.Ask().Count(x => x.Reason.Kind == ReasonKind.New) <= shop.Request.Count / 3);

    [Fact]
    public void A_known_customer_sees_what_follows_the_last_act_at_once()
    {
        var (catalogue, index) = Numbered(20);
        for (ulong visit = 0; visit < 5; visit++)
        {
            index.Record(visit, 1, Signal.View, 1000);
            index.Record(visit, 2, Signal.View, 1010);
            index.Record(100 + visit, 3, Signal.View, 1000);
            index.Record(100 + visit, 4, Signal.View, 1010);
        }
        var into = new Recommendation[2];
        var request = new RecommendationRequest { Count = 2, Now = 2000 };

        var before = new Shopper { Touches = [new(1, 1990, Signal.View, 1)], Visit = 1 };
        Recommender.Recommend(request, before, index, catalogue, into).Strategy.ShouldBe("session-knn+transitions");
        into[0].Product.ShouldBe(2);
        into[0].Reason.ShouldBe(new Reason(ReasonKind.BecauseViewed, 1));

        var after = new Shopper { Touches = [new(1, 1990, Signal.View, 1), new(3, 1995, Signal.View, 1)], Visit = 1 };
        Recommender.Recommend(request, after, index, catalogue, into);
        into[0].Product.ShouldBe(4);
        ReasonTexts.Of(into[0].Reason, 4, catalogue, English.Texts).ShouldBe("because you viewed \"p3\"");
    }

    [Fact]
    public void A_first_visit_gets_best_sellers_and_what_is_trending()
    {
        var (catalogue, index) = Numbered(30);
        for (ulong visit = 0; visit < 10; visit++)
        {
            index.Record(visit, 7, Signal.Purchase, 1000);
            index.Record(visit, 8, Signal.View, 1000);
        }
        index.Record(99, 9, Signal.Purchase, 1000);
        var into = new Recommendation[3];

        var answer = Recommender.Recommend(new() { Count = 3, Now = 1001 }, new Shopper { Visit = 1 }, index, catalogue, into);

        answer.Strategy.ShouldBe("best-sellers+trending");
        into.Select(x => (x.Product, x.Reason.Kind))
            .ShouldBe([(7, ReasonKind.BestSeller), (9, ReasonKind.BestSeller), (8, ReasonKind.Trending)]);
    }

    [Fact]
    public void Best_sellers_are_those_of_the_category_asked_for()
    {
        var catalogue = new ProductCatalogue();
        for (var i = 0; i < 20; i++)
            catalogue.Apply(
                new Product
                {
                    Number = i,
                    Id = $"p{i}",
                    Category = ["Shop", i % 2 == 0 ? "Even" : "Odd"],
                }
            );
        var index = new ItemIndex(new(), catalogue);
        for (ulong visit = 0; visit < 30; visit++)
            index.Record(visit, (int)visit % 6, Signal.Purchase, 1000 + (int)visit);
        catalogue.Categories.TryFind("Shop > Odd", out var odd).ShouldBeTrue();
        var into = new Recommendation[4];

        Recommender.Recommend(
            new()
            {
                Count = 4,
                Now = 2000,
                Category = odd,
            },
            default,
            index,
            catalogue,
            into
        );

        into.ShouldAllBe(x => x.Product % 2 == 1);
        into.Take(3).Select(x => x.Product).Order().ShouldBe([1, 3, 5]);
        into.Take(3).ShouldAllBe(x => x.Reason.Kind == ReasonKind.BestSeller);
    }

    [Fact]
    public void Checkout_shows_what_was_viewed_and_not_carted_and_then_what_goes_with_the_cart()
    {
        var (catalogue, index) = Numbered(20);
        index.RecordOrder([1, 2], 1000);
        index.RecordOrder([1, 2], 1000);
        var shopper = new Shopper
        {
            Touches = [new(9, 100, Signal.View, 1), new(5, 1500, Signal.View, 2), new(1, 1600, Signal.CartAdd, 2)],
            Visit = 2,
            Cart = [1],
        };
        var into = new Recommendation[4];

        Recommender.Recommend(
            new()
            {
                Placement = Placement.Checkout,
                Count = 4,
                Now = 2000,
            },
            shopper,
            index,
            catalogue,
            into
        );

        into[0].ShouldSatisfyAllConditions(x => x.Product.ShouldBe(5), x => x.Reason.Kind.ShouldBe(ReasonKind.ViewedNotCarted));
        into[1].Product.ShouldBe(2);
        into[1].Reason.ShouldBe(new Reason(ReasonKind.BoughtTogether, 1));
        into.ShouldAllBe(x => x.Product != 1);
        into.ShouldAllBe(x => x.Product != 9); // seen in an earlier visit: neither of the two
    }

    [Fact]
    public void Recently_viewed_lists_what_was_seen_latest_first_and_nothing_else()
    {
        var (catalogue, index) = Numbered(20);
        var shopper = new Shopper
        {
            Touches =
            [
                new(3, 1, Signal.View, 1),
                new(4, 2, Signal.View, 1),
                new(3, 3, Signal.View, 2),
                new(5, 4, Signal.CartAdd, 2),
            ],
            Visit = 2,
            Cart = [5],
        };
        var into = new Recommendation[10];

        var answer = Recommender.Recommend(
            new() { Placement = Placement.RecentlyViewed, Now = 10 },
            shopper,
            index,
            catalogue,
            into
        );

        answer.Strategy.ShouldBe("recently-viewed");
        into[..answer.Count].Select(x => x.Product).ShouldBe([5, 3, 4]);
    }

    [Fact]
    public void A_product_hidden_or_sold_out_is_gone_from_the_next_answer()
    {
        var (catalogue, index) = Numbered(3);
        var into = new Recommendation[3];
        Recommender.Recommend(new() { Now = 1 }, default, index, catalogue, into).Count.ShouldBe(3);

        catalogue.Apply(catalogue[1]! with { Hidden = true });
        catalogue.Apply(catalogue[2]! with { Stock = 0 });

        Recommender.Recommend(new() { Now = 1 }, default, index, catalogue, into).Count.ShouldBe(1);
        into[0].Product.ShouldBe(0);
    }

    [Fact]
    public void A_replenishable_product_comes_back_when_it_should_be_used_up()
    {
        var catalogue = new ProductCatalogue();
        catalogue.Apply(
            new Product
            {
                Number = 0,
                Id = "coffee",
                ReplenishDays = 10,
            }
        );
        var index = new ItemIndex(new(), catalogue);
        var shopper = new Shopper { Purchases = [new(0, 0, 1)], IsKnown = true };
        var into = new Recommendation[1];

        Recommender.Recommend(new() { Count = 1, Now = 7 * 86_400 }, shopper, index, catalogue, into).Count.ShouldBe(0);
        Recommender.Recommend(new() { Count = 1, Now = 8 * 86_400 }, shopper, index, catalogue, into).Count.ShouldBe(1);
        into[0].Reason.Kind.ShouldBe(ReasonKind.BuyAgain);
    }

    [Fact]
    public void No_category_takes_more_than_its_share_while_others_are_left()
    {
        var catalogue = new ProductCatalogue();
        for (var i = 0; i < 30; i++)
            catalogue.Apply(
                new Product
                {
                    Number = i,
                    Id = $"p{i}",
                    Category = [$"c{i / 10}"],
                }
            );
        var rules = new RecommendationRules { MaxPerCategory = 2 };
        var into = new Recommendation[8];
        var index = new ItemIndex(new(), catalogue);

        Recommender
            .Recommend(
                new()
                {
                    Count = 6,
                    Now = 1,
                    Rules = rules,
                },
                default,
                index,
                catalogue,
                into
            )
            .Count.ShouldBe(6);
        into[..6].GroupBy(x => catalogue.CategoryOf(x.Product)).ShouldAllBe(x => x.Count() == 2);

        Recommender
            .Recommend(
                new()
                {
                    Count = 8,
                    Now = 1,
                    Rules = rules,
                },
                default,
                index,
                catalogue,
                into
            )
            .Count.ShouldBe(8);
    }

    [Fact]
    public void Margin_and_rating_tip_the_scales()
    {
        var catalogue = new ProductCatalogue();
        catalogue.Apply(new Product { Number = 0, Id = "seen" });
        catalogue.Apply(new Product { Number = 1, Id = "plain" });
        catalogue.Apply(
            new Product
            {
                Number = 2,
                Id = "loved",
                Rating = 4.9,
                Reviews = 500,
            }
        );
        catalogue.Apply(
            new Product
            {
                Number = 3,
                Id = "lucrative",
                Margin = 0.9m,
            }
        );
        var index = new ItemIndex(new(), catalogue);
        for (ulong visit = 0; visit < 30; visit++)
        {
            index.Record(visit, 0, Signal.View, 1000);
            index.Record(visit, 1 + (int)(visit % 3), Signal.View, 1001);
        }
        var shopper = new Shopper { Touches = [new(0, 2000, Signal.View, 1)], Visit = 1 };
        var into = new Recommendation[4];
        var request = new RecommendationRequest
        {
            Count = 3,
            Now = 2001,
            Exclude = new[] { 0 },
        };

        Recommender.Recommend(request, shopper, index, catalogue, into);
        into[0].Product.ShouldBe(2);

        request = request with { Rules = new RecommendationRules { MarginBoost = 1 } };
        Recommender.Recommend(request, shopper, index, catalogue, into);
        into[0].Product.ShouldBe(3);
    }

    [Fact]
    public void Skilled_and_first_time_shoppers_are_told_apart()
    {
        new Shopper { Visit = 2 }
            .Experience()
            .ShouldBe(Experience.FirstTime);
        new Shopper { Visit = 3 }
            .Experience()
            .ShouldBe(Experience.Occasional);
        new Shopper { Visit = 1, Purchases = [new(1, 0, 1)] }
            .Experience()
            .ShouldBe(Experience.Occasional);
        new Shopper { Visit = 9, Purchases = [new(1, 0, 1), new(2, 0, 2)] }
            .Experience()
            .ShouldBe(Experience.Skilled);
    }

    [Fact]
    public void A_rating_can_be_told()
    {
        ReasonTexts
            .Rating(
                new Product
                {
                    Number = 0,
                    Id = "p",
                    Rating = 4.6,
                    Reviews = 120,
                },
                English.Texts
            )
            .ShouldBe("rated 4.6 out of 5 (reviews: 120)");
        ReasonTexts.Rating(new Product { Number = 0, Id = "p" }, English.Texts).ShouldBeNull();
    }

    /// <summary>R18: a mean is a reason where enough stand behind it.</summary>
    [Theory]
    [InlineData(5, 1, false)]
    [InlineData(5, 3, true)]
    [InlineData(4.6, 120, true)]
    [InlineData(4.05, 20, false)]
    [InlineData(3.9, 5000, false)]
    [InlineData(5, 0, false)]
    public void Well_rated_is_what_enough_customers_rate_well(double rating, int reviews, bool isWell) =>
        new Product
        {
            Number = 0,
            Id = "p",
            Rating = rating,
            Reviews = reviews,
        }.IsWellRated.ShouldBe(isWell);

    [Fact]
    public void A_product_without_any_event_leads_to_its_own_category()
    {
        var catalogue = new ProductCatalogue();
        for (var i = 0; i < 20; i++)
            catalogue.Apply(
                new Product
                {
                    Number = i,
                    Id = $"p{i}",
                    Category = [$"c{i % 4}"],
                }
            );
        var index = new ItemIndex(new(), catalogue);
        var into = new Recommendation[4];

        Recommender.Recommend(
            new()
            {
                Placement = Placement.Product,
                Product = 19,
                Count = 4,
                Now = 1,
            },
            default,
            index,
            catalogue,
            into
        );

        into.Select(x => x.Product).ShouldBe([3, 7, 11, 15]);
        ReasonTexts.Of(into[0].Reason, 3, catalogue, English.Texts).ShouldBe("more in c3");
    }

    [Fact]
    public void A_prediction_allocates_nothing()
    {
        var shop = new Shop(5)
        {
            Request = new RecommendationRequest { Count = 10, Now = Shop.Now },
        };
        var into = new Recommendation[10];
        for (var i = 0; i < 3; i++)
            Recommender.Recommend(shop.Request, shop.Shopper, shop.Index, shop.Catalogue, into);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Recommender.Recommend(shop.Request, shop.Shopper, shop.Index, shop.Catalogue, into);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void A_filter_of_the_request_is_obeyed()
    {
        var catalogue = new ProductCatalogue();
        for (var i = 0; i < 50; i++)
            catalogue.Apply(
                new Product
                {
                    Number = i,
                    Id = $"p{i}",
                    Price = i,
                }
            );
        Filter.TryParse("price >= 10 and price < 13", out var filter, out _).ShouldBeTrue();
        var into = new Recommendation[10];

        var answer = Recommender.Recommend(
            new() { Now = 1, Filter = filter },
            default,
            new ItemIndex(new(), catalogue),
            catalogue,
            into
        );

        into[..answer.Count].Select(x => x.Product).ShouldBe([10, 11, 12]);
    }

    static (ProductCatalogue Catalogue, ItemIndex Index) Numbered(int products)
    {
        var catalogue = new ProductCatalogue();
        for (var i = 0; i < products; i++)
            catalogue.Apply(new Product { Number = i, Id = $"p{i}" });
        return (catalogue, new ItemIndex(new(), catalogue));
    }

    internal static bool IsTrue(Recommendation item, Shop shop)
    {
        var product = item.Reason.Product;
        bool Did(params Signal[] signals) => shop.Touches.Any(x => x.Product == product && signals.Contains(x.Signal));
        bool Bought() => shop.Purchases.Any(x => x.Product == product);
        return item.Reason.Kind switch
        {
            ReasonKind.BecauseViewed => Did(Signal.View, Signal.CartAdd, Signal.Favourite),
            ReasonKind.BecauseFavourited => shop.Favourites.Contains(product),
            ReasonKind.BecauseInCart => shop.Cart.Contains(product),
            ReasonKind.BecauseBought => Did(Signal.Purchase) || Bought(),
            ReasonKind.BoughtTogether => shop.Cart.Contains(product)
                || Did(Signal.Purchase)
                || Bought()
                || product == shop.Request.Product,
            ReasonKind.RelatedTo or ReasonKind.InCategory => product == shop.Request.Product,
            ReasonKind.RecentlyViewed => shop.Touches.Any(x => x.Product == product) && product == item.Product,
            ReasonKind.ViewedNotCarted => !shop.Cart.Contains(item.Product)
                && shop.Touches.Any(x => x.Product == item.Product && x.Visit == shop.Visit),
            ReasonKind.BuyAgain => Bought() && product == item.Product,
            ReasonKind.WellRated => shop.Catalogue[item.Product]!.Rating >= 4,
            ReasonKind.New => shop.Catalogue[item.Product]!.Created is not null,
            ReasonKind.Pinned => shop.Pins.Contains(item.Product),
            ReasonKind.BestSeller => shop.Acts.Any(x => x.Product == item.Product && x.Signal == Signal.Purchase),
            ReasonKind.Trending => shop.Acts.Any(x => x.Product == item.Product && x.Signal == Signal.View),
            _ => true,
        };
    }

    static void ForAllShops(Func<Shop, bool> law) =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(300),
            Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => law(new Shop(seed)))
        );
}
