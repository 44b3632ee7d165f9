using Microsoft.Extensions.DependencyInjection;
using Personalization.Catalogue;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Catalogue;

/// <summary>The catalogue is the shop's: what visitors say of products changes no answer.</summary>
public sealed class CatalogueTrustTests
{
    const string Write = TestServer.WriteKey;

    static string View(string visitor, string product, string more = "") =>
        $$$"""{"anonymousId":"{{{visitor}}}","event":"Product Viewed","properties":{"product_id":"{{{product}}}"{{{more}}}} }""";

    static async Task<string[]> RecommendedAsync(TestServer server, string visitor = "reader")
    {
        await ReadModels(server);
        var (status, body) = await server.GetAsync($"/v1/recommendations?anonymousId={visitor}&limit=20");
        status.ShouldBe(200);
        return [.. body.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("productId").GetString()!)];
    }

    /// <summary>Waits until the item index has counted everything.</summary>
    static async Task ReadModels(TestServer server)
    {
        while (true)
        {
            var (_, ready) = await server.GetAsync("/health/ready");
            if (ready.GetProperty("indexPosition").GetInt64() >= ready.GetProperty("position").GetInt64())
                return;
            await Task.Delay(20);
        }
    }

    [Fact]
    public async Task A_product_that_only_visitors_name_is_not_recommended_until_the_shop_names_it()
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync("/v1/products", """{"id":"real","title":"Real"}""");
        await server.PostAsync("/v1/track", View("buyer", "real"));
        for (var i = 0; i < 30; i++)
            await server.PostAsync(
                "/v1/track",
                View($"stranger-{i}", "invented", ",\"name\":\"Cheap\",\"url\":\"https://evil.example\""),
                Write
            );
        (await RecommendedAsync(server)).ShouldBe(["real"]);
        var (status, invented) = await server.GetAsync("/v1/products/invented");
        status.ShouldBe(200);
        invented.GetProperty("standing").GetString().ShouldBe("claimed");
        invented.TryGetProperty("title", out _).ShouldBeFalse();

        await server.PostAsync("/v1/track", View("customer", "invented"));
        (await RecommendedAsync(server)).ShouldBe(["real", "invented"], ignoreOrder: true);
        (await server.GetAsync("/v1/products/invented")).Body.TryGetProperty("standing", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task It_is_still_claimed_after_a_restart()
    {
        using var data = new TempDirectory();
        await using (var server = await TestServer.StartAsync(data.Path))
            await server.PostAsync("/v1/track", View("stranger", "invented"), Write);
        await using var again = await TestServer.StartAsync(data.Path);
        (await again.GetAsync("/v1/products/invented")).Body.GetProperty("standing").GetString().ShouldBe("claimed");
    }

    [Fact]
    public async Task Visitors_fill_no_fields_and_the_shops_server_does()
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync("/v1/products", """{"id":"bare"}""");
        await server.PostAsync(
            "/v1/track",
            View("stranger", "bare", ",\"name\":\"Free money\",\"category\":\"Fake\",\"price\":1"),
            Write
        );
        (await server.GetAsync("/v1/products/bare")).Body.TryGetProperty("title", out _).ShouldBeFalse();
        await server.PostAsync("/v1/track", View("buyer", "bare", ",\"name\":\"Coat\",\"url\":\"javascript:alert(1)\""));
        var body = (await server.GetAsync("/v1/products/bare")).Body;
        body.GetProperty("title").GetString().ShouldBe("Coat");
        body.TryGetProperty("url", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_shop_can_take_products_from_no_event_at_all()
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Catalogue:FromEvents"] = "None" });
        await server.PostAsync("/v1/track", View("buyer", "told", ",\"name\":\"Coat\""));
        var body = (await server.GetAsync("/v1/products/told")).Body;
        body.GetProperty("standing").GetString().ShouldBe("claimed");
        body.TryGetProperty("title", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_shop_whose_only_client_is_the_browser_can_take_them_from_the_write_key()
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Tracking:TrustWriteKey"] = "true" });
        await server.PostAsync("/v1/track", View("visitor", "told", ",\"name\":\"Coat\""), Write);
        var body = (await server.GetAsync("/v1/products/told")).Body;
        body.GetProperty("title").GetString().ShouldBe("Coat");
        body.TryGetProperty("standing", out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("""{"id":"p","url":"javascript:alert(1)"}""", "url")]
    [InlineData("""{"id":"p","url":"java\tscript:alert(1)"}""", "url")]
    [InlineData("""{"id":"p","url":"file:///etc/passwd"}""", "url")]
    [InlineData("""{"id":"p","image":"data:text/html,x"}""", "image")]
    public async Task Addresses_that_a_browser_would_run_are_refused(string product, string field)
    {
        await using var server = await TestServer.StartAsync();
        var (status, body) = await server.PutAsync("/v1/products", product);
        status.ShouldBe(400);
        body.GetProperty("errors")[0].GetProperty("field").GetString().ShouldBe(field);
    }

    [Theory]
    [InlineData("""{"id":"p","url":"https://shop.example/p?a=b:c"}""")]
    [InlineData("""{"id":"p","url":"/products/a:b"}""")]
    [InlineData("""{"id":"p","image":"data:image/svg+xml,x"}""")]
    public async Task Other_addresses_are_taken(string product)
    {
        await using var server = await TestServer.StartAsync();
        (await server.PutAsync("/v1/products", product)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_crowd_of_strangers_from_one_network_does_not_make_a_product_the_most_popular()
    {
        await using var server = await TestServer.StartAsync();
        await server.PutAsync("/v1/products", """[{"id":"liked"},{"id":"pushed"}]""", "application/json");
        for (var i = 0; i < 8; i++)
            await server.PostAsync("/v1/track", View($"customer-{i}", "liked"));
        for (var i = 0; i < 30; i++)
            await server.PostAsync("/v1/track", View($"stranger-{i}", "pushed"), Write);
        for (var i = 0; i < 30; i++)
            await server.PostAsync(
                "/v1/track",
                $$"""{"anonymousId":"stranger-{{i}}","event":"Order Completed","properties":{"order_id":"{{i}}","products":[{"product_id":"pushed"}]} }""",
                Write
            );
        for (var i = 0; i < 40; i++)
            await server.PostAsync("/v1/track", View("one-stranger", "pushed"), Write);
        (await RecommendedAsync(server)).ShouldBe(["liked", "pushed"]);
    }

    [Fact]
    public async Task A_product_that_was_taken_out_is_gone_at_once_and_an_upsert_brings_it_back()
    {
        using var data = new TempDirectory();
        await using (var server = await TestServer.StartAsync(data.Path))
        {
            await server.PutAsync("/v1/products", """[{"id":"a","title":"A"},{"id":"b","title":"B"}]""", "application/json");
            await server.PostAsync("/v1/track", View("x", "a"));
            await server.PostAsync("/v1/track", View("x", "b"));
            (await RecommendedAsync(server)).ShouldBe(["a", "b"], ignoreOrder: true);
            (await server.Http.DeleteAsync("/v1/products/a")).StatusCode.ShouldBe(System.Net.HttpStatusCode.NoContent);
            (await RecommendedAsync(server)).ShouldBe(["b"]);
            (await server.GetAsync("/v1/products/a")).Status.ShouldBe(404);
            ((int)(await server.Http.DeleteAsync("/v1/products/a")).StatusCode).ShouldBe(404);
            await server.PostAsync("/v1/track", View("x", "a", ",\"name\":\"A again\""));
            (await RecommendedAsync(server)).ShouldBe(["b"], "events do not bring it back");
        }
        await using var again = await TestServer.StartAsync(data.Path);
        (await again.GetAsync("/v1/products/a")).Status.ShouldBe(404);
        await again.PutAsync("/v1/products", """{"id":"a","title":"A2"}""");
        (await RecommendedAsync(again)).ShouldBe(["a", "b"], ignoreOrder: true);
    }

    [Fact]
    public async Task Visitors_bring_few_new_products_and_the_event_is_kept_without_the_others()
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Limits:NewProductsPerAddress"] = "3" });
        for (var i = 0; i < 10; i++)
            (await server.PostAsync("/v1/track", View("stranger", $"invented-{i}"), Write)).Status.ShouldBe(200);
        server.Services.GetRequiredService<ProductCatalogue>().TryNumber("invented-3", out _).ShouldBeFalse();
        server.Services.GetRequiredService<ProductCatalogue>().TryNumber("invented-2", out _).ShouldBeTrue();
        (await server.GetAsync("/v1/customers/stranger")).Status.ShouldBe(200);
        await server.PostAsync("/v1/track", View("buyer", "real"));
        server.Services.GetRequiredService<ProductCatalogue>().TryNumber("real", out _).ShouldBeTrue("the shop is not limited");
    }

    [Fact]
    public async Task Deep_categories_of_events_are_cut_and_too_many_are_left_out()
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Limits:Categories"] = "20" });
        for (var i = 0; i < 10; i++)
        {
            var path = string.Join(" > ", Enumerable.Range(0, 400).Select(level => $"c{i}-{level}"));
            await server.PostAsync("/v1/track", View("x", $"p-{i}", $",\"category\":\"{path}\""));
        }
        var categories = server.Services.GetRequiredService<ProductCatalogue>().Categories;
        categories.Count.ShouldBe(24);
    }
}
