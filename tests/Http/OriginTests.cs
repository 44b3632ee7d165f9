using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>Which pages a browser lets call the server, and for what.</summary>
public sealed class OriginTests
{
    static HttpRequestMessage Preflight(string path, string origin)
    {
        var request = new HttpRequestMessage(HttpMethod.Options, path);
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");
        return request;
    }

    static string? Allowed(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null;

    [Fact]
    public async Task Any_page_may_track_and_none_may_read_customers()
    {
        await using var server = await TestServer.StartAsync();
        var track = await server.Http.SendAsync(Preflight("/v1/t", "https://shop.example"));
        Allowed(track).ShouldBe("*");
        track.Headers.GetValues("Access-Control-Allow-Headers").Single().ShouldContain("authorization");
        Allowed(await server.Http.SendAsync(Preflight("/v1/customers", "https://shop.example"))).ShouldBeNull();
    }

    [Fact]
    public async Task The_origins_of_the_settings_narrow_it()
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Tracking:Origins:0"] = "https://shop.example" });
        Allowed(await server.Http.SendAsync(Preflight("/v1/track", "https://shop.example"))).ShouldBe("https://shop.example");
        Allowed(await server.Http.SendAsync(Preflight("/v1/track", "https://elsewhere.example"))).ShouldBeNull();
    }
}
