using System.Text.Json;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>Addresses, methods and media types: what does not fit is said by a problem of its own type; an id is what was sent.</summary>
public sealed class AddressTests(SharedServer shared) : IClassFixture<SharedServer>
{
    TestServer Server => shared.Server;

    [Fact]
    public async Task A_slash_in_an_id_is_part_of_the_id()
    {
        await Server.PostAsync("/v1/track", """{"userId":"x/y","event":"Signed In"}""");
        (await Server.GetAsync("/v1/customers/x%2Fy")).Body.GetProperty("customerId").GetString().ShouldBe("x/y");
        (await Server.GetAsync("/v1/customers/x%2fy")).Body.GetProperty("customerId").GetString().ShouldBe("x/y");
        (await Server.GetAsync("/v1/customers/x%252Fy")).Status.ShouldBe(404);
        await Server.PostAsync("/v1/track", """{"userId":"x%2Fy","event":"Signed In"}""");
        (await Server.GetAsync("/v1/customers/x%252Fy")).Body.GetProperty("customerId").GetString().ShouldBe("x%2Fy");
        await Server.PutAsync("/v1/products", """{"id":"a/b c"}""");
        (await Server.GetAsync("/v1/products/a%2Fb%20c")).Body.GetProperty("id").GetString().ShouldBe("a/b c");
    }

    [Theory]
    [InlineData("x/y.z")]
    [InlineData("a b+c&d=e?f#g")]
    [InlineData("100 %, näher 林")]
    public async Task Customers_are_looked_up_and_erased_by_ids_of_any_characters(string id)
    {
        var call = JsonSerializer.Serialize(
            new
            {
                userId = id,
                anonymousId = "anonymous of " + id,
                @event = "Signed In",
            }
        );
        var position = (await Server.PostAsync("/v1/track?include=stage", call)).Body.GetProperty("position").GetInt64();
        var sent = Uri.EscapeDataString(id);
        var one = (await Server.GetAsync($"/v1/customers/{sent}")).Body;
        one.GetProperty("customerId").GetString().ShouldBe(id);
        var number = one.GetProperty("number").GetString();
        foreach (
            var lookUp in (string[])
                [
                    $"id={sent}",
                    $"userId={sent}",
                    $"anonymousId=anonymous+of+{sent}",
                    $"id=anonymous+of+{sent}",
                    $"number={number}",
                ]
        )
            (await Server.GetAsync($"/v1/customers?{lookUp}&minPosition={position}"))
                .Body.GetProperty("customers")
                .EnumerateArray()
                .Single()
                .GetProperty("number")
                .GetString()
                .ShouldBe(number, lookUp);
        (await Server.GetAsync($"/v1/customers?anonymousId={sent}")).Body.GetProperty("customers").GetArrayLength().ShouldBe(0);
        (await Server.GetAsync("/v1/customers?userId=")).Body.GetProperty("field").GetString().ShouldBe("userId");
        ((int)(await Server.Http.DeleteAsync($"/v1/customers?id={sent}")).StatusCode).ShouldBe(200);
        (await Server.GetAsync($"/v1/customers/{sent}")).Status.ShouldBe(404);
    }

    [Theory]
    [InlineData("x/y")]
    [InlineData("x%y")]
    [InlineData("x%2Fy%00")]
    [InlineData("a+b c")]
    [InlineData("a..b")]
    [InlineData("q?w#e;r")]
    [InlineData("näher 林")]
    public async Task What_is_hidden_from_a_customer_is_listed_whatever_the_ids(string id)
    {
        var path = $"/v1/customers/{Uri.EscapeDataString(id)}/never-show";
        await Server.PostAsync("/v1/track", JsonSerializer.Serialize(new { userId = id, @event = "Signed In" }));
        (await Server.PutAsync("/v1/products", JsonSerializer.Serialize(new { id }))).Status.ShouldBe(200);
        (await Server.GetAsync($"/v1/products/{Uri.EscapeDataString(id)}")).Body.GetProperty("id").GetString().ShouldBe(id);
        (await HiddenAsync()).ShouldBeEmpty();
        (await Server.PutAsync($"{path}/{Uri.EscapeDataString(id)}", "")).Status.ShouldBe(204);
        (await HiddenAsync()).ShouldBe([id]);
        ((int)(await Server.Http.DeleteAsync($"{path}/{Uri.EscapeDataString(id)}")).StatusCode).ShouldBe(204);
        (await HiddenAsync()).ShouldBeEmpty();

        async Task<string?[]> HiddenAsync() =>
            [.. (await Server.GetAsync(path)).Body.GetProperty("products").EnumerateArray().Select(one => one.GetString())];
    }

    [Fact]
    public async Task A_duplicate_has_no_position_of_its_own()
    {
        const string call = """{"userId":"twice","event":"Signed In","messageId":"m-twice"}""";
        (await Server.PostAsync("/v1/track?include=stage", call)).Body.GetProperty("position").GetInt64().ShouldBeGreaterThan(0);
        var again = (await Server.PostAsync("/v1/track?include=stage", call)).Body;
        again.GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        again.TryGetProperty("position", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_method_that_is_not_taken_is_a_405_of_its_own_type()
    {
        var (status, problem) = await Server.PostAsync("/v1/statistics", "{}");
        (status, problem.GetProperty("type").GetString()).ShouldBe((405, "/problems/method-not-allowed"));
    }

    [Fact]
    public async Task A_body_of_a_type_that_is_not_taken_is_a_415_of_its_own_type()
    {
        await Server.PostAsync("/v1/track", """{"userId":"u","event":"Signed In"}""");
        var (status, problem) = await Server.PostAsync("/v1/customers/u/consent", "{}", type: "text/plain");
        (status, problem.GetProperty("type").GetString()).ShouldBe((415, "/problems/unsupported-media-type"));
    }

    [Theory]
    [InlineData("/v1/customers?limit=abc", "limit", "a whole number")]
    [InlineData("/v1/customers?known=maybe", "known", "true or false")]
    [InlineData("/v1/statistics?minPosition=x", "minPosition", "a whole number")]
    [InlineData("/v1/bundles", "budget", "a number")]
    [InlineData("/v1/attribution?from=x", "from", "a date")]
    public async Task A_parameter_that_cannot_be_read_is_named_with_what_to_send(string path, string field, string kind)
    {
        var (status, problem) = await Server.GetAsync(path);
        (status, problem.GetProperty("field").GetString()).ShouldBe((400, field));
        problem.GetProperty("detail").GetString().ShouldBe($"{field} is missing or not {kind}.");
        problem.GetProperty("remedy").GetString()!.ShouldStartWith($"Send {kind}, for example {field}=");
    }

    [Fact]
    public async Task Dates_the_wrong_way_round_are_to_be_swapped() =>
        (await Server.GetAsync("/v1/attribution?from=2026-05-01&to=2026-01-01"))
            .Body.GetProperty("remedy")
            .GetString()
            .ShouldBe("Swap from and to.");

    [Fact]
    public async Task What_was_never_merged_cannot_be_unmerged_and_the_remedy_can_be_followed()
    {
        await Server.PostAsync("/v1/track", """{"userId":"ann","event":"Signed In"}""");
        await Server.PostAsync("/v1/track", """{"userId":"ben","event":"Signed In"}""");
        var merged = (await Server.PostAsync("/v1/customers/ann/merge", """{"other":"ben","by":"Mia"}""")).Body;
        var undo = $$"""{"other":"{{merged.GetProperty("source").GetString()}}","by":"Mia"}""";
        (await Server.PostAsync("/v1/customers/ann/unmerge", undo)).Body.GetProperty("unmerged").GetBoolean().ShouldBeTrue();
        var (status, problem) = await Server.PostAsync("/v1/customers/ann/unmerge", undo);
        status.ShouldBe(409);
        problem.GetProperty("remedy").GetString()!.ShouldContain("source of the merge");
    }
}
