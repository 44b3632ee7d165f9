using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Feeds;

/// <summary>Feeds that are fetched on a schedule (R87), from a host that behaves and from ones that do not.</summary>
public sealed class FeedTests : IAsyncLifetime
{
    const string Header = "id,title,price\n";

    WebApplication _host = null!;
    TestServer _server = null!;
    string _feed = Header + "f-1,Tent,90 EUR\nf-2,Stove,20 EUR\nf-3,Lamp,15 EUR\n";
    string? _etag;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _host = builder.Build();
        _host.MapGet("/feed.csv", (HttpRequest request, HttpResponse response) =>
        {
            if (request.Headers.Authorization != "Basic " + TestServer.Basic("mia").Parameter)
                return Results.StatusCode(401);
            if (_etag is not null && request.Headers.IfNoneMatch == _etag)
                return Results.StatusCode(304);
            _etag = "\"1\"";
            response.Headers.ETag = _etag;
            return Results.Text(_feed);
        });
        _host.MapGet("/moved", () => Results.Redirect("/feed.csv"));
        _host.MapGet("/circle", () => Results.Redirect("/circle"));
        await _host.StartAsync();
        var address = new Uri(
            _host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()
        );
        _server = await TestServer.StartAsync(
            settings: new()
            {
                ["Catalogue:AllowPrivateFeeds"] = "true",
                ["Catalogue:Feeds:main:Url"] = $"http://mia:@{address.Authority}/moved",
                ["Catalogue:Feeds:main:HideMissing"] = "true",
                ["Catalogue:Feeds:circle:Url"] = $"{address}circle",
            }
        );
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _host.DisposeAsync();
    }

    async Task<JsonElement> FetchedAsync(string name, Func<JsonElement, bool> isSo)
    {
        for (var tries = 0; tries < 600; tries++)
        {
            var feeds = (await _server.GetAsync("/v1/feeds")).Body.GetProperty("items").EnumerateArray();
            var feed = feeds.Single(one => one.GetProperty("name").GetString() == name);
            if (isSo(feed))
                return feed;
            await Task.Delay(50);
        }
        throw new TimeoutException("The feed was not fetched within 30 seconds.");
    }

    async Task<JsonElement> FetchAgainAsync()
    {
        var before = (await FetchedAsync("main", _ => true)).GetProperty("fetchedAt").GetDateTimeOffset();
        (await _server.PostAsync("/v1/feeds/main/fetch", "")).Status.ShouldBe(200);
        return await FetchedAsync("main", feed => feed.GetProperty("fetchedAt").GetDateTimeOffset() > before);
    }

    async Task<bool> IsHiddenAsync(string id) =>
        (await _server.GetAsync("/v1/products/" + id)).Body.TryGetProperty("hidden", out var hidden) && hidden.GetBoolean();

    [Fact]
    public async Task A_feed_is_fetched_hides_what_it_no_longer_holds_and_hides_nothing_where_it_shrinks()
    {
        var first = await FetchedAsync("main", feed => feed.TryGetProperty("fetchedAt", out _));
        (first.GetProperty("result").GetString(), first.GetProperty("products").GetInt32()).ShouldBe(
            ("read", 3),
            first.GetRawText()
        );
        (await _server.GetAsync("/v1/products/f-1")).Body.GetProperty("price").GetDecimal().ShouldBe(90);

        (_feed, _etag) = (Header + "f-1,Tent,80 EUR\nf-2,Stove,20 EUR\n", null);
        (await FetchAgainAsync()).GetProperty("hidden").GetInt32().ShouldBe(1);
        (await IsHiddenAsync("f-3")).ShouldBeTrue();

        (_feed, _etag) = (Header + "f-3,Lamp,15 EUR\nf-9,Map,x\n", null);
        var both = await FetchAgainAsync();
        both.GetProperty("problems").GetProperty("not-an-amount price").GetInt32().ShouldBe(1);
        (await IsHiddenAsync("f-3")).ShouldBeFalse();

        (_feed, _etag) = (Header, null);
        (await FetchAgainAsync()).GetProperty("result").GetString().ShouldBe("shrunk");
        (await IsHiddenAsync("f-9")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_feed_that_cannot_be_had_says_why_and_no_feed_of_another_name_is_fetched()
    {
        var circle = await FetchedAsync("circle", feed => feed.TryGetProperty("error", out _));
        circle.GetProperty("error").GetString()!.ShouldContain("redirects");
        (await _server.PostAsync("/v1/feeds/another/fetch", "")).Status.ShouldBe(404);
    }
}
