using System.Text.Json;
using Personalization.Support;
using Personalization.Tests.Http;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Recommendations;

/// <summary>R86: a storefront shows a recommendation without asking anything else.</summary>
public sealed class ShownFieldTests(SharedServer shared) : IClassFixture<SharedServer>, IAsyncLifetime
{
    const string Whole = """
        {"id":"sf-1","title":"Rain jacket","price":39.90,"was":59.90,"currency":"CHF","image":"https://shop.example/1.png","url":"https://shop.example/1","rating":4.6,"reviews":120,"stock":7,"brand":"Orvo","category":["Clothing","Jackets"]}
        """;

    TestServer Server => shared.Server;

    public async Task InitializeAsync() =>
        await Server.PutAsync("/v1/products", Whole + "\n" + """{"id":"sf-2","title":"Wool hat","price":10,"was":8}""");

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Without_fields_an_item_is_as_it_always_was() =>
        Names(await ItemAsync("sf-1", "")).ShouldBe(["productId", "score", "reason"], ignoreOrder: true);

    [Fact]
    public async Task All_fields_are_those_of_the_catalogue()
    {
        var item = await ItemAsync("sf-1", "&fields=all");
        item.GetProperty("title").GetString().ShouldBe("Rain jacket");
        item.GetProperty("price").GetDecimal().ShouldBe(39.9m);
        item.GetProperty("was").GetDecimal().ShouldBe(59.9m);
        item.GetProperty("currency").GetString().ShouldBe("CHF");
        item.GetProperty("image").GetString().ShouldBe("https://shop.example/1.png");
        item.GetProperty("url").GetString().ShouldBe("https://shop.example/1");
        item.GetProperty("rating").GetDouble().ShouldBe(4.6);
        item.GetProperty("reviews").GetInt32().ShouldBe(120);
        item.GetProperty("stock").GetInt32().ShouldBe(7);
        item.GetProperty("brand").GetString().ShouldBe("Orvo");
        item.GetProperty("category").EnumerateArray().Select(name => name.GetString()).ShouldBe(["Clothing", "Jackets"]);
    }

    [Fact]
    public async Task Only_the_fields_asked_for_are_there_and_a_price_has_its_currency() =>
        Names(await ItemAsync("sf-1", "&fields=title,price"))
            .ShouldBe(["productId", "title", "price", "currency", "score", "reason"], ignoreOrder: true);

    [Fact]
    public async Task What_is_not_known_is_left_out_a_price_without_currency_is_in_the_shops_and_a_lower_one_was_no_offer() =>
        Names(await ItemAsync("sf-2", "&fields=all"))
            .ShouldBe(["productId", "title", "price", "currency", "score", "reason"], ignoreOrder: true);

    [Theory]
    [InlineData("/v1/recommendations?fields=title,prise", "price")]
    [InlineData("/v1/bundles?budget=100&fields=titel", "title")]
    public async Task A_field_that_there_is_not_is_refused_by_the_nearest(string path, string nearest)
    {
        var (status, problem) = await Server.GetAsync(path);
        status.ShouldBe(400);
        problem.GetProperty("field").GetString().ShouldBe("fields");
        problem.GetProperty("remedy").GetString()!.ShouldStartWith($"Did you mean {nearest}?");
    }

    [Fact]
    public async Task The_call_that_records_an_event_answers_with_the_fields_too()
    {
        var (_, answer) = await Server.PostAsync(
            "/v1/track?include=recommendations&fields=title",
            """{"userId":"sf-u","event":"Product Viewed","properties":{"product_id":"sf-3"}}"""
        );
        var items = answer.GetProperty("recommendations").GetProperty("items").EnumerateArray();
        items.First(item => item.GetProperty("productId").GetString() == "sf-1").TryGetProperty("title", out _).ShouldBeTrue();
        (
            await Server.PostAsync("/v1/track?include=recommendations&fields=x", """{"userId":"sf-u","event":"x"}""")
        ).Status.ShouldBe(400);
    }

    [Fact]
    public async Task A_visitors_token_opens_bundles_and_the_own_lists_with_the_same_fields()
    {
        await Server.PostAsync(
            "/v1/track",
            """{"anonymousId":"sf-a","event":"Product Added","properties":{"product_id":"sf-1","quantity":2}}""",
            TestServer.WriteKey
        );
        var token = (await Server.PostAsync("/v1/visitor-tokens", """{"anonymousId":"sf-a"}"""))
            .Body.GetProperty("token")
            .GetString();
        (await AsVisitorAsync("/v1/bundles?budget=100&userId=sf-u", token))
            .GetProperty("items")
            .ValueKind.ShouldBe(JsonValueKind.Array);
        var line = (await AsVisitorAsync("/v1/visitor", token)).GetProperty("cart")[0];
        line.GetProperty("quantity").GetInt32().ShouldBe(2);
        line.GetProperty("product").GetProperty("image").GetString().ShouldBe("https://shop.example/1.png");
        line.GetProperty("product").GetProperty("was").GetDecimal().ShouldBe(59.9m);
    }

    [Fact]
    public async Task An_answer_tells_whether_the_visitor_is_known_has_a_cookie_or_is_new()
    {
        await Server.PostAsync("/v1/identify", """{"userId":"sf-known","traits":{}}""");
        await Server.PostAsync("/v1/page", """{"anonymousId":"sf-cookie"}""");
        (await VisitorAsync("userId=sf-known")).ShouldBe("known"); // R02
        (await VisitorAsync("anonymousId=sf-cookie")).ShouldBe("cookie");
        (await VisitorAsync("anonymousId=sf-nobody")).ShouldBe("first");
        (await VisitorAsync("limit=3")).ShouldBe("first");
    }

    async Task<string?> VisitorAsync(string who) =>
        (await Server.GetAsync($"/v1/recommendations?{who}")).Body.GetProperty("visitor").GetString();

    async Task<JsonElement> ItemAsync(string id, string more) =>
        (await Server.GetAsync($"/v1/recommendations?limit=100{more}"))
            .Body.GetProperty("items")
            .EnumerateArray()
            .First(item => item.GetProperty("productId").GetString() == id);

    async Task<JsonElement> AsVisitorAsync(string path, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Server.Url + path);
        request.Headers.Add("X-Visitor-Token", token);
        using var visitor = new HttpClient();
        using var answer = await visitor.SendAsync(request);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    static IEnumerable<string> Names(JsonElement item) => item.EnumerateObject().Select(property => property.Name);
}
