using System.Text.Json;
using Personalization.Support;
using Personalization.Tests.Http;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Recommendations;

/// <summary>R10 to R15, each once, as a storefront sees them.</summary>
public sealed class RecommendationRequirementsTests(SharedServer shared) : IClassFixture<SharedServer>, IAsyncLifetime
{
    const int Products = 12;

    TestServer Server => shared.Server;

    /// <summary>Twelve products in two categories; others look at neighbours and order the first three of each together.</summary>
    public async Task InitializeAsync()
    {
        if ((await Server.GetAsync("/v1/customers/rq-other-0")).Status == 200)
            return;
        await Server.PutAsync(
            "/v1/products",
            string.Join(
                '\n',
                Enumerable
                    .Range(0, Products)
                    .Select(i =>
                        $$"""{"id":"rq-{{i}}","title":"Thing {{i}}","price":{{i + 1}},"category":"{{Category(i)}} > {{i}}"}"""
                    )
            )
        );
        for (var other = 0; other < 8; other++)
            foreach (var half in new[] { 0, Products / 2 })
            {
                for (var i = half; i < half + (Products / 2); i++)
                    await TrackAsync($"rq-other-{other}", "Product Viewed", i);
                await Server.PostAsync(
                    "/v1/track",
                    $$"""{"userId":"rq-other-{{other}}","event":"Order Completed","properties":{"order_id":"rq-{{other}}-{{half}}","total":6,"products":[{"product_id":"rq-{{half}}","price":1},{"product_id":"rq-{{half + 1}}","price":2},{"product_id":"rq-{{half + 2}}","price":3}]} }"""
                );
            }
        await UntilAsync(async () =>
            Kinds(await ItemsAsync("placement=product&productId=rq-6&limit=20")).Contains("bought-together")
            && Kinds(await ItemsAsync("limit=20")).Contains("best-seller")
        );
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task R10_The_answer_to_a_known_customer_reflects_an_event_at_once_and_does_not_repeat_it()
    {
        await TrackAsync("rq-known", "Product Viewed", 7);
        var after = await ItemsAsync("userId=rq-known&limit=20");
        after[0].GetProperty("reason").GetProperty("productIds")[0].GetString().ShouldBe("rq-7");
        Ids(after)[0].ShouldNotBe("rq-7");
        Ids(after).Take(5).ShouldNotContain("rq-7");
        after.ShouldAllBe(item => item.GetProperty("score").GetDouble() > 0);
    }

    [Fact]
    public async Task R11_A_visitor_with_a_cookie_is_shown_what_is_related_to_what_they_saw()
    {
        await Server.PostAsync(
            "/v1/track",
            """{"anonymousId":"rq-cookie","event":"Product Viewed","properties":{"product_id":"rq-3"}}""",
            TestServer.WriteKey
        );
        Ids(await ItemsAsync("anonymousId=rq-cookie&placement=recently-viewed")).ShouldBe(["rq-3"]);
        var home = await ItemsAsync("anonymousId=rq-cookie&limit=3");
        Kinds(home).ShouldContain("because-viewed");
        Ids(home).ShouldNotContain("rq-3");
    }

    [Fact]
    public async Task R12_A_first_visit_gets_best_sellers_overall_and_of_a_category()
    {
        Kinds(await ItemsAsync("limit=6")).ShouldAllBe(kind => kind == "best-seller" || kind == "trending");
        var ofCategory = await ItemsAsync("limit=6&category=Right");
        Kinds(ofCategory).ShouldContain("best-seller");
        Ids(ofCategory).ShouldAllBe(id => Category(int.Parse(id.Substring(3))) == "Right");
    }

    [Fact]
    public async Task R13_Checkout_shows_what_was_viewed_and_not_carted_then_what_goes_with_the_cart_and_never_the_cart()
    {
        await TrackAsync("rq-checkout", "Product Viewed", 9);
        await TrackAsync("rq-checkout", "Product Viewed", 0);
        await TrackAsync("rq-checkout", "Product Added", 0);
        var items = await ItemsAsync("userId=rq-checkout&placement=checkout&limit=6");
        (Ids(items)[0], Kinds(items)[0]).ShouldBe(("rq-9", "viewed-not-carted"));
        Ids(items).ShouldNotContain("rq-0");
        var goesWith = items.First(item => item.GetProperty("reason").GetProperty("kind").GetString() == "bought-together");
        goesWith.GetProperty("reason").GetProperty("productIds")[0].GetString().ShouldBe("rq-0");
    }

    [Fact]
    public async Task R14_Recently_viewed_is_a_list_of_its_own_latest_first_and_is_never_filled_up()
    {
        foreach (var product in new[] { 2, 5, 2, 8 })
            await TrackAsync("rq-recent", "Product Viewed", product);
        Ids(await ItemsAsync("userId=rq-recent&placement=recently-viewed&limit=20")).ShouldBe(["rq-8", "rq-2", "rq-5"]);
    }

    [Fact]
    public async Task R15_Every_recommendation_has_its_reason_and_a_bundle_stays_within_its_budget()
    {
        await TrackAsync("rq-reason", "Product Viewed", 6);
        foreach (var item in await ItemsAsync("userId=rq-reason&limit=20"))
        {
            item.GetProperty("reason").GetProperty("kind").GetString().ShouldNotBeNullOrEmpty();
            item.GetProperty("reason").GetProperty("text").GetString().ShouldNotBeNullOrEmpty();
        }
        var bundle = (await Server.GetAsync("/v1/bundles?userId=rq-reason&productId=rq-6&budget=9&fields=price")).Body;
        List<JsonElement> items = [.. bundle.GetProperty("items").EnumerateArray()];
        items.ShouldNotBeEmpty();
        Ids(items).ShouldNotContain("rq-6");
        var total = items.Sum(item => item.GetProperty("price").GetDecimal());
        bundle.GetProperty("total").GetDecimal().ShouldBe(total);
        total.ShouldBeLessThanOrEqualTo(9);
    }

    [Fact]
    public async Task What_was_looked_at_in_this_visit_comes_last_where_the_shop_has_nothing_else()
    {
        foreach (var product in new[] { 10, 4 })
            await TrackAsync("rq-all", "Product Viewed", product);
        Ids(await ItemsAsync("userId=rq-all&limit=100"))[^2..].ShouldBe(["rq-10", "rq-4"], ignoreOrder: true);
    }

    static string Category(int product) => product < Products / 2 ? "Left" : "Right";

    Task TrackAsync(string user, string name, int product) =>
        Server.PostAsync(
            "/v1/track",
            $$"""{"userId":"{{user}}","event":"{{name}}","properties":{"product_id":"rq-{{product}}","quantity":1} }"""
        );

    async Task<List<JsonElement>> ItemsAsync(string query) =>
        [.. (await Server.GetAsync($"/v1/recommendations?{query}")).Body.GetProperty("items").EnumerateArray()];

    static List<string> Ids(List<JsonElement> items) => [.. items.Select(item => item.GetProperty("productId").GetString()!)];

    static List<string> Kinds(List<JsonElement> items) =>
        [.. items.Select(item => item.GetProperty("reason").GetProperty("kind").GetString()!)];

    static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var tries = 0; !await holds(); tries++)
        {
            tries.ShouldBeLessThan(500);
            await Task.Delay(20);
        }
    }
}
