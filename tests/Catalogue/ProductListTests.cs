using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Catalogue;

/// <summary>Products are listed page by page, read several at once, and taken out by ids of any characters.</summary>
public sealed class ProductListTests : IAsyncLifetime
{
    TestServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.PutAsync(
            "/v1/products",
            """
            {"id":"tent","title":"Tent for two","category":"Outdoor > Tents"}
            {"id":"stove","title":"Stove","category":"Outdoor","hidden":true}
            {"id":"a/b ?c","title":"Lamp","category":"Home"}
            {"id":"map","category":"Outdoor"}
            """
        );
        await _server.PostAsync(
            "/v1/track",
            """{"anonymousId":"v","event":"Product Viewed","properties":{"product_id":"told-by-a-visitor"}}""",
            TestServer.WriteKey
        );
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("", "tent,stove,a/b ?c,map,told-by-a-visitor")]
    [InlineData("category=Outdoor", "tent,stove,map")]
    [InlineData("category=Outdoor+>+Tents", "tent")]
    [InlineData("hidden=true", "stove")]
    [InlineData("hidden=false&category=Outdoor", "tent,map")]
    [InlineData("standing=claimed", "told-by-a-visitor")]
    [InlineData("standing=named&q=T", "tent,stove")]
    [InlineData("id=map&id=nothing&id=a%2Fb+%3Fc", "map,a/b ?c")]
    public async Task The_list_holds_what_the_filters_say_and_pages_hold_each_once(string filter, string ids)
    {
        (await PagesAsync(filter, 500)).ShouldBe(ids);
        if (!filter.StartsWith("id=", StringComparison.Ordinal))
            (await PagesAsync(filter, 2)).ShouldBe(ids);
    }

    [Theory]
    [InlineData("standing=odd", "standing")]
    [InlineData("category=Moon", "category")]
    [InlineData("next=x", "next")]
    [InlineData("limit=501", "limit")]
    [InlineData("id=", "id")]
    public async Task What_cannot_be_listed_is_refused_by_the_name_of_the_parameter(string query, string field)
    {
        var (status, problem) = await _server.GetAsync($"/v1/products?{query}");
        (status, problem.GetProperty("field").GetString()).ShouldBe((400, field));
    }

    [Fact]
    public async Task A_product_is_taken_out_by_an_id_in_the_query()
    {
        ((int)(await _server.Http.DeleteAsync("/v1/products?id=a%2Fb%20%3Fc")).StatusCode).ShouldBe(204);
        ((int)(await _server.Http.DeleteAsync("/v1/products?id=a%2Fb%20%3Fc")).StatusCode).ShouldBe(404);
        (await PagesAsync("", 500)).ShouldBe("tent,stove,map,told-by-a-visitor");
        foreach (var nothing in (string[])["/v1/products", "/v1/products?id=", "/v1/customers", "/v1/customers?id="])
            ((int)(await _server.Http.DeleteAsync(nothing)).StatusCode).ShouldBe(400, nothing);
    }

    async Task<string> PagesAsync(string filter, int limit)
    {
        var ids = new List<string>();
        for (var next = ""; next is not null; )
        {
            var (status, page) = await _server.GetAsync($"/v1/products?{filter}&limit={limit}&next={next}");
            status.ShouldBe(200, filter);
            ids.AddRange(page.GetProperty("products").EnumerateArray().Select(product => product.GetProperty("id").GetString()!));
            next = page.GetProperty("next").GetString();
        }
        return string.Join(',', ids);
    }
}
