using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Personalization.Keys;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>Who may call what: keys in the header and in the body, visitors' tokens, and what the others are told.</summary>
public sealed class AuthenticationTests(SharedServer shared) : IClassFixture<SharedServer>
{
    const string Call = """{"anonymousId":"auth-1","event":"Signed In"}""";

    [Theory]
    [InlineData("/v1/customers/u")]
    [InlineData("/v1/statistics?minPosition=not-a-number")]
    [InlineData("/v1/recommendations")]
    [InlineData("/v1/playbooks")]
    public async Task Without_a_key_an_answer_is_a_401_that_says_how_to_sign_in(string path)
    {
        using var client = new HttpClient { BaseAddress = new(shared.Server.Url) };
        using var answer = await client.GetAsync(path);
        ((int)answer.StatusCode).ShouldBe(401);
        answer.Headers.WwwAuthenticate.ShouldHaveSingleItem().Scheme.ShouldBe("Basic");
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        problem.GetProperty("title").GetString().ShouldBe("Unauthorized");
        problem.GetProperty("type").GetString().ShouldBe("/problems/unauthorized");
    }

    [Theory]
    [InlineData("Bearer test-write-key-01", 200, 403)]
    [InlineData("bearer   test-secret-key-01", 200, 200)]
    [InlineData("Basic dGVzdC13cml0ZS1rZXktMDE6", 200, 403)]
    [InlineData("Basic dGVzdC13cml0ZS1rZXktMDE=", 200, 403)]
    [InlineData("Basic dGVzdC1zZWNyZXQta2V5LTAxOg==", 200, 200)]
    [InlineData("Basic !", 401, 401)]
    [InlineData("Digest test-secret-key-01", 401, 401)]
    [InlineData("Bearer wrong", 401, 401)]
    public async Task A_key_is_taken_as_Bearer_or_as_Basic(string header, int tracking, int reading)
    {
        using var client = new HttpClient { BaseAddress = new(shared.Server.Url) };
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", header);
        ((int)(await client.PostAsync("/v1/track", Json(Call))).StatusCode).ShouldBe(tracking);
        ((int)(await client.GetAsync("/v1/statistics")).StatusCode).ShouldBe(reading);
    }

    [Theory]
    [InlineData("test-write-key-01", 200)]
    [InlineData("test-secret-key-01", 401)]
    [InlineData("wrong", 401)]
    public async Task In_the_body_the_write_key_alone_is_taken_even_beside_a_wrong_header(string key, int expected)
    {
        using var client = new HttpClient { BaseAddress = new(shared.Server.Url) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "wrong");
        var single = $$"""{"anonymousId":"auth-1","event":"Signed In","writeKey":"{{key}}"}""";
        ((int)(await client.PostAsync("/v1/t", Json(single))).StatusCode).ShouldBe(expected);
        var batch = $$"""{"batch":[{"type":"track","anonymousId":"auth-1","event":"x"}],"writeKey":"{{key}}"}""";
        ((int)(await client.PostAsync("/v1/b", Json(batch))).StatusCode).ShouldBe(expected);
    }

    [Fact]
    public async Task A_refusal_of_tracking_can_be_read_by_the_page_that_called()
    {
        using var client = new HttpClient { BaseAddress = new(shared.Server.Url) };
        client.DefaultRequestHeaders.Add("Origin", "https://shop.example");
        using var refused = await client.PostAsync("/v1/track", Json(Call));
        ((int)refused.StatusCode).ShouldBe(401);
        refused.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["*"]);
    }

    [Fact]
    public async Task A_visitor_reads_their_own_and_nothing_else()
    {
        var (_, issued) = await shared.Server.PostAsync("/v1/visitor-tokens", """{"anonymousId":"auth-1"}""");
        using var browser = new HttpClient { BaseAddress = new(shared.Server.Url) };
        browser.DefaultRequestHeaders.Add("X-Visitor-Token", issued.GetProperty("token").GetString());
        ((int)(await browser.GetAsync("/v1/recommendations?userId=someone-else")).StatusCode).ShouldBe(200);
        ((int)(await browser.GetAsync("/v1/customers/auth-1")).StatusCode).ShouldBe(401);
        ((int)(await browser.PostAsync("/v1/track", Json(Call))).StatusCode).ShouldBe(401, "a token is no key");
        browser.DefaultRequestHeaders.Authorization = TestServer.Basic(TestServer.WriteKey);
        ((int)(await browser.PostAsync("/v1/track?include=stage", Json(Call))).StatusCode).ShouldBe(200);
        var others = Call.Replace("auth-1", "auth-2", StringComparison.Ordinal);
        ((int)(await browser.PostAsync("/v1/track?include=stage", Json(others))).StatusCode).ShouldBe(403);
        ((int)(await browser.GetAsync("/v1/customers/auth-1")).StatusCode).ShouldBe(403);
    }

    [Fact]
    public async Task Every_endpoint_says_who_may_call_it()
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Dashboard:Enabled"] = "true" });
        var endpoints = server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).ToList();
        endpoints.Count.ShouldBeGreaterThan(40);
        foreach (var endpoint in endpoints)
        {
            var (hasPolicy, isOpen) = (Has<IAuthorizeData>(endpoint), Has<IAllowAnonymous>(endpoint));
            (hasPolicy != isOpen).ShouldBeTrue(endpoint.DisplayName);
        }

        static bool Has<T>(Endpoint endpoint)
            where T : class => endpoint.Metadata.GetMetadata<T>() is not null;
    }

    [Theory]
    [InlineData(null, 401, 404)]
    [InlineData("wk", 403, 404)]
    [InlineData("sk", 200, 404)]
    public async Task An_endpoint_that_forgot_to_say_is_for_the_secret_key(string? key, int forgotten, int absent)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddKeys(
            await ApiKeys.OpenAsync(null!, "wk", "sk", (_, _) => { }),
            new VisitorToken(new byte[32], TimeProvider.System)
        );
        await using var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.UseKeys();
        app.MapGet("/forgotten", () => TypedResults.Ok());
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new(app.Urls.First()) };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = TestServer.Basic(key);
        ((int)(await client.GetAsync("/forgotten")).StatusCode).ShouldBe(forgotten);
        ((int)(await client.GetAsync("/absent")).StatusCode).ShouldBe(absent);
    }

    [Fact]
    public void A_refused_call_is_no_line_of_the_log() =>
        shared
            .Server.Services.GetRequiredService<ILoggerFactory>()
            .CreateLogger<ApiKeyAuthentication>()
            .IsEnabled(LogLevel.Information)
            .ShouldBeFalse();

    static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
}
