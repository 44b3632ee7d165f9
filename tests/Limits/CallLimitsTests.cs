using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Limits;

/// <summary>What one stranger may send, and that others do not suffer from it.</summary>
public sealed class CallLimitsTests
{
    static Dictionary<string, string?> Tight(params (string Name, string Value)[] more)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Limits:PerAddress:PerSecond"] = "1",
            ["Limits:PerAddress:Burst"] = "2500",
        };
        foreach (var (name, value) in more)
            settings[name] = value;
        return settings;
    }

    /// <summary>A caller with the write key at an address of this machine's own.</summary>
    static HttpClient From(TestServer server, string address, string? forwardedFor = null)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancel) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
                await socket.ConnectAsync(context.DnsEndPoint, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        var client = new HttpClient(handler) { BaseAddress = new Uri(server.Url) };
        client.DefaultRequestHeaders.Authorization = TestServer.Basic(TestServer.WriteKey);
        if (forwardedFor is not null)
            client.DefaultRequestHeaders.Add("X-Forwarded-For", forwardedFor);
        return client;
    }

    static Task<HttpResponseMessage> TrackAsync(HttpClient client, string visitor) =>
        client.PostAsync("/v1/t", Json($$"""{"anonymousId":"{{visitor}}","event":"Signed In"}"""));

    static Task<HttpResponseMessage> BatchAsync(HttpClient client, int events)
    {
        var items = Enumerable.Repeat("""{"type":"track","anonymousId":"batch","event":"x"}""", events);
        return client.PostAsync("/v1/batch", Json($$"""{"batch":[{{string.Join(',', items)}}]}"""));
    }

    static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    [Fact]
    public async Task A_batch_costs_its_events_and_one_too_many_is_a_429_that_says_when_to_come_back()
    {
        await using var server = await TestServer.StartAsync(settings: Tight());
        using var stranger = From(server, "127.0.0.1");
        stranger.DefaultRequestHeaders.Add("Origin", "https://shop.example");
        (await BatchAsync(stranger, 2_400)).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var refused = await BatchAsync(stranger, 2_400);
        ((int)refused.StatusCode).ShouldBe(429);
        refused.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.FromMinutes(30));
        refused.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["*"]);
        refused.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await TrackAsync(stranger, "still")).StatusCode.ShouldBe(
            HttpStatusCode.OK,
            "what is left in the bucket is enough for it"
        );
    }

    [Fact]
    public async Task Other_addresses_and_the_secret_key_are_not_refused_for_it()
    {
        await using var server = await TestServer.StartAsync(settings: Tight());
        using var stranger = From(server, "127.0.0.1");
        using var other = From(server, "127.0.0.2");
        (await BatchAsync(stranger, 2_490)).StatusCode.ShouldBe(HttpStatusCode.OK);
        HttpStatusCode last;
        var calls = 0;
        do last = (await TrackAsync(stranger, "flood")).StatusCode;
        while (last == HttpStatusCode.OK && ++calls < 200);
        ((int)last).ShouldBe(429);
        (await TrackAsync(other, "other")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await server.PostAsync("/v1/track", """{"anonymousId":"shop","event":"x"}""")).Status.ShouldBe(200);
        using var keyless = From(server, "127.0.0.1");
        keyless.DefaultRequestHeaders.Authorization = null;
        ((int)(await keyless.GetAsync("/v1/customers")).StatusCode).ShouldBe(429, "calls without a key are counted too");
        (await keyless.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK, "who looks after the server is not");
    }

    [Fact]
    public async Task The_size_of_a_body_counts_by_the_kilobyte()
    {
        await using var server = await TestServer.StartAsync(settings: Tight());
        using var stranger = From(server, "127.0.0.1");
        var large = $$"""{"anonymousId":"large","event":"x","properties":{"note":"{{new string('n', 31_000)}}"} }""";
        var sent = 0;
        while ((await stranger.PostAsync("/v1/track", Json(large))).StatusCode == HttpStatusCode.OK)
            sent++;
        sent.ShouldBeInRange(70, 90);
    }

    [Fact]
    public async Task Behind_a_named_proxy_each_visitor_has_an_address_and_nobody_else_can_name_one()
    {
        await using var server = await TestServer.StartAsync(settings: Tight(("Server:Proxies:0", "127.0.0.1")));
        using var one = From(server, "127.0.0.1", "203.0.113.1");
        using var another = From(server, "127.0.0.1", "203.0.113.2");
        (await BatchAsync(one, 2_450)).StatusCode.ShouldBe(HttpStatusCode.OK);
        ((int)(await BatchAsync(one, 2_450)).StatusCode).ShouldBe(429);
        (await BatchAsync(another, 2_450)).StatusCode.ShouldBe(HttpStatusCode.OK);
        // An address that is no proxy cannot choose for whom it counts.
        using var liar = From(server, "127.0.0.2", "203.0.113.3");
        (await BatchAsync(liar, 2_450)).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var again = From(server, "127.0.0.2", "203.0.113.4");
        ((int)(await BatchAsync(again, 2_450)).StatusCode).ShouldBe(429);
    }

    [Fact]
    public async Task A_proxy_that_nobody_named_does_not_make_all_shoppers_one_address()
    {
        await using var server = await TestServer.StartAsync(settings: Tight());
        for (var i = 0; i < 700; i++)
        {
            using var shopper = From(server, "127.0.0.1", $"203.0.113.{i % 200}");
            (await TrackAsync(shopper, $"shopper-{i % 200}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        }
        using var one = From(server, "127.0.0.1", "198.51.100.1");
        using var another = From(server, "127.0.0.1", "198.51.100.2");
        (await BatchAsync(one, 2_450)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await BatchAsync(another, 2_450)).StatusCode.ShouldBe(HttpStatusCode.OK);
        ((int)(await BatchAsync(one, 2_450)).StatusCode).ShouldBe(429, "by what the proxy says there is still a limit for each");
    }

    [Fact]
    public async Task A_wrong_key_is_refused_before_the_body_and_without_a_key_little_is_read()
    {
        await using var server = await TestServer.StartAsync();
        using var wrong = await ConnectAsync(server, TestServer.Basic("wrong").ToString(), announced: 400_000, sent: 10);
        (await StatusAsync(wrong)).ShouldBe(401);
        using var keyless = await ConnectAsync(server, null, announced: 400_000, sent: 10);
        (await StatusAsync(keyless)).ShouldBe(413);
        var batch = $$"""{"writeKey":"{{TestServer.WriteKey}}","batch":[{"type":"track","anonymousId":"a","event":"x"}]}""";
        using var small = new HttpClient { BaseAddress = new Uri(server.Url) };
        (await small.PostAsync("/v1/b", Json(batch))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Unfinished_bodies_without_a_key_are_few_at_once()
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Limits:BodiesPerAddress"] = "8" });
        var waiting = new List<Socket>();
        for (var i = 0; i < 8; i++)
            waiting.Add(await ConnectAsync(server, null, announced: 20_000, sent: 100));
        using var late = await ConnectAsync(server, null, announced: 20_000, sent: 100);
        (await StatusAsync(late)).ShouldBe(429);
        (await server.PostAsync("/v1/track", """{"anonymousId":"a","event":"x"}""", TestServer.WriteKey)).Status.ShouldBe(200);
        foreach (var one in waiting)
            one.Dispose();
    }

    [LinuxFact]
    public async Task Four_thousand_unfinished_bodies_take_little_memory()
    {
        using var directory = new TempDirectory();
        await using var server = await ChildServer.StartAsync(directory.Path);
        var before = server.Memory;
        var waiting = new List<Socket>();
        var write = TestServer.Basic(TestServer.WriteKey).ToString();
        for (var i = 0; i < 4_000; i++)
            waiting.Add(
                await ConnectAsync(server.Url, i % 2 == 0 ? null : write, announced: i % 2 == 0 ? 30_000 : 490_000, sent: 100)
            );
        (server.Memory - before).ShouldBeLessThan(300L << 20);
        await server.PostAsync("/v1/track", """{"anonymousId":"a","event":"x"}""");
        foreach (var one in waiting)
            one.Dispose();
    }

    [Fact]
    public async Task A_visitor_has_so_many_claimed_events_in_a_day()
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Limits:EventsPerVisitor"] = "3" });
        using var stranger = From(server, "127.0.0.1");
        for (var i = 0; i < 3; i++)
            (await TrackAsync(stranger, "busy")).StatusCode.ShouldBe(HttpStatusCode.OK);
        ((int)(await TrackAsync(stranger, "busy")).StatusCode).ShouldBe(429);
        (await TrackAsync(stranger, "another")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await server.PostAsync("/v1/track", """{"anonymousId":"busy","event":"x"}""")).Status.ShouldBe(
            200,
            "the shop's own count"
        );
    }

    [Fact]
    public async Task Campaign_names_beyond_a_days_bound_are_counted_together()
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Limits:SourcesPerDay"] = "5" });
        for (var i = 0; i < 12; i++)
            await server.PostAsync(
                "/v1/page",
                $$$"""{"anonymousId":"c-{{{i}}}","context":{"campaign":{"source":"s-{{{i}}}","name":"n"} } }"""
            );
        var position = (await server.GetAsync("/health/ready")).Body.GetProperty("position").GetInt64();
        var (_, body) = await server.GetAsync($"/v1/attribution?by=day&minPosition={position}");
        var rows = body.GetProperty("periods")
            .EnumerateArray()
            .SelectMany(period => period.GetProperty("sources").EnumerateArray());
        var visits = rows.ToDictionary(
            row => row.GetProperty("source").GetString()!,
            row => row.GetProperty("visits").GetInt64()
        );
        visits.Count.ShouldBe(6);
        visits["(other)"].ShouldBe(7);
    }

    [Fact]
    public async Task Anonymous_ids_beyond_a_customers_bound_are_bound_and_not_joined()
    {
        await using var server = await TestServer.StartAsync();
        for (var i = 0; i < 130; i++)
        {
            await server.PostAsync("/v1/track", $$"""{"anonymousId":"n-{{i}}","event":"x"}""");
            await server.PostAsync("/v1/identify", $$"""{"anonymousId":"n-{{i}}","userId":"collector"}""");
        }
        // Of the first hundred both events are the customer's, of the others the second.
        var events = (await server.GetAsync("/v1/customers/collector")).Body.GetProperty("events").GetInt32();
        events.ShouldBeInRange(220, 235);
    }

    [Fact]
    public async Task A_profile_holds_so_much()
    {
        await using var server = await TestServer.StartAsync();
        for (var call = 0; call < 4; call++)
        {
            var traits = string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"t{call}-{i}\":\"{new string('x', 100)}\""));
            await server.PostAsync("/v1/identify", "{\"userId\":\"full\",\"traits\":{" + traits + "}}");
        }
        var customer = (await server.GetAsync("/v1/customers/full")).Body;
        customer.GetProperty("profile").GetProperty("traits").EnumerateObject().Count().ShouldBe(200);
    }

    static Task<Socket> ConnectAsync(TestServer server, string? authorization, int announced, int sent) =>
        ConnectAsync(server.Url, authorization, announced, sent);

    static async Task<Socket> ConnectAsync(string url, string? authorization, int announced, int sent)
    {
        var address = new Uri(url);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, address.Port);
        var header = authorization is null ? "" : $"Authorization: {authorization}\r\n";
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\n{header}Content-Type: application/json\r\nContent-Length: {announced}\r\n\r\n"
        );
        await socket.SendAsync(Encoding.ASCII.GetBytes(head + new string(' ', sent)));
        return socket;
    }

    static async Task<int> StatusAsync(Socket socket)
    {
        var buffer = new byte[512];
        var length = await socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(20));
        return int.Parse(Encoding.ASCII.GetString(buffer, 0, length).Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
