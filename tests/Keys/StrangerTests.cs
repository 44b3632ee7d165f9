using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Support;
using Personalization.Tests.Http;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Keys;

/// <summary>What a stranger with the public write key can do to somebody else: nothing (R88, docs/trust.md).</summary>
public sealed class StrangerTests(SharedServer shared) : IClassFixture<SharedServer>
{
    TestServer Server => shared.Server;

    [Fact]
    public async Task A_visitors_token_and_a_victims_user_id_open_nothing_of_the_victim()
    {
        await ServerSays("victim-1", "Order Completed", """{"order_id":"v1-o","total":500}""");
        var token = (await AskAsync("/v1/visitor-tokens", """{"anonymousId":"own-1"}""")).Body.GetProperty("token").GetString();
        (
            await AskAsync("/v1/identify?include=stage,churn", Who("victim-1", "own-1"), ("X-Visitor-Token", token!))
        ).Status.ShouldBe(200, "it is recorded for the stranger's own visitor");
        var answer = await AskAsync(
            "/v1/track?include=stage,churn",
            """{"userId":"victim-1","anonymousId":"own-1","event":"Signed In"}""",
            ("X-Visitor-Token", token!)
        );
        answer.Body.GetProperty("stage").GetString().ShouldNotBe("first-time-buyer");
        var alone = await AskAsync(
            "/v1/track?include=stage,churn",
            """{"userId":"victim-1","event":"Signed In"}""",
            ("X-Visitor-Token", token!)
        );
        alone.Status.ShouldBe(403);
        (await CustomerAsync("victim-1")).GetProperty("anonymousIds").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Nothing_that_is_claimed_for_a_proved_user_changes_their_address_consent_or_money()
    {
        await ServerSays("victim-2", "Subscribed", "{}");
        await Server.PostAsync(
            "/v1/identify",
            """{"userId":"victim-2","anonymousId":"phone-2","traits":{"email":"victim@shop.test","firstName":"Vera"}}"""
        );
        await ServerSays("victim-2", "Order Completed", """{"order_id":"v2-o","total":40}""");
        var before = (await CustomerAsync("victim-2")).ToString();

        foreach (var names in new[] { "\"userId\":\"victim-2\"", "\"userId\":\"victim-2\",\"anonymousId\":\"own-2\"" })
        {
            await AskAsync("/v1/identify", $$"""{ {{names}},"traits":{"email":"stranger@evil.test","firstName":"Buy at"} }""");
            foreach (var word in new[] { "Subscribed", "Unsubscribed", "Email Marked as Spam", "Email Bounced" })
                await AskAsync("/v1/track", $$"""{ {{names}},"event":"{{word}}" }""");
            await AskAsync("/v1/track", Order(names, "s2-o", 900));
            await AskAsync("/v1/track", $$"""{ {{names}},"event":"Order Cancelled","properties":{"order_id":"v2-o"} }""");
        }
        (await CustomerAsync("victim-2")).ToString().ShouldBe(before);
    }

    [Fact]
    public async Task On_the_victims_own_device_a_claim_changes_neither_what_the_shop_told_nor_money_nor_consent()
    {
        await Server.PostAsync(
            "/v1/identify",
            """{"userId":"victim-3","anonymousId":"phone-3","traits":{"email":"vera@shop.test"}}"""
        );
        await ServerSays("victim-3", "Subscribed", "{}");
        const string names = "\"userId\":\"victim-3\",\"anonymousId\":\"phone-3\"";
        await AskAsync("/v1/identify", $$"""{ {{names}},"traits":{"email":"stranger@evil.test","shoe":"42"} }""");
        foreach (var word in new[] { "Unsubscribed", "Email Marked as Spam", "Email Bounced" })
            await AskAsync("/v1/track", $$"""{ {{names}},"event":"{{word}}" }""");
        await AskAsync("/v1/track", Order(names, "s3-o", 900));
        var victim = await CustomerAsync("victim-3");
        var profile = victim.GetProperty("profile");
        profile.GetProperty("traits").GetProperty("email").GetString().ShouldBe("vera@shop.test");
        profile.GetProperty("traits").GetProperty("shoe").GetString().ShouldBe("42");
        profile.GetProperty("claimed").GetProperty("email").GetString().ShouldBe("stranger@evil.test");
        victim.GetProperty("consents")[0].GetProperty("granted").GetBoolean().ShouldBeTrue();
        (victim.GetProperty("orders").GetInt32(), victim.GetProperty("revenue").GetDecimal()).ShouldBe((0, 0m));
        (victim.GetProperty("claimedOrders").GetInt32(), victim.GetProperty("claimedRevenue").GetDecimal()).ShouldBe((1, 900m));
        victim.GetProperty("proved").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task What_strangers_claimed_before_a_user_was_proved_sends_no_mail_elsewhere_and_counts_as_nothing()
    {
        await AskAsync("/v1/identify", """{"userId":"victim-4","traits":{"email":"stranger@evil.test"}}""");
        await AskAsync("/v1/track", """{"userId":"victim-4","event":"Subscribed"}""");
        await AskAsync("/v1/track", Order("\"userId\":\"victim-4\"", "s4-o", 900));
        (await CustomerAsync("victim-4")).GetProperty("proved").GetBoolean().ShouldBeFalse();
        (
            await AskAsync("/v1/identify", Who("victim-4", "phone-4"), ("X-User-Token", UserTokenOf.Of("victim-4")))
        ).Status.ShouldBe(200);
        var victim = await CustomerAsync("victim-4");
        victim.GetProperty("proved").GetBoolean().ShouldBeTrue();
        victim.GetProperty("orders").GetInt32().ShouldBe(0);
        victim.GetProperty("consents").GetArrayLength().ShouldBe(0);
        victim.ToString().ShouldNotContain("evil");
    }

    [Fact]
    public async Task An_order_that_is_claimed_counts_once_the_shop_tells_of_it_and_only_once_in_either_order()
    {
        await AskAsync("/v1/track", Order("\"anonymousId\":\"own-5\"", "o-5a", 10));
        await AskAsync("/v1/track", Order("\"anonymousId\":\"own-5\"", "o-5b", 20));
        var claimed = await CustomerAsync("own-5");
        (claimed.GetProperty("orders").GetInt32(), claimed.GetProperty("claimedOrders").GetInt32()).ShouldBe((0, 2));
        await Server.PostAsync("/v1/track", Order("\"anonymousId\":\"own-5\"", "o-5a", 11));
        await Server.PostAsync("/v1/track", Order("\"anonymousId\":\"own-5\"", "o-5c", 30));
        await AskAsync("/v1/track", Order("\"anonymousId\":\"own-5\"", "o-5c", 999));
        var told = await CustomerAsync("own-5");
        (told.GetProperty("orders").GetInt32(), told.GetProperty("revenue").GetDecimal()).ShouldBe((2, 41m));
        (told.GetProperty("claimedOrders").GetInt32(), told.GetProperty("claimedRevenue").GetDecimal()).ShouldBe((1, 20m));
    }

    [Fact]
    public async Task Totals_show_claimed_orders_apart_also_after_a_proof_joined_them()
    {
        await using var server = await TestServer.StartAsync();
        await server.PostAsync("/v1/track", Order("\"anonymousId\":\"phone\"", "o-1", 10), TestServer.WriteKey);
        await server.PostAsync("/v1/track", Order("\"anonymousId\":\"phone\"", "o-2", 20), TestServer.WriteKey);
        await server.PostAsync("/v1/track", Order("\"userId\":\"ana\"", "o-1", 10));
        (await TotalsAsync(server)).ShouldBe((1, 10m, 2, 30m, 1));
        await server.PostAsync("/v1/identify", Who("ana", "phone"));
        (await TotalsAsync(server)).ShouldBe((1, 10m, 1, 20m, 1));
        var row = (await server.GetAsync("/v1/customers")).Body.GetProperty("customers").EnumerateArray().Single();
        (row.GetProperty("orders").GetInt32(), row.GetProperty("claimedOrders").GetInt32()).ShouldBe((1, 1));
    }

    [Fact]
    public async Task A_user_token_of_another_user_or_too_long_or_expired_is_refused_by_name()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        const string secret = TestServer.SigningSecret;
        foreach (
            var token in new[]
            {
                UserTokenOf.Of("somebody"),
                UserTokenOf.Make(secret, "user-6", now - 1),
                UserTokenOf.Make(secret, "user-6", now + 91 * 86_400),
                UserTokenOf.Make(secret[1..], "user-6", now + 60),
                "1.2",
                "nonsense",
            }
        )
        {
            var (status, problem) = await AskAsync("/v1/identify", Who("user-6", "phone-6"), ("X-User-Token", token));
            (status, problem.GetProperty("field").GetString()).ShouldBe((403, "context.userToken"));
        }
        var batch = await AskAsync(
            "/v1/batch",
            $$"""{"context":{"userToken":"{{UserTokenOf.Of("user-6")}}"},"batch":[{"type":"identify","userId":"user-6","anonymousId":"phone-6"},{"type":"track","userId":"other-6","event":"x"},{"type":"track","anonymousId":"phone-6","event":"x"}]}"""
        );
        batch.Body.GetProperty("accepted").GetInt32().ShouldBe(2);
        batch.Body.GetProperty("errors")[0].GetProperty("index").GetInt32().ShouldBe(1);
        (await CustomerAsync("user-6")).GetProperty("proved").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task A_browser_without_a_server_reads_its_own_visitor_until_that_is_a_person()
    {
        var (status, issued) = await AskAsync("/v1/visitor-tokens", """{"anonymousId":"own-7"}""");
        status.ShouldBe(200);
        var token = issued.GetProperty("token").GetString()!;
        (await AskAsync("/v1/visitor-tokens", """{"anonymousId":"own-7"}""")).Status.ShouldBe(403, "it was used before");
        (await AskAsync("/v1/visitor-tokens", """{"userId":"own-7"}""")).Status.ShouldBe(403);
        await AskAsync(
            "/v1/track",
            """{"anonymousId":"own-7","event":"Product Added","properties":{"product_id":"p-7","price":5,"name":"Tent"}}"""
        );
        var own = await ReadAsync("/v1/visitor?anonymousId=somebody-else", token);
        own.Body.GetProperty("cart")[0].GetProperty("product").GetProperty("productId").GetString().ShouldBe("p-7");
        (
            await AskAsync("/v1/visitor-tokens", """{"anonymousId":"own-7","hours":48}""", ("X-Visitor-Token", token))
        ).Status.ShouldBe(200, "renewed");
        await AskAsync("/v1/identify", Who("person-7", "own-7"));
        (await ReadAsync("/v1/visitor", token)).Status.ShouldBe(403);
        (await ReadAsync("/v1/recommendations", token)).Status.ShouldBe(403);
        var signed = await AskAsync(
            "/v1/visitor-tokens",
            """{"userId":"person-7"}""",
            ("X-User-Token", UserTokenOf.Of("person-7"))
        );
        signed.Status.ShouldBe(200);
    }

    [Fact]
    public async Task Erasing_a_user_erases_what_was_only_claimed_for_them()
    {
        await AskAsync("/v1/identify", """{"userId":"victim-8","traits":{"email":"claimed@shop.test"}}""");
        await ServerSays("victim-8", "Signed In", "{}");
        (await Server.Http.DeleteAsync("/v1/customers/victim-8")).EnsureSuccessStatusCode();
        (await Server.GetAsync("/v1/customers/victim-8")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task A_token_opens_nothing_of_a_customer_that_no_longer_has_its_name()
    {
        var token = (await AskAsync("/v1/visitor-tokens", """{"anonymousId":"own-9"}""")).Body.GetProperty("token").GetString()!;
        (await ReadAsync("/v1/visitor", token)).Status.ShouldBe(200);
        var store = Server.Services.GetRequiredService<IStore>();
        // By another server: this one still remembers the name.
        await store.EraseAsync([(await store.FindNameAsync(NameKind.Anonymous, "own-9"))!.Customer]);
        (await ReadAsync("/v1/visitor", token)).Status.ShouldBe(403);
    }

    [Fact]
    public async Task A_shop_whose_only_client_is_the_browser_may_trust_the_write_key()
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Tracking:TrustWriteKey"] = "true" });
        await server.PostAsync("/v1/track", Order("\"userId\":\"ana\"", "o-1", 10), TestServer.WriteKey);
        await server.PostAsync("/v1/track", """{"userId":"ana","event":"Subscribed"}""", TestServer.WriteKey);
        var ana = (await server.GetAsync("/v1/customers/ana")).Body;
        ana.GetProperty("orders").GetInt32().ShouldBe(1);
        ana.GetProperty("consents")[0].GetProperty("granted").GetBoolean().ShouldBeTrue();
        ana.GetProperty("proved").GetBoolean().ShouldBeTrue();
    }

    static string Who(string user, string device) => $$"""{"userId":"{{user}}","anonymousId":"{{device}}"}""";

    static string Order(string names, string id, int total) =>
        $$"""{ {{names}},"event":"Order Completed","properties":{"order_id":"{{id}}","total":{{total}}} }""";

    async Task ServerSays(string user, string word, string properties) =>
        (
            await Server.PostAsync("/v1/track", $$"""{"userId":"{{user}}","event":"{{word}}","properties":{{properties}} }""")
        ).Status.ShouldBe(200);

    async Task<JsonElement> CustomerAsync(string id) => (await Server.GetAsync($"/v1/customers/{id}")).Body;

    static async Task<(int, decimal, int, decimal, int)> TotalsAsync(TestServer server)
    {
        await server.ReadyAsync();
        var position = await server.Services.GetRequiredService<IStore>().LastPositionAsync();
        var totals = (await server.GetAsync($"/v1/statistics?minPosition={position}")).Body;
        return (
            totals.GetProperty("orders").GetInt32(),
            totals.GetProperty("revenue").GetDecimal(),
            totals.GetProperty("claimedOrders").GetInt32(),
            totals.GetProperty("claimedRevenue").GetDecimal(),
            totals.GetProperty("buyers").GetInt32()
        );
    }

    /// <summary>With the write key and whatever headers.</summary>
    async Task<(int Status, JsonElement Body)> AskAsync(string path, string json, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = TestServer.Basic(TestServer.WriteKey);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await AnswerAsync(request);
    }

    async Task<(int Status, JsonElement Body)> ReadAsync(string path, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TestServer.WriteKey);
        request.Headers.Add("X-Visitor-Token", token);
        return await AnswerAsync(request);
    }

    async Task<(int Status, JsonElement Body)> AnswerAsync(HttpRequestMessage request)
    {
        using var answer = await Server.Http.SendAsync(request);
        return ((int)answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement);
    }
}
