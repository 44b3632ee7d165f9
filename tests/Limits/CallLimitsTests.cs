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
        // More than twice what shows it: wherever a minute ends, one of the two parts is enough.
        using var proxy = From(server, "127.0.0.1");
        for (var i = 0; i < 1_400; i++)
        {
            using var call = new HttpRequestMessage(HttpMethod.Post, "/v1/t")
            {
                Headers = { { "X-Forwarded-For", $"203.0.113.{i % 200}" } },
                Content = Json($$"""{"anonymousId":"shopper-{{i % 200}}","event":"Signed In"}"""),
            };
            (await proxy.SendAsync(call)).StatusCode.ShouldBe(HttpStatusCode.OK);
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
        for (var i = 0; i < 9; i++)
            waiting.Add(await ConnectAsync(server, null, announced: 20_000, sent: 100));
        (await await Task.WhenAny(waiting.Select(StatusAsync))).ShouldBe(429);
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
        // From 16 addresses, so that no limit of one spares the server.
        for (var i = 0; i < 4_000; i++)
            waiting.Add(
                await ConnectAsync(
                    server.Url,
                    i % 2 == 0 ? null : write,
                    announced: i % 2 == 0 ? 32_000 : 490_000,
                    sent: 31 * 1024,
                    from: $"127.0.1.{i % 16}"
                )
            );
        await server.PostAsync("/v1/track", """{"anonymousId":"before","event":"x"}""");
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

    [Fact]
    public async Task Claimed_events_beyond_the_day_are_named_and_signed_ones_beside_them_are_recorded()
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Limits:EventsPerVisitor"] = "2" });
        var token = UserTokenOf.Of("ana");
        await server.PostAsync("/v1/identify", """{"userId":"ana","anonymousId":"phone"}""");
        const string claimed = """{"type":"track","anonymousId":"phone","event":"x"}""";
        var signed = $$$"""{"type":"track","userId":"ana","event":"y","context":{"userToken":"{{{token}}}"} }""";
        var (status, answer) = await server.PostAsync(
            "/v1/batch",
            $$"""{"batch":[{{claimed}},{{claimed}},{{claimed}},{{signed}},{{claimed}}]}""",
            TestServer.WriteKey
        );
        status.ShouldBe(200);
        answer.GetProperty("accepted").GetInt32().ShouldBe(3);
        var errors = answer.GetProperty("errors").EnumerateArray().ToList();
        errors.Select(error => error.GetProperty("index").GetInt32()).ShouldBe([2, 4]);
        errors[0].GetProperty("message").GetString()!.ShouldContain("too many events today");
        (await server.GetAsync("/v1/customers/ana")).Body.GetProperty("events").GetInt32().ShouldBe(4);
        (await server.PostAsync("/v1/track", claimed, TestServer.WriteKey)).Status.ShouldBe(429);
    }

    [Fact]
    public async Task A_key_in_the_body_is_charged_like_one_in_the_header()
    {
        await using var server = await TestServer.StartAsync(
            settings: new() { ["Limits:PerKey:PerSecond"] = "1", ["Limits:PerKey:Burst"] = "2500" }
        );
        using var spender = From(server, "127.0.0.2");
        (await BatchAsync(spender, 2_450)).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var client = From(server, "127.0.0.1");
        client.DefaultRequestHeaders.Authorization = null;
        HttpStatusCode last;
        var calls = 0;
        do last = (
            await client.PostAsync("/v1/t", Json($$"""{"writeKey":"{{TestServer.WriteKey}}","anonymousId":"a","event":"x"}"""))
        ).StatusCode;
        while (last == HttpStatusCode.OK && ++calls < 500);
        ((int)last).ShouldBe(429);
    }

    [Fact]
    public async Task A_place_with_many_IPv6_networks_has_four_buckets_and_no_more()
    {
        await using var server = await TestServer.StartAsync(settings: Tight(("Server:Proxies:0", "127.0.0.1")));
        for (var network = 0; network < 4; network++)
        {
            using var client = From(server, "127.0.0.1", $"2001:db8:7:{network}::1");
            (await BatchAsync(client, 2_450)).StatusCode.ShouldBe(HttpStatusCode.OK);
        }
        using var fifth = From(server, "127.0.0.1", "2001:db8:7:4::1");
        ((int)(await BatchAsync(fifth, 2_450)).StatusCode).ShouldBe(429);
        using var elsewhere = From(server, "127.0.0.1", "2001:db8:8:1::1");
        (await BatchAsync(elsewhere, 2_450)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task One_address_has_so_many_connections_and_others_still_have_theirs()
    {
        await using var server = await TestServer.StartAsync(
            settings: new() { ["Limits:ConnectionsPerAddress"] = "10", ["Limits:Connections"] = "20" }
        );
        using var other = From(server, "127.0.0.2");
        var waiting = new List<Socket>();
        for (var i = 0; i < 40; i++)
            waiting.Add(await ConnectAsync(server, null, announced: 20_000, sent: 0));
        (await TrackAsync(other, "other")).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var beyond in waiting.Skip(10))
            (await IsClosedAsync(beyond)).ShouldBeTrue();
        foreach (var one in waiting)
            one.Dispose();
        using var again = From(server, "127.0.0.1");
        // The server hears a little later that they are gone.
        await WaitUntilAsync(async () =>
        {
            try
            {
                return (await TrackAsync(again, "again")).StatusCode == HttpStatusCode.OK;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task A_named_proxy_has_as_many_connections_as_it_likes()
    {
        await using var server = await TestServer.StartAsync(
            settings: new() { ["Limits:ConnectionsPerAddress"] = "3", ["Server:Proxies:0"] = "127.0.0.0/24" }
        );
        var waiting = new List<Socket>();
        for (var i = 0; i < 10; i++)
            waiting.Add(await ConnectAsync(server, null, announced: 20_000, sent: 0));
        using var one = From(server, "127.0.0.1");
        (await TrackAsync(one, "shopper")).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var open in waiting)
            open.Dispose();
    }

    [Fact]
    public async Task Slow_bodies_that_hold_all_places_do_not_keep_out_one_that_comes_whole()
    {
        await using var server = await TestServer.StartAsync(
            settings: new() { ["Limits:Bodies"] = "8", ["Limits:BodiesPerAddress"] = "8" }
        );
        var waiting = new List<Socket>();
        for (var i = 0; i < 9; i++)
            waiting.Add(await ConnectAsync(server, null, announced: 20_000, sent: 100));
        (await await Task.WhenAny(waiting.Select(StatusAsync))).ShouldBe(429);
        var body = $$"""{"writeKey":"{{TestServer.WriteKey}}","batch":[{"type":"track","anonymousId":"a","event":"x"}]}""";
        using var whole = await ConnectAsync(server.Url, null, announced: body.Length, sent: 0, body: body);
        (await StatusAsync(whole)).ShouldBe(200);
        foreach (var one in waiting)
            one.Dispose();
    }

    [Fact]
    public async Task A_product_that_many_calls_of_a_batch_name_is_one_new_product()
    {
        await using var server = await TestServer.StartAsync(settings: new() { ["Limits:NewProductsPerAddress"] = "2" });
        string Views(string product) =>
            string.Join(
                ',',
                Enumerable.Repeat(
                    "{\"type\":\"track\",\"anonymousId\":\"v\",\"event\":\"Product Viewed\",\"properties\":{\"product_id\":\""
                        + product
                        + "\"}}",
                    5
                )
            );
        var (status, answer) = await server.PostAsync(
            "/v1/batch",
            "{\"batch\":[" + Views("n-1") + "," + Views("n-2") + "," + Views("n-3") + "]}",
            TestServer.WriteKey
        );
        status.ShouldBe(200);
        answer
            .GetProperty("warnings")
            .EnumerateArray()
            .Select(warning => warning.GetProperty("index").GetInt32())
            .ShouldBe([10, 11, 12, 13, 14]);
    }

    [Fact]
    public async Task Old_days_that_strangers_tell_of_have_no_names_of_sources()
    {
        await using var server = await TestServer.StartAsync();
        async Task VisitAsync(string visitor, int daysAgo, string? key)
        {
            var time = DateTimeOffset.UtcNow.AddDays(-daysAgo).ToString("O", CultureInfo.InvariantCulture);
            var call =
                $$$"""{"anonymousId":"{{{visitor}}}","timestamp":"{{{time}}}","context":{"campaign":{"source":"{{{visitor}}}"}} }""";
            (await server.PostAsync("/v1/page", call, key)).Status.ShouldBe(200);
        }
        await VisitAsync("old-claimed", 40, TestServer.WriteKey);
        await VisitAsync("new-claimed", 2, TestServer.WriteKey);
        await VisitAsync("old-told", 40, null);
        var position = (await server.GetAsync("/health/ready")).Body.GetProperty("position").GetInt64();
        var from = DateTimeOffset.UtcNow.AddDays(-50).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var (_, body) = await server.GetAsync($"/v1/attribution?by=day&from={from}&minPosition={position}");
        body.GetProperty("periods")
            .EnumerateArray()
            .SelectMany(period => period.GetProperty("sources").EnumerateArray())
            .Select(row => row.GetProperty("source").GetString())
            .ShouldBe(["(other)", "new-claimed", "old-told"], ignoreOrder: true);
    }

    static async Task<bool> IsClosedAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[512]).WaitAsync(TimeSpan.FromSeconds(20)) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        for (var tries = 0; !await condition(); tries++)
        {
            tries.ShouldBeLessThan(500);
            await Task.Delay(20);
        }
    }

    static Task<Socket> ConnectAsync(TestServer server, string? authorization, int announced, int sent) =>
        ConnectAsync(server.Url, authorization, announced, sent);

    static async Task<Socket> ConnectAsync(
        string url,
        string? authorization,
        int announced,
        int sent,
        string from = "127.0.0.1",
        string body = ""
    )
    {
        var address = new Uri(url);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(IPAddress.Loopback, address.Port);
        var header = authorization is null ? "" : $"Authorization: {authorization}\r\n";
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\n{header}Content-Type: application/json\r\nContent-Length: {announced}\r\n\r\n"
        );
        await socket.SendAsync(Encoding.ASCII.GetBytes(head + body + new string(' ', sent)));
        return socket;
    }

    static async Task<int> StatusAsync(Socket socket)
    {
        var buffer = new byte[512];
        var length = await socket.ReceiveAsync(buffer).WaitAsync(TimeSpan.FromSeconds(20));
        return int.Parse(Encoding.ASCII.GetString(buffer, 0, length).Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
