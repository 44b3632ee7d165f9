using Personalization.Customers;
using Personalization.Recommendations;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Customers;

/// <summary>R19: who is guided, and who wants the short way.</summary>
public sealed class SkillTests
{
    [Theory]
    [InlineData(0, 1, 0, 0, ShopperKind.FirstTime)]
    [InlineData(0, 1, 9, 1, ShopperKind.FirstTime)]
    [InlineData(1, 1, 0, 0, ShopperKind.Occasional)]
    [InlineData(0, 2, 0, 0, ShopperKind.Occasional)]
    [InlineData(0, 60, 0, 0, ShopperKind.Occasional)]
    [InlineData(2, 1, 0, 0, ShopperKind.Skilled)]
    [InlineData(1, 3, 3, 0, ShopperKind.Skilled)]
    [InlineData(0, 6, 3, 2, ShopperKind.Skilled)]
    [InlineData(0, 6, 2, 2, ShopperKind.Occasional)]
    public void Points_make_the_kind(int orders, int visits, int searches, int quickAdds, ShopperKind kind) =>
        new Skill(orders, visits, searches, quickAdds).Kind.ShouldBe(kind);

    [Fact]
    public void A_product_put_in_the_cart_within_two_minutes_of_a_look_is_quick()
    {
        var state = new CustomerState(1) { Visits = 2, LastSeen = 1_000_000 };
        foreach (
            var touch in new Touch[]
            {
                new(1, 100, Signal.View, 1),
                new(2, 110, Signal.View, 1),
                new(1, 220, Signal.CartAdd, 1),
                new(2, 231, Signal.CartAdd, 1),
                new(3, 232, Signal.CartAdd, 1),
            }
        )
            state.Touches.Add(touch, CustomerState.MaxTouches);
        var skill = Skill.Of(state, now: 1_000_001);
        skill.ShouldBe(new Skill(0, 2, 0, 1));
        skill.Because.ShouldBe("0 orders, 2 visits, 0 searches, 1 product put in the cart within two minutes");
        Skill.Of(state, now: 1_000_000 + Fold.VisitGap + 1).Visits.ShouldBe(3, "a visit that begins with this question");
    }

    [Fact]
    public async Task The_answer_and_the_customer_tell_it()
    {
        await using var server = await TestServer.StartAsync();
        (await ShopperAsync("nobody")).ShouldBe("first-time");
        await server.PostAsync("/v1/track", """{"userId":"ann","event":"Product Viewed","properties":{"product_id":"p"}}""");
        (await ShopperAsync("ann")).ShouldBe("first-time");
        foreach (var order in new[] { "o-1", "o-2" })
            await server.PostAsync(
                "/v1/track",
                $$"""{"userId":"ann","event":"Order Completed","properties":{"order_id":"{{order}}","total":5,"products":[{"product_id":"p","price":5}] } }"""
            );
        (await ShopperAsync("ann")).ShouldBe("skilled");
        var (_, customer) = await server.GetAsync("/v1/customers/ann");
        customer.GetProperty("shopper").GetString().ShouldBe("skilled");
        customer.GetProperty("shopperBecause").GetString()!.ShouldStartWith("2 orders, 1 visit");

        async Task<string?> ShopperAsync(string user) =>
            (await server.GetAsync($"/v1/recommendations?userId={user}")).Body.GetProperty("shopper").GetString();
    }
}
