using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Events;
using Personalization.Identity;
using Personalization.Journal;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Tracking;

/// <summary>Complaint 44: how much is kept is the visitor's choice, and the browser's signal is one.</summary>
public sealed class TrackingLevelTests : IAsyncLifetime
{
    TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    const string View =
        "\"event\":\"Product Viewed\",\"properties\":{\"product_id\":\"p1\",\"url\":\"https://shop.test/p1?id=7\"}";

    [Theory]
    [InlineData("""{"tracking":"none"}""")]
    [InlineData("""{"consent":{"categoryPreferences":{"Advertising":true,"Analytics":false}}}""")]
    public async Task None_acknowledges_and_keeps_nothing(string context)
    {
        await TrackAsync($$"""{"anonymousId":"v1",{{View}},"context":{{context}} }""");
        var batch =
            $$"""{"context":{{context}},"batch":[{"type":"track","anonymousId":"v1",{{View}} },{"type":"page","anonymousId":"v2"}]}""";
        var (status, body) = await _server.PostAsync("/v1/batch", batch, TestServer.WriteKey);
        status.ShouldBe(200);
        body.GetProperty("accepted").GetInt32().ShouldBe(2);
        foreach (var visitor in new[] { "v1", "v2" })
            (await _server.GetAsync($"/v1/customers/{visitor}")).Status.ShouldBe(404);
    }

    [Theory]
    [InlineData(
        """{"tracking":"anonymous","page":{"url":"https://shop.test/?me=ada","referrer":"https://mail.test/ada"},"campaign":{"source":"letter"}}"""
    )]
    [InlineData(
        """{"consent":{"categoryPreferences":{"Marketing":false}},"page":{"url":"https://shop.test/?me=ada"},"campaign":{"source":"letter"}}"""
    )]
    public async Task Anonymous_keeps_what_happened_and_not_who(string context)
    {
        await TrackAsync($$"""{"anonymousId":"v1","userId":"ada",{{View}},"context":{{context}} }""");
        await _server.PostAsync(
            "/v1/identify",
            $$"""{"anonymousId":"v1","userId":"ada","traits":{"email":"ada@example.org"},"context":{{context}} }""",
            TestServer.WriteKey
        );
        (await _server.GetAsync("/v1/customers/ada")).Status.ShouldBe(404, "no name is joined");
        var kept = (await EventsOfAsync("v1")).ShouldHaveSingleItem();
        kept.Kind.ShouldBe(EventKind.ProductViewed);
        (kept.Personal, kept.Source).ShouldBe((null, null));
    }

    [Fact]
    public async Task A_browsers_privacy_signal_is_honoured_and_the_shops_server_decides_for_itself()
    {
        await TrackAsync($$"""{"anonymousId":"v1","userId":"ada",{{View}} }""", gpc: true);
        (await _server.GetAsync("/v1/customers/ada")).Status.ShouldBe(404);
        (await EventsOfAsync("v1")).ShouldHaveSingleItem().Personal.ShouldBeNull();
        await TrackAsync($$"""{"userId":"eve",{{View}} }""", TestServer.SecretKey, gpc: true);
        (await EventsOfAsync("eve", NameKind.User)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_signal_can_be_ignored_by_a_setting()
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Tracking:GlobalPrivacyControl"] = "false" });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/identify")
        {
            Content = new StringContent("""{"anonymousId":"v1","traits":{"plan":"x"}}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = TestServer.Basic(TestServer.WriteKey);
        request.Headers.Add("Sec-GPC", "1");
        (await server.Http.SendAsync(request)).EnsureSuccessStatusCode();
        (await server.GetAsync("/v1/customers/v1")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_level_that_the_server_sets_holds_for_all_later_calls_but_for_consent_and_its_own_orders()
    {
        await _server.PostAsync("/v1/identify", """{"userId":"ada","traits":{"email":"ada@example.org"}}""");
        (await _server.PostAsync("/v1/customers/ada/tracking", """{"level":"sometimes"}""")).Status.ShouldBe(400);
        (await _server.PostAsync("/v1/customers/ada/tracking", """{"level":"none","by":"ben"}""")).Status.ShouldBe(204);
        await _server.PostAsync("/v1/track", $$"""{"userId":"ada",{{View}} }""");
        await _server.PostAsync("/v1/identify", """{"userId":"ada","traits":{"plan":"gold"}}""");
        await _server.PostAsync("/v1/track", """{"userId":"ada","event":"Unsubscribed"}""");
        await _server.PostAsync(
            "/v1/track",
            """{"userId":"ada","event":"Order Completed","properties":{"order_id":"o1","total":10},"context":{"page":{"url":"https://shop.test/"}}}"""
        );
        var events = await EventsOfAsync("ada", NameKind.User);
        events.Select(e => e.Kind).ShouldBe([EventKind.Identified, EventKind.Unsubscribed, EventKind.OrderCompleted]);
        events[^1].Personal.ShouldBeNull();
        (await _server.GetAsync("/v1/customers/ada/consent")).Body.GetProperty("tracking").GetString().ShouldBe("none");

        await _server.PostAsync("/v1/customers/ada/tracking", """{"level":"full"}""");
        await _server.PostAsync("/v1/track", $$"""{"userId":"ada",{{View}} }""");
        (await EventsOfAsync("ada", NameKind.User)).Count.ShouldBe(4);
    }

    [Fact]
    public async Task No_answer_of_the_server_sets_a_cookie()
    {
        using var browser = new HttpClient { BaseAddress = _server.Http.BaseAddress };
        browser.DefaultRequestHeaders.Authorization = TestServer.Basic(TestServer.WriteKey);
        StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
        var answers = new List<HttpResponseMessage>();
        foreach (var call in new[] { "track", "t", "identify", "i", "page", "p", "batch", "b", "m", "alias", "visitor-tokens" })
            answers.Add(await browser.PostAsync($"/v1/{call}", Json($$"""{"anonymousId":"v1",{{View}} }""")));
        foreach (
            var path in new[]
            {
                $"/v1/projects/{TestServer.WriteKey}/settings",
                "/v1/recommendations",
                "/u/x",
                "/c/x",
                "/health/ready",
                "/openapi.json",
            }
        )
            answers.Add(await browser.GetAsync(path));
        answers.ShouldAllBe(answer => !answer.Headers.Contains("Set-Cookie"));
    }

    async Task TrackAsync(string json, string key = TestServer.WriteKey, bool gpc = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/track")
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = TestServer.Basic(key);
        if (gpc)
            request.Headers.Add("Sec-GPC", "1");
        (await _server.Http.SendAsync(request)).EnsureSuccessStatusCode();
    }

    async Task<List<Tracked>> EventsOfAsync(string name, NameKind kind = NameKind.Anonymous)
    {
        var store = _server.Services.GetRequiredService<IStore>();
        var customer = (await store.FindNameAsync(kind, name))!.Customer;
        return
        [
            .. (await store.ReadCustomerAsync(customer))
                .SelectMany(entry => Personalization.Codec.EventCodec.Read(entry.Body, entry.Personal))
                .OfType<Tracked>(),
        ];
    }
}
