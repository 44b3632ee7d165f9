using System.Net;
using System.Text;
using System.Text.Json;
using Personalization.Support;
using Personalization.Tests.Http;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Platforms;

/// <summary>Every address that released clients post to takes what they send (field/10, R82).</summary>
public sealed class OtherPathTests(SharedServer shared) : IClassFixture<SharedServer>
{
    TestServer Server => shared.Server;

    [Theory]
    [InlineData("/v1/import")]
    [InlineData("/v1/b")]
    [InlineData("/b")]
    [InlineData("/beacon/v1/batch")]
    [InlineData("/api/public/apps/batch")]
    public async Task A_batch_is_taken_at_each_of_its_addresses(string path)
    {
        var who = "batch-" + path.Replace('/', '-');
        var (status, body) = await Server.PostAsync(
            path,
            $$"""{"batch":[{"action":"track","type":"track","userId":"{{who}}","event":"Signed In"}]}"""
        );
        (status, body.GetProperty("accepted").GetInt32()).ShouldBe((200, 1));
        (await Server.GetAsync($"/v1/customers/{who}")).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("/t", "track", """ "event":"Signed In" """)]
    [InlineData("/p", "page", """ "name":"Home" """)]
    [InlineData("/i", "identify", """ "traits":{} """)]
    [InlineData("/v1/s", "screen", """ "name":"Home" """)]
    [InlineData("/api/public/apps/track", "track", """ "event":"Signed In" """)]
    [InlineData("/api/public/apps/identify", "identify", """ "traits":{} """)]
    [InlineData("/api/public/apps/group", "group", """ "groupId":"g-1" """)]
    public async Task A_call_is_taken_at_each_of_its_addresses(string path, string type, string rest)
    {
        var who = $"call-{type}-{path.Length}";
        (await Server.PostAsync(path, $$"""{"userId":"{{who}}",{{rest}}}""")).Status.ShouldBe(200);
        (await Server.GetAsync($"/v1/customers/{who}")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_merge_joins_the_visitor_with_the_user()
    {
        await Server.PostAsync(
            "/v1/track",
            """{"anonymousId":"merge-v","event":"Product Viewed","properties":{"product_id":"p-1"}}"""
        );
        (await Server.PostAsync("/v1/merge", """{"previousId":"merge-v","userId":"merge-u"}""")).Status.ShouldBe(200);
        var merged = (await Server.GetAsync("/v1/customers/merge-u")).Body;
        merged.GetProperty("recentlyViewed")[0].GetString().ShouldBe("p-1");
    }

    [Fact]
    public async Task A_beacon_sends_plain_text_without_preflight_and_its_key_in_the_query_or_the_body()
    {
        const string Batch = """{"batch":[{"type":"page","anonymousId":"beacon-1","name":"Home"}]}""";
        (await BeaconAsync($"/beacon/v1/batch?writeKey={TestServer.WriteKey}", Batch)).ShouldBe((HttpStatusCode.OK, "*"));
        var inBody = Batch.Replace("{\"batch\"", $$"""{"writeKey":"{{TestServer.WriteKey}}","batch" """.TrimEnd());
        (await BeaconAsync("/beacon/v1/batch", inBody)).ShouldBe((HttpStatusCode.OK, "*"));
        (await BeaconAsync("/beacon/v1/batch?writeKey=another-key-0123456", Batch)).Item1.ShouldBe(HttpStatusCode.Unauthorized);
        (await BeaconAsync($"/beacon/v1/batch?writeKey={TestServer.SecretKey}", Batch)).Item1.ShouldBe(
            HttpStatusCode.Unauthorized
        );

        async Task<(HttpStatusCode, string?)> BeaconAsync(string path, string body)
        {
            using var http = new HttpClient { BaseAddress = new Uri(Server.Url) };
            using var request = new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = new StringContent(body, Encoding.UTF8, "text/plain"),
            };
            request.Headers.Add("Origin", "https://shop.example");
            using var answer = await http.SendAsync(request);
            answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins);
            return (answer.StatusCode, origins?.Single());
        }
    }

    [Fact]
    public async Task A_pixel_records_what_its_address_says_and_answers_an_image_that_is_not_cached()
    {
        using var http = new HttpClient { BaseAddress = new Uri(Server.Url) };
        using var answer = await http.GetAsync(
            $"/pixel/v1/track?writeKey={TestServer.WriteKey}&anonymousId=pixel-1&event=Product+Viewed"
                + "&properties.product_id=p-55&properties.price=39.90&properties.currency=EUR"
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("image/gif");
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        Encoding.ASCII.GetString(await answer.Content.ReadAsByteArrayAsync())[..6].ShouldBe("GIF89a");
        await Server.PostAsync("/v1/identify", """{"userId":"pixel-u","anonymousId":"pixel-1"}""");
        var seen = (await Server.GetAsync("/v1/customers/pixel-u")).Body.GetProperty("recentlyViewed");
        seen[0].GetString().ShouldBe("p-55");
        (await http.GetAsync("/pixel/v1/page?anonymousId=pixel-1")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task RudderStacks_clients_read_a_source_that_is_on_and_sends_nothing_elsewhere()
    {
        var config = await Server.Http.SendAsync(
            new(HttpMethod.Get, "/sourceConfig/?p=npm&v=3")
            {
                Headers = { Authorization = TestServer.Basic(TestServer.WriteKey) },
            }
        );
        config.StatusCode.ShouldBe(HttpStatusCode.OK);
        var source = JsonDocument.Parse(await config.Content.ReadAsStringAsync()).RootElement.GetProperty("source");
        source.GetProperty("enabled").GetBoolean().ShouldBeTrue();
        source.GetProperty("destinations").GetArrayLength().ShouldBe(0);
        using var http = new HttpClient { BaseAddress = new Uri(Server.Url) };
        (await http.GetAsync("/sourceConfig")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }
}
