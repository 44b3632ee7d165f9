using Personalization.Catalogue;
using Personalization.Recommendations;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Recommendations;

/// <summary>Messages ask for the next order: what the customer did over days comes back.</summary>
public class NextOrderTests
{
    const int Day = 86_400;

    static readonly RecommendationRules All = new() { AllowBought = true, AllowInCart = true };

    [Fact]
    public void What_was_favourited_days_ago_stands_beside_the_latest_of_thirty_views_since()
    {
        var touches = Views(visit: 1, 40)
            .Append(new(40, 100, Signal.Favourite, 1))
            .Concat(Enumerable.Range(0, 30).Select(i => new Touch(i, (3 * Day) + i, Signal.View, 2)))
            .ToArray();
        var shopper = new Shopper
        {
            Touches = touches,
            Visit = 2,
            Favourites = [40],
        };

        var letter = Ask(shopper, Placement.Email, 10);

        letter.Take(3).Single(item => item.Product == 40).Reason.ShouldBe(new Reason(ReasonKind.BecauseFavourited, 40));
        letter.Take(3).ShouldContain(item => item.Product == 29);
    }

    [Fact]
    public void A_favourite_is_not_said_to_be_liked_because_of_itself()
    {
        var catalogue = new ProductCatalogue();
        ReasonTexts.Of(new(ReasonKind.BecauseFavourited, 40), 40, catalogue, English.Texts).ShouldBe("on your favourites list");
        ReasonTexts.Of(new(ReasonKind.BecauseFavourited, 40), 41, catalogue, English.Texts).ShouldStartWith("because you like");
    }

    [Fact]
    public void What_was_viewed_three_times_comes_before_what_was_viewed_once_since()
    {
        var shopper = new Shopper { Touches = [.. Views(1, 7, 7, 7), .. Views(2, 8)], Visit = 2 };
        Ask(shopper, Placement.Email, 2).Select(item => item.Product).ShouldBe([7, 8]);
    }

    [Fact]
    public void A_letter_brings_back_the_cart_and_what_was_bought_only_where_the_shop_says_so()
    {
        var shopper = new Shopper
        {
            Touches = [.. Views(1, 1, 2), new(3, 100, Signal.CartAdd, 1)],
            Visit = 1,
            Cart = [3],
            Purchases = [new(4, 50, 2)],
        };
        Ask(shopper, Placement.Email, 3).Select(item => item.Product).ShouldNotContain(product => product == 3 || product == 4);

        var letter = Ask(shopper, Placement.Email, 3, All);
        letter.Select(item => (item.Product, item.Reason.Kind)).ShouldContain((4, ReasonKind.BecauseBought));
        letter[0].Product.ShouldBe(3);
        foreach (var placement in (Placement[])[Placement.Cart, Placement.Checkout])
            Ask(shopper, placement, 45, All).ShouldNotContain(item => item.Product == 3);
    }

    [Fact]
    public void A_letter_asked_for_within_a_visit_is_the_one_asked_for_after_it()
    {
        Touch[] touches = [.. Views(1, 1, 2, 3), .. Views(2, 4, 5, 4)];
        var within = Ask(
            new Shopper
            {
                Touches = touches,
                Visit = 2,
                Session = 77,
            },
            Placement.Email,
            20
        );
        Ask(new Shopper { Touches = touches, Visit = 3 }, Placement.Email, 20).ShouldBe(within);
    }

    static IEnumerable<Touch> Views(int visit, params int[] products) =>
        products.Select((product, i) => new Touch(product, (visit * Day) + i, Signal.View, visit));

    static Recommendation[] Ask(Shopper shopper, Placement placement, int count, RecommendationRules? rules = null)
    {
        var catalogue = new ProductCatalogue();
        for (var number = 0; number < 45; number++)
            catalogue.Apply(new Product { Number = number, Id = $"p{number}" });
        var index = new ItemIndex(new(), catalogue);
        for (var visit = 0; visit < 40; visit++)
        {
            index.Record((ulong)visit + 1, visit, Signal.View, visit);
            index.Record((ulong)visit + 1, visit + 1, Signal.View, visit + 1);
        }
        var into = new Recommendation[count];
        var request = new RecommendationRequest
        {
            Placement = placement,
            Count = count,
            Now = 4 * Day,
            Rules = rules,
        };
        return into[..Recommender.Recommend(request, shopper, index, catalogue, into).Count];
    }
}
