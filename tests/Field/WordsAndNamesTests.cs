using System.Text.Json;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Field;

/// <summary>Field cases about what stands where an object or a name belongs.</summary>
public sealed class WordsAndNamesTests
{
    [FieldFact("01-empty-list")]
    public async Task An_empty_list_where_an_object_is_optional_is_absent()
    {
        var field = new FieldCase("01-empty-list");
        await using var server = await TestServer.StartAsync();
        foreach (var call in (string[])["track", "identify"])
            (await field.SendAsync(server, $"/v1/{call}", $"{call}.json")).Status.ShouldBe(200, call);
        var (_, batch) = await field.SendAsync(server, "/v1/batch", "batch.json");
        batch.GetProperty("accepted").GetInt32().ShouldBe(3);
        batch.TryGetProperty("warnings", out _).ShouldBeFalse();

        var (_, customer) = await server.GetAsync("/v1/customers/php-1");
        customer.GetProperty("events").GetInt64().ShouldBe(5);
        customer.GetProperty("orders").GetInt64().ShouldBe(1);
        customer.GetProperty("revenue").GetDecimal().ShouldBe(12);
    }

    [FieldFact("02-empty-user-id")]
    public async Task A_user_id_of_nobody_beside_a_good_anonymous_id_is_absent()
    {
        var field = new FieldCase("02-empty-user-id");
        await using var server = await TestServer.StartAsync();
        (await field.SendAsync(server, "/v1/page", "page.json")).Status.ShouldBe(200);
        foreach (var call in (string[])["track", "cart", "known"])
            (await field.SendAsync(server, "/v1/track", $"{call}.json")).Status.ShouldBe(200, call);
        (await field.SendAsync(server, "/v1/track", "nobody.json")).Status.ShouldBe(400);

        var (_, visitor) = await server.GetAsync("/v1/customers/a-77");
        visitor.GetProperty("events").GetInt64().ShouldBe(3);
        visitor.TryGetProperty("userId", out _).ShouldBeFalse();
        (await server.GetAsync("/v1/customers/u-1")).Body.GetProperty("events").GetInt64().ShouldBe(1);
    }

    [FieldFact("03-words-for-nobody")]
    public async Task Two_visitors_under_a_word_for_nobody_stay_two()
    {
        var field = new FieldCase("03-words-for-nobody");
        await using var server = await TestServer.StartAsync();
        var (_, batch) = await field.SendCallsAsync(server);
        batch.GetProperty("errors").GetArrayLength().ShouldBe(0);
        batch.GetProperty("warnings").GetArrayLength().ShouldBe(18);

        for (var word = 1; word <= 9; word++)
        {
            var (_, one) = await server.GetAsync($"/v1/customers/v{word}a");
            var (_, other) = await server.GetAsync($"/v1/customers/v{word}b");
            one.GetProperty("number").ToString().ShouldNotBe(other.GetProperty("number").ToString());
        }
        (await server.GetAsync("/v1/customers/None")).Status.ShouldBe(404);
    }

    [FieldFact("13-slash-in-an-id")]
    public async Task What_can_be_stored_can_be_addressed()
    {
        const string user = "kV7p%2FQ2mZ9t%2Bx4Ld%3D%3D",
            product = "TRIPOD_1%2F4_IN";
        var field = new FieldCase("13-slash-in-an-id");
        await using var server = await TestServer.StartAsync();
        (await server.PutAsync("/v1/products", field.Body("products.json"), "application/json")).Status.ShouldBe(200);
        (await field.SendAsync(server, "/v1/identify", "identify.json")).Status.ShouldBe(200);

        (await server.GetAsync($"/v1/products/{product}")).Status.ShouldBe(200);
        (await server.GetAsync($"/v1/customers/{user}")).Status.ShouldBe(200);
        (await server.PostAsync($"/v1/customers/{user}/consent", """{"granted":false}""")).Status.ShouldBe(204);
        (await server.PutAsync($"/v1/customers/{user}/never-show/{product}", "")).Status.ShouldBe(204);
        ((int)(await server.Http.DeleteAsync($"/v1/customers/{user}")).StatusCode).ShouldBe(200);
    }

    [Theory]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("100%25", "100%")]
    [InlineData("a+b%20c", "a+b c")]
    [InlineData("a%3Bb%3Fc%23d", "a;b?c#d")]
    [InlineData("%E2%82%AC%2F%C3%A9", "€/é")]
    public async Task One_percent_decoding_of_a_segment_gives_the_id(string segment, string id)
    {
        await using var server = await TestServer.StartAsync();
        var call = JsonSerializer.Serialize(new { userId = id, traits = new { plan = "x" } });
        (await server.PostAsync("/v1/identify", call)).Status.ShouldBe(200);
        var product = JsonSerializer.Serialize(new[] { new { id } });
        (await server.PutAsync("/v1/products", product, "application/json")).Status.ShouldBe(200);

        (await server.GetAsync($"/v1/customers/{segment}")).Status.ShouldBe(200);
        (await server.GetAsync($"/v1/products/{segment}")).Body.GetProperty("id").GetString().ShouldBe(id);
    }
}
