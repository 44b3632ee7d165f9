using Personalization.Churn;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Churn;

public class AlmostBuyerTests
{
    static readonly AlmostBuyerPolicy Policy = AlmostBuyerPolicy.Default;
    static readonly Unfinished Nothing = new(0, 0, null, 0, null, null);

    [Fact]
    public void R32_many_views_and_no_cart_are_noticed() =>
        AlmostBuyer
            .Detect(Nothing with { Views = 9, Products = 4 }, Policy)
            .ShouldBe(new(AlmostBuyerKind.Views, "9 product views of 4 products, nothing in the cart", 0));

    [Fact]
    public void R32_a_cart_is_left_once_it_has_rested()
    {
        AlmostBuyer.Detect(Nothing with { CartAge = 3599, CartAmount = 5, Views = 20 }, Policy).ShouldBeNull();
        AlmostBuyer
            .Detect(Nothing with { CartAge = 2 * 3600, CartAmount = 5 }, Policy)
            .ShouldBe(new(AlmostBuyerKind.Cart, "cart left 2 hours ago, no checkout", 5));
    }

    [Fact]
    public void R32_the_step_nearest_to_an_order_is_the_one_named()
    {
        var open = new Unfinished(20, 3, 4000, 5, 2400, 90_000);
        AlmostBuyer.Detect(open, Policy)!.Kind.ShouldBe(AlmostBuyerKind.Checkout);
        AlmostBuyer.Detect(open with { CheckoutAge = null }, Policy)!.Kind.ShouldBe(AlmostBuyerKind.Cart);
        AlmostBuyer
            .Detect(open with { CheckoutAge = null, CartAge = null }, Policy)!
            .Sentence.ShouldBe("registration begun 25 hours ago, not finished");
    }

    [Fact]
    public void R32_what_was_left_weeks_ago_is_forgotten() =>
        AlmostBuyer.Detect(Nothing with { CartAge = 15 * 86_400 }, Policy).ShouldBeNull();

    [Fact]
    public void R32_the_next_look_is_due_when_the_first_open_step_has_rested()
    {
        AlmostBuyer.NextDetection(Nothing with { CartAge = 600, CheckoutAge = 300 }, Policy).ShouldBe(1500);
        AlmostBuyer.NextDetection(Nothing, Policy).ShouldBeNull();
    }
}
