using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>One truth after every event: what the call that records it answers, and what the next call sees.</summary>
public sealed class FlagshipTests(SharedServer shared) : IClassFixture<SharedServer>
{
    TestServer Server => shared.Server;

    [Fact]
    public async Task The_call_that_records_an_order_tells_what_it_changed_and_the_next_call_agrees()
    {
        await Server.PostAsync(
            "/v1/track",
            """{"anonymousId":"f-1","event":"Product Viewed","properties":{"product_id":"f-p1","name":"Rain jacket"}}""",
            TestServer.WriteKey
        );
        var (status, answer) = await Server.PostAsync(
            "/v1/track?include=recommendations,stage,churn,outreach",
            """{"userId":"f-u","anonymousId":"f-1","event":"Order Completed","properties":{"order_id":"f-o","total":44.8,"products":[{"product_id":"f-p1","price":39.9}]}}"""
        );
        status.ShouldBe(200);
        answer.GetProperty("stage").GetString().ShouldBe("first-time-buyer");
        answer.GetProperty("stageBefore").GetString().ShouldBe("visitor");
        answer.GetProperty("recommendations").GetProperty("recommendationId").GetString().ShouldNotBeNullOrEmpty();
        answer.GetProperty("churn").GetProperty("risk").GetDouble().ShouldBeInRange(0, 1);
        var customer = (await Server.GetAsync("/v1/customers/f-u")).Body;
        customer.GetProperty("stage").GetString().ShouldBe("first-time-buyer");
        customer.GetProperty("revenue").GetDecimal().ShouldBe(44.8m);
        customer.GetProperty("anonymousIds")[0].GetString().ShouldBe("f-1");
        customer.GetProperty("recentlyViewed")[0].GetString().ShouldBe("f-p1");
    }

    [Fact]
    public async Task Whoever_reads_after_an_acknowledgement_sees_it_with_thousands_in_the_shop_at_once()
    {
        await Server.PutAsync("/v1/products", string.Join('\n', Enumerable.Range(0, 40).Select(i => $$"""{"id":"r-{{i}}"}""")));
        await Parallel.ForEachAsync(
            Enumerable.Range(1, 2_000),
            new ParallelOptions { MaxDegreeOfParallelism = 32 },
            async (visitor, _) =>
            {
                for (var step = 0; step < 2; step++)
                {
                    var product = $"r-{(visitor + step) % 40}";
                    var (status, _) = await Server.PostAsync(
                        "/v1/track",
                        $$"""{"anonymousId":"r-{{visitor}}","event":"Product Viewed","properties":{"product_id":"{{product}}"} }""",
                        TestServer.WriteKey
                    );
                    status.ShouldBe(200);
                    var seen = (
                        await Server.GetAsync($"/v1/recommendations?anonymousId=r-{visitor}&placement=recently-viewed")
                    ).Body.GetProperty("items");
                    seen[0].GetProperty("productId").GetString().ShouldBe(product);
                    seen.GetArrayLength().ShouldBe(step + 1);
                }
            }
        );
    }

    [Fact]
    public async Task A_visitors_own_token_opens_what_is_the_visitors_own_and_nobody_elses()
    {
        await Server.PutAsync("/v1/products", """{"id":"t-p1"}""");
        await Server.PostAsync(
            "/v1/track",
            """{"anonymousId":"t-1","event":"Product Viewed","properties":{"product_id":"t-p1"}}""",
            TestServer.WriteKey
        );
        var token = (await Server.PostAsync("/v1/visitor-tokens", """{"anonymousId":"t-1"}"""))
            .Body.GetProperty("token")
            .GetString();
        using var browser = new HttpClient { BaseAddress = Server.Http.BaseAddress };
        browser.DefaultRequestHeaders.Add("X-Visitor-Token", token);
        var own = await browser.GetStringAsync("/v1/recommendations?placement=recently-viewed&anonymousId=somebody-else");
        own.ShouldContain("t-p1");
        ((int)(await browser.GetAsync("/v1/customers/t-1")).StatusCode).ShouldBe(401);
    }

    [Fact]
    public async Task A_sold_out_or_hidden_product_is_gone_from_the_very_next_answer()
    {
        await Server.PutAsync(
            "/v1/products",
            """
            {"id":"s-1","title":"Tent","category":"Camping > Tents","price":99,"stock":5}
            {"id":"s-2","title":"Stove","category":["Camping","Stoves"],"price":"49.5","stock":3}
            """
        );
        foreach (var product in new[] { "s-1", "s-2" })
            await Server.PostAsync(
                "/v1/track",
                $$"""{"anonymousId":"s-v","event":"Product Viewed","properties":{"product_id":"{{product}}"} }""",
                TestServer.WriteKey
            );
        async Task<List<string>> Shown(string more = "") =>
            [
                .. (await Server.GetAsync($"/v1/recommendations?anonymousId=s-v&limit=50{more}"))
                    .Body.GetProperty("items")
                    .EnumerateArray()
                    .Select(item => item.GetProperty("productId").GetString()!),
            ];
        (await Shown("&filter=category%20%3D%20%22Camping%22")).Order().ShouldBe(["s-1", "s-2"]);
        (await Shown("&filter=price%20%3C%2060%20and%20category%20%3D%20%22Camping%22")).ShouldBe(["s-2"]);
        await Server.PutAsync("/v1/products", """{"id":"s-1","stock":0}""");
        (await Shown()).ShouldNotContain("s-1");
        await Server.PutAsync("/v1/products", """[{"id":"s-2","hidden":true}]""", "application/json");
        (await Shown()).ShouldNotContain("s-2");
    }

    [Fact]
    public async Task Bad_rows_of_a_product_feed_are_named_and_the_good_ones_taken()
    {
        var (status, answer) = await Server.PutAsync(
            "/v1/products",
            "id,title,price,attributes.color\nc-1,Lamp,20,blue\n,No id,3,\nc-2,Sofa,cheap,\n",
            "text/csv"
        );
        (status, answer.GetProperty("accepted").GetInt32()).ShouldBe((200, 1));
        answer
            .GetProperty("errors")
            .EnumerateArray()
            .Select(e => (e.GetProperty("index").GetInt32(), e.GetProperty("field").GetString()))
            .ShouldBe([(1, "id"), (2, "price")]);
        var lamp = (await Server.GetAsync("/v1/products/c-1")).Body;
        (lamp.GetProperty("title").GetString(), lamp.GetProperty("attributes").GetProperty("color").GetString()).ShouldBe(
            ("Lamp", "blue")
        );
    }

    [Fact]
    public async Task The_fixed_surface_is_described_and_the_server_says_that_it_is_well()
    {
        await Server.ReadyAsync();
        (await Server.GetAsync("/health/live")).Status.ShouldBe(200);
        var paths = (await Server.GetAsync("/openapi/v1.json"))
            .Body.GetProperty("paths")
            .EnumerateObject()
            .Select(path => path.Name)
            .ToList();
        foreach (
            var path in new[]
            {
                "/v1/track",
                "/v1/batch",
                "/v1/recommendations",
                "/v1/customers/{id}",
                "/v1/customers",
                "/v1/warnings",
                "/v1/statistics",
                "/v1/attribution",
                "/v1/products",
            }
        )
            paths.ShouldContain(path);
        (await Server.Http.GetStringAsync("/docs/index.html")).ShouldContain("swagger", Case.Insensitive);
    }
}
