using System.Net;
using Personalization.Support;
using Shouldly;
using Xunit;
using static Personalization.Tests.Hosting.TelemetryTests;

namespace Personalization.Tests.Hosting;

public sealed class DashboardTests
{
    [Fact]
    public async Task It_is_off_by_default()
    {
        await using var server = await TestServer.StartAsync();
        (await StatusAsync(server, "/dashboard/", TestServer.SecretKey)).ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_browser_is_asked_for_the_secret_key()
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Dashboard:Enabled"] = "true" });
        foreach (var path in new[] { "/dashboard/", "/dashboard/index.min.js", "/dashboard/ClusterStats" })
        {
            using var asked = await GetAsync(server, path, null);
            asked.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            asked.Headers.WwwAuthenticate.ShouldHaveSingleItem().Scheme.ShouldBe("Basic");
            (await StatusAsync(server, path, TestServer.WriteKey)).ShouldBe(HttpStatusCode.Forbidden);
            (await StatusAsync(server, path, TestServer.SecretKey)).ShouldBe(HttpStatusCode.OK);
        }
    }
}
