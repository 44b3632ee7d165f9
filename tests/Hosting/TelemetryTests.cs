using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Trace;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Hosting;

/// <summary>Instruments are the process's: while another server lives in it, its figures are among them.</summary>
[CollectionDefinition(nameof(TelemetryTests), DisableParallelization = true)]
public sealed class AloneInTheProcess;

[Collection(nameof(TelemetryTests))]
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

    [Fact]
    public async Task What_happens_is_measured()
    {
        await using var server = await TestServer.StartAsync();
        (await server.PostAsync("/v1/track", Viewed)).Status.ShouldBe(200);
        (await server.GetAsync("/v1/recommendations?anonymousId=a&placement=cart")).Status.ShouldBe(200);
        await ShowsAsync(
            server,
            "personalization_journal_commit_duration_seconds_count",
            "personalization_journal_group_size_count",
            "personalization_customers_resident",
            "personalization_recommendations_total placement=\"cart\"",
            "personalization_outbox state=\"queued\"",
            "personalization_projection_lag_entries projection=\"item-index\"",
            "personalization_projection_lag_entries projection=\"read-models\"",
            "personalization_projection_lag_seconds projection=\"item-index\"",
            "http_server_request_duration_seconds_count http_route=\"/v1/track\"",
            "orleans_app_requests_latency_milliseconds_count",
            "dotnet_gc_collections_total"
        );
    }

    [Fact]
    public async Task A_warning_is_counted_by_its_policy()
    {
        var time = new TestClock(new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));
        await using var server = await TestServer.StartAsync(time: time);
        var call = """{"userId":"u","event":"Product Added","properties":{"product_id":"p","price":20}}""";
        (await server.PostAsync("/v1/track", call)).Status.ShouldBe(200);
        time.Advance(TimeSpan.FromDays(3));
        await ShowsAsync(server, "personalization_warnings_total policy=\"cart-left\"");
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
        var received = new ConcurrentBag<string>();
        await using var collector = await CollectorAsync(received);
        var trace = Guid.NewGuid().ToByteArray();
        await using (var server = await TestServer.StartAsync(settings: Exported(collector.Urls.First())))
        {
            server.Http.DefaultRequestHeaders.Add("traceparent", $"00-{Convert.ToHexStringLower(trace)}-00f067aa0ba902b7-01");
            (await server.PostAsync("/v1/track", Viewed)).Status.ShouldBe(200);
        }
        var spans = string.Concat(received.Where(body => body.Contains(Text(trace), StringComparison.Ordinal)));
        spans.Split(Text(trace)).Length.ShouldBeGreaterThan(2);
        spans.ShouldContain("Microsoft.AspNetCore", Case.Sensitive);
        spans.ShouldContain("Microsoft.Orleans.Application", Case.Sensitive);
        received.ShouldContain(body => body.Contains("personalization.journal.commit.duration"));
    }

    static Dictionary<string, string?> Exported(string url) =>
        new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = url, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf" };

    /// <summary>Takes whatever is sent by OTLP.</summary>
    static async Task<WebApplication> CollectorAsync(ConcurrentBag<string> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost("/v1/{signal}", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            received.Add(Text(body.ToArray()));
        });
        await app.StartAsync();
        return app;
    }

    /// <summary>Bytes as characters, to look for parts of them.</summary>
    static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    /// <param name="server">It looks at some of them every few seconds only.</param>
    /// <param name="expected">The start of a line and, after a space, a tag of it.</param>
    static async Task ShowsAsync(TestServer server, params string[] expected)
    {
        for (var tries = 0; tries < 300 && expected.Length > 0; tries++, await Task.Delay(100))
        {
            var lines = (await server.Http.GetStringAsync("/metrics")).Split('\n');
            expected =
            [
                .. expected.Where(one =>
                    !lines.Any(line => one.Split(' ') is var parts && line.StartsWith(parts[0]) && parts.All(line.Contains))
                ),
            ];
        }
        expected.ShouldBeEmpty();
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
