using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Trace;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Hosting;

public sealed class TelemetryTests
{
    const string Viewed = """{"anonymousId":"a","event":"Product Viewed","properties":{"product_id":"p"}}""";

    [Fact]
    public async Task Metrics_are_for_the_secret_key_alone()
    {
        await using var server = await TestServer.StartAsync();
        (await StatusAsync(server, "/metrics", null)).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync(server, "/metrics", TestServer.WriteKey)).ShouldBe(HttpStatusCode.Forbidden);
        (await StatusAsync(server, "/metrics", TestServer.SecretKey)).ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("personalization_journal_commit_duration_seconds_count")]
    [InlineData("personalization_journal_group_size_count")]
    [InlineData("personalization_customers_resident")]
    [InlineData("personalization_recommendations_total", "placement=\"cart\"", "strategy=\"")]
    [InlineData("personalization_outbox", "state=\"queued\"")]
    [InlineData("personalization_projection_lag_entries", "projection=\"item-index\"")]
    [InlineData("personalization_projection_lag_entries", "projection=\"read-models\"")]
    [InlineData("personalization_projection_lag_seconds", "projection=\"item-index\"")]
    [InlineData("http_server_request_duration_seconds_count", "http_route=\"/v1/track\"")]
    [InlineData("orleans_app_requests_latency_bucket_total")]
    [InlineData("dotnet_gc_collections_total")]
    public async Task What_happens_is_measured(string metric, params string[] tags)
    {
        await using var server = await TestServer.StartAsync();
        (await server.PostAsync("/v1/track", Viewed)).Status.ShouldBe(200);
        (await server.GetAsync("/v1/recommendations?anonymousId=a&placement=cart")).Status.ShouldBe(200);
        (await FindAsync(server, metric, tags)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_warning_is_counted_by_its_policy()
    {
        var time = new TestClock(new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));
        await using var server = await TestServer.StartAsync(time: time);
        var call = """{"userId":"u","event":"Product Added","properties":{"product_id":"p","price":20}}""";
        (await server.PostAsync("/v1/track", call)).Status.ShouldBe(200);
        time.Advance(TimeSpan.FromDays(3));
        (await FindAsync(server, "personalization_warnings_total", ["policy=\"cart-left\""])).ShouldNotBeNull();
    }

    [Fact]
    public async Task Without_an_endpoint_no_trace_is_made()
    {
        await using var server = await TestServer.StartAsync();
        server.Services.GetService<TracerProvider>().ShouldBeNull();
    }

    [Fact]
    public async Task A_call_and_its_turn_in_the_grain_are_one_trace_sent_to_the_endpoint_configured()
    {
        var received = new ConcurrentBag<byte[]>();
        await using var collector = await CollectorAsync(received);
        var trace = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray());
        await using (var server = await TestServer.StartAsync(settings: Exported(collector.Urls.First())))
        {
            server.Http.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");
            (await server.PostAsync("/v1/track", Viewed)).Status.ShouldBe(200);
        }
        var spans = received.Where(body => Count(body, Convert.FromHexString(trace)) > 0).ToList();
        spans.Sum(body => Count(body, Convert.FromHexString(trace))).ShouldBeGreaterThan(1);
        spans.ShouldContain(body => Count(body, "Microsoft.AspNetCore"u8) > 0);
        spans.ShouldContain(body => Count(body, "Microsoft.Orleans.Application"u8) > 0);
        received.ShouldContain(body => Count(body, "personalization.journal.commit.duration"u8) > 0);
    }

    static Dictionary<string, string?> Exported(string url) =>
        new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = url, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf" };

    /// <summary>Takes whatever is sent by OTLP.</summary>
    static async Task<WebApplication> CollectorAsync(ConcurrentBag<byte[]> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost("/v1/{signal}", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            received.Add(body.ToArray());
        });
        await app.StartAsync();
        return app;
    }

    static int Count(ReadOnlySpan<byte> body, ReadOnlySpan<byte> part)
    {
        var count = 0;
        for (int at; (at = body.IndexOf(part)) >= 0; count++)
            body = body[(at + part.Length)..];
        return count;
    }

    /// <summary>The first line of a metric with these tags; some are looked at every few seconds only.</summary>
    static async Task<string?> FindAsync(TestServer server, string metric, string[] tags)
    {
        for (var tries = 0; tries < 300; tries++)
        {
            var lines = (await server.Http.GetStringAsync("/metrics")).Split('\n');
            if (lines.FirstOrDefault(line => Regex.IsMatch(line, $"^{metric}[{{ ]") && tags.All(line.Contains)) is { } found)
                return found;
            await Task.Delay(100);
        }
        return null;
    }

    internal static async Task<HttpStatusCode> StatusAsync(TestServer server, string path, string? key)
    {
        using var response = await GetAsync(server, path, key);
        return response.StatusCode;
    }

    internal static async Task<HttpResponseMessage> GetAsync(TestServer server, string path, string? key)
    {
        using var http = new HttpClient { BaseAddress = new Uri(server.Url) };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
            request.Headers.Authorization = TestServer.Basic(key);
        return await http.SendAsync(request);
    }
}
