using System.Net;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>What browsers are told with every answer, and the names by which the server may be called.</summary>
public sealed class WebProtectionTests(WebProtectionTests.Shop shop) : IClassFixture<WebProtectionTests.Shop>
{
    readonly TestServer _server = shop.Server;

    public sealed class Shop : IAsyncLifetime
    {
        public TestServer Server { get; private set; } = null!;

        public async Task InitializeAsync() =>
            Server = await TestServer.StartAsync(
                settings: new() { ["Shop:PublicUrl"] = "https://events.shop.example", ["Dashboard:Enabled"] = "true" }
            );

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", "/v1/statistics", 200)]
    [InlineData("GET", "/health/ready", 200)]
    [InlineData("GET", "/metrics", 200)]
    [InlineData("GET", "/docs/index.html", 200)]
    [InlineData("GET", "/openapi/v1.json", 200)]
    [InlineData("GET", "/dashboard/", 200)]
    [InlineData("GET", "/v1/projects/wk/settings", 200)]
    [InlineData("GET", "/", 302)]
    [InlineData("GET", "/u/none", 404)]
    [InlineData("GET", "/absent", 404)]
    [InlineData("DELETE", "/v1/track", 405)]
    [InlineData("POST", "/v1/track", 400)]
    [InlineData("POST", "/v1/visitor-tokens", 400)]
    [InlineData("GET", "/v1/warnings?limit=x", 400)]
    public async Task Every_answer_keeps_browsers_from_guessing_and_framing(string method, string path, int status)
    {
        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { BaseAddress = new(_server.Url) };
        client.DefaultRequestHeaders.Authorization = _server.Http.DefaultRequestHeaders.Authorization;
        using var answer = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        ((int)answer.StatusCode).ShouldBe(status);
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        answer.Headers.GetValues("X-Frame-Options").ShouldBe(["DENY"]);
        answer.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
        answer.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().ShouldContain("frame-ancestors 'none'");
    }

    [Theory]
    [InlineData("evil.example", "/v1/projects/wk/settings", 421)]
    [InlineData("evil.example", "/v1/statistics", 421)]
    [InlineData("evil.example", "/health/live", 200)]
    [InlineData("old-name.example", "/u/none", 404)]
    [InlineData("old-name.example", "/c/none", 404)]
    [InlineData("events.shop.example", "/v1/projects/wk/settings", 200)]
    [InlineData("localhost:5080", "/v1/projects/wk/settings", 200)]
    public async Task A_name_that_is_not_the_servers_is_refused_and_never_repeated(string host, string path, int status)
    {
        using var answer = await CallAsync(_server, host, path);
        ((int)answer.StatusCode).ShouldBe(status);
        if (status != 421)
            return;
        (await answer.Content.ReadAsStringAsync()).ShouldNotContain(host);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
    }

    [Fact]
    public async Task No_cache_keeps_the_answer_that_says_the_name_it_was_called_by()
    {
        using var answer = await CallAsync(_server, "events.shop.example", "/v1/projects/wk/settings");
        (await answer.Content.ReadAsStringAsync()).ShouldContain("events.shop.example/v1");
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
    }

    [Fact]
    public async Task A_shop_names_the_hosts_it_has()
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Server:Hosts:0"] = "*.shop.example" });
        using var known = await CallAsync(server, "one.shop.example", "/openapi/v1.json");
        known.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var unknown = await CallAsync(server, "shop.evil.example", "/openapi/v1.json");
        unknown.StatusCode.ShouldBe(HttpStatusCode.MisdirectedRequest);
        var refused = await Should.ThrowAsync<ArgumentException>(() =>
            TestServer.StartAsync(settings: new() { ["Server:Hosts:0"] = "https://shop.example:80" })
        );
        refused.Message.ShouldStartWith("Server:Hosts");
    }

    [Fact]
    public async Task Endpoints_of_the_section_Kestrel_say_by_what_names_it_is_called()
    {
        using var directory = new TempDirectory();
        await using var server = await ChildServer.StartAsync(
            directory.Path,
            settings: new() { ["Kestrel__Endpoints__Own__Url"] = "http://127.0.0.2:0" }
        );
        using var client = new HttpClient { BaseAddress = new Uri(server.Url) };
        using var own = await client.GetAsync("/openapi/v1.json");
        own.StatusCode.ShouldBe(HttpStatusCode.OK);
        for (var i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/openapi/v1.json")
            {
                Headers = { Host = "evil.example" },
            };
            using var other = await client.SendAsync(request);
            other.StatusCode.ShouldBe(HttpStatusCode.MisdirectedRequest);
        }
        await server.UntilAsync(() => server.Lines("name it in Server:Hosts") == 1);
        server.Said.ShouldNotContain("evil.example");
    }

    static async Task<HttpResponseMessage> CallAsync(TestServer server, string host, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = host } };
        return await server.Http.SendAsync(request);
    }
}
