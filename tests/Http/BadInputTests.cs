using System.Text;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>One server for the tests of a class.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    public TestServer Server { get; private set; } = null!;

    /// <summary>All tests of a class together are more than one address may send.</summary>
    static readonly Dictionary<string, string?> Unlimited = new()
    {
        ["Limits:PerAddress:PerSecond"] = "0",
        ["Limits:PerKey:PerSecond"] = "0",
    };

    public async Task InitializeAsync() => Server = await TestServer.StartAsync(settings: Unlimited);

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

/// <summary>Bad input is a 4xx that names the field and the remedy; never a 5xx, and never at a good event's cost.</summary>
public sealed class BadInputTests(SharedServer shared) : IClassFixture<SharedServer>
{
    TestServer Server => shared.Server;

    public static TheoryData<string, string, string> BadCalls =>
        new()
        {
            { "/v1/track", """{"event":"Product Viewed","properties":{"product_id":"p"}}""", "Id" },
            { "/v1/track", """{"userId":"null","event":"Product Viewed","properties":{"product_id":"p"}}""", "userId" },
            { "/v1/track", """{"userId":["x"],"event":"Product Viewed"}""", "userId" },
            { "/v1/track", """{"userId":"a\u0000b","event":"Product Viewed"}""", "userId" },
            { "/v1/track", """{"anonymousId":"a"}""", "event" },
            { "/v1/alias", """{"userId":"u"}""", "previousId" },
        };

    [Theory, MemberData(nameof(BadCalls))]
    public async Task A_bad_call_is_refused_by_a_problem_that_names_the_field(string path, string body, string field)
    {
        var (status, problem) = await Server.PostAsync(path, body, TestServer.WriteKey);
        status.ShouldBe(400);
        problem.GetProperty("field").GetString()!.ShouldContain(field);
        problem.GetProperty("remedy").GetString().ShouldNotBeNullOrWhiteSpace();
    }

    public static TheoryData<string, string, string> LeftOut =>
        new()
        {
            {
                "/v1/track",
                """{"anonymousId":"a","event":"Product Viewed","properties":{"product_id":"p","price":"abc"}}""",
                "properties.price"
            },
            {
                "/v1/track",
                """{"anonymousId":"a","event":"Product Viewed","properties":{"product_id":"p","price":"NaN"}}""",
                "properties.price"
            },
            {
                "/v1/track",
                """{"anonymousId":"a","event":"Product Viewed","properties":{"product_id":"p","currency":"XQX"}}""",
                "properties.currency"
            },
            {
                "/v1/track",
                """{"anonymousId":"a","event":"Product Viewed","timestamp":"yesterday","properties":{"product_id":"p"}}""",
                "timestamp"
            },
            {
                "/v1/track",
                """{"anonymousId":"a","event":"Product Viewed","timestamp":"1066-10-14T09:00:00Z","properties":{"product_id":"p"}}""",
                "timestamp"
            },
            { "/v1/identify", """{"userId":"u","traits":7}""", "traits" },
        };

    [Theory, MemberData(nameof(LeftOut))]
    public async Task An_optional_value_that_cannot_be_read_is_named_and_costs_nothing_else(
        string path,
        string body,
        string field
    )
    {
        var (status, answer) = await Server.PostAsync(path, body, TestServer.WriteKey);
        status.ShouldBe(200);
        answer.GetProperty("warnings")[0].GetProperty("field").GetString().ShouldBe(field);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"anonymousId":"a","event":"Product Viewed","properties":{"product_id":"p","price":NaN}}""")]
    public async Task What_is_no_JSON_object_is_refused(string body) =>
        (await Server.PostAsync("/v1/track", body, TestServer.WriteKey)).Status.ShouldBe(400);

    [Fact]
    public async Task Broken_UTF8_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/track");
        byte[] body = [.. """{"anonymousId":"a"""u8, 0xC3, 0x28, .. "\",\"event\":\"x\"}"u8];
        request.Content = new ByteArrayContent(body);
        request.Headers.Authorization = TestServer.Basic(TestServer.WriteKey);
        ((int)(await Server.Http.SendAsync(request)).StatusCode).ShouldBe(400);
    }

    [Fact]
    public async Task A_field_that_is_too_long_is_named()
    {
        var (status, problem) = await Server.PostAsync(
            "/v1/track",
            $$"""{"userId":"{{new string('u', 300)}}","event":"x"}""",
            TestServer.WriteKey
        );
        (status, problem.GetProperty("field").GetString()).ShouldBe((400, "userId"));
    }

    [Fact]
    public async Task An_event_of_33_KB_and_batches_too_large_are_refused()
    {
        var large = $$"""{"anonymousId":"a","event":"x","properties":{"text":"{{new string('x', 33 * 1024)}}"} }""";
        (await Server.PostAsync("/v1/track", large, TestServer.WriteKey)).Status.ShouldBe(413);
        var item = """{"type":"track","anonymousId":"a","event":"x"}""";
        var many = $$"""{"batch":[{{string.Join(',', Enumerable.Repeat(item, 2501))}}]}""";
        (await Server.PostAsync("/v1/batch", many, TestServer.WriteKey)).Status.ShouldBeInRange(400, 413);
        (
            await Server.PostAsync(
                "/v1/batch",
                $$"""{"batch":[{{string.Join(',', Enumerable.Repeat(large, 20))}}]}""",
                TestServer.WriteKey
            )
        ).Status.ShouldBe(413);
    }

    [Fact]
    public async Task A_time_more_than_a_day_ahead_becomes_the_time_of_receipt_and_an_ancient_one_is_history()
    {
        (
            await Server.PostAsync(
                "/v1/track",
                """{"userId":"future","event":"Product Viewed","timestamp":"2999-01-01T00:00:00Z","properties":{"product_id":"p-f"}}""",
                TestServer.WriteKey
            )
        ).Status.ShouldBe(200);
        (
            await Server.PostAsync(
                "/v1/track",
                """{"userId":"past","event":"Product Viewed","timestamp":"1999-01-01T00:00:00Z","properties":{"product_id":"p-f"}}""",
                TestServer.WriteKey
            )
        ).Status.ShouldBe(200);
        (await Server.GetAsync("/v1/customers/future"))
            .Body.GetProperty("lastSeen")
            .GetDateTimeOffset()
            .ShouldBeLessThan(DateTimeOffset.UtcNow.AddMinutes(1));
        (await Server.GetAsync("/v1/customers/past")).Body.GetProperty("lastSeen").GetDateTimeOffset().Year.ShouldBe(1999);
    }

    [Fact]
    public async Task A_batch_names_each_bad_item_and_keeps_the_good_ones()
    {
        var (status, answer) = await Server.PostAsync(
            "/v1/batch",
            """
            {"batch":[
              {"type":"track","userId":"batch-1","event":"Product Viewed","properties":{"product_id":"p-1"}},
              {"type":"track","event":"Product Viewed","properties":{"product_id":"p-1"}},
              {"type":"track","userId":"batch-1","event":"Product Viewed","properties":{"product_id":"p-2","price":"x"}},
              {"type":"dance","userId":"batch-1"},
              {"type":"track","userId":"batch-1","event":"Product Added","properties":{"product_id":"p-1"}}
            ]}
            """,
            TestServer.WriteKey
        );
        status.ShouldBe(200);
        answer.GetProperty("accepted").GetInt32().ShouldBe(3);
        answer.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("index").GetInt32()).ShouldBe([1, 3]);
        answer.GetProperty("warnings").EnumerateArray().Select(one => one.GetProperty("index").GetInt32()).ShouldBe([2]);
        (await Server.GetAsync("/v1/customers/batch-1")).Body.GetProperty("events").GetInt32().ShouldBe(3);
    }

    [Fact]
    public async Task Keys_open_what_they_are_for_and_nothing_else()
    {
        const string call = """{"anonymousId":"k","event":"x"}""";
        (await Server.PostAsync("/v1/track", call, "wrong")).Status.ShouldBe(401);
        (await Server.PostAsync("/v1/track", call, TestServer.WriteKey)).Status.ShouldBe(200);
        (await Server.PostAsync("/v1/track?include=stage", call, TestServer.WriteKey)).Status.ShouldBe(403);
        (await Server.PostAsync("/v1/track?include=gossip", call)).Status.ShouldBe(400);
        foreach (
            var path in new[] { "/v1/customers/k", "/v1/warnings", "/v1/statistics", "/v1/recommendations", "/v1/products/p-1" }
        )
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Authorization = TestServer.Basic(TestServer.WriteKey);
            ((int)(await Server.Http.SendAsync(request)).StatusCode).ShouldBe(403, path);
        }
    }

    [Fact]
    public async Task A_write_key_in_the_body_tracks()
    {
        using var anonymous = new HttpClient { BaseAddress = Server.Http.BaseAddress };
        var body = new StringContent(
            $$"""{"anonymousId":"in-body","event":"x","writeKey":"{{TestServer.WriteKey}}"}""",
            Encoding.UTF8,
            "text/plain"
        );
        ((int)(await anonymous.PostAsync("/v1/t", body)).StatusCode).ShouldBe(200);
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/octet-stream")]
    [InlineData("nonsense")]
    [InlineData(null)]
    public async Task Tracking_reads_its_body_as_JSON_whatever_the_type_says(string? type)
    {
        foreach (
            var (path, body) in new[]
            {
                ("/v1/track", """{"anonymousId":"typed","event":"x"}"""),
                ("/v1/batch", """{"batch":[{"type":"track","anonymousId":"typed","event":"x"}]}"""),
            }
        )
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            if (type is not null)
                content.Headers.TryAddWithoutValidation("Content-Type", type);
            using var answer = await Server.Http.PostAsync(path, content);
            ((int)answer.StatusCode).ShouldBe(200, path);
        }
    }

    [Theory]
    [InlineData("/v1/customers/k/consent", """{"granted":null}""", "granted")]
    [InlineData("/v1/customers/k/merge", """{"other":"x","by":null}""", "by")]
    [InlineData("/v1/warnings/00000000-0000-0000-0000-000000000001/outcome", """{"outcome":null}""", "outcome")]
    public async Task Null_for_what_is_needed_is_refused_by_its_name(string path, string body, string field)
    {
        var (status, problem) = await Server.PostAsync(path, body);
        (status, problem.GetProperty("field").GetString()).ShouldBe((400, field));
    }

    [Theory]
    [InlineData("/v1/recommendations?limit=0", "limit")]
    [InlineData("/v1/recommendations?placement=moon", "placement")]
    [InlineData("/v1/recommendations?placement=product", "productId")]
    [InlineData("/v1/recommendations?filter=price%20%3C", "filter")]
    [InlineData("/v1/warnings?status=maybe", "status")]
    [InlineData("/v1/warnings?next=!!", "next")]
    [InlineData("/v1/warnings?limit=5000", "limit")]
    [InlineData("/v1/customers?next=abc", "next")]
    [InlineData("/v1/recommendations?limit=abc", "limit")]
    [InlineData("/v1/statistics?minPosition=999999999", "minPosition")]
    public async Task A_bad_question_is_refused_by_a_problem_that_names_the_parameter(string path, string field)
    {
        var (status, problem) = await Server.GetAsync(path);
        (status, problem.GetProperty("field").GetString()).ShouldBe((400, field));
    }

    [Theory]
    [InlineData("/v1/nothing-here", 404)]
    [InlineData("/v1/customers/nobody-we-know", 404)]
    [InlineData("/v1/products/no-such-product", 404)]
    public async Task What_is_not_there_or_cannot_be_read_is_a_problem_too(string path, int expected)
    {
        var (status, problem) = await Server.GetAsync(path);
        status.ShouldBe(expected);
        problem.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task A_product_feed_of_broken_bytes_is_named_line_by_line()
    {
        var body = new ByteArrayContent([
            .. "{\"id\":\"ok-1\"}\n"u8,
            .. "{\"id\":\""u8,
            0xC3,
            0x28,
            .. "\"}\n{\"id\":\"\\ud800\"}\n"u8,
        ]);
        var answer = await Server.Http.PutAsync("/v1/products", body);
        ((int)answer.StatusCode).ShouldBe(200);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("not UTF-8");
    }

    [Fact]
    public async Task Whatever_bytes_arrive_no_answer_is_a_5xx()
    {
        var random = new Random(11);
        var good = Encoding.UTF8.GetBytes(
            """{"type":"track","userId":"u","anonymousId":"a","event":"Order Completed","timestamp":"2026-03-02T09:00:00Z","properties":{"order_id":"o","total":"12.5","currency":"EUR","products":[{"product_id":"p","price":1.5,"quantity":2}]}}"""
        );
        foreach (var path in new[] { "/v1/track", "/v1/identify", "/v1/page", "/v1/alias", "/v1/group", "/v1/batch", "/v1/b" })
            for (var i = 0; i < 60; i++)
            {
                var body = i % 3 == 0 ? new byte[random.Next(200)] : good.ToArray();
                if (i % 3 == 0)
                    random.NextBytes(body);
                else
                    for (var hits = random.Next(1, 6); hits > 0; hits--)
                        body[random.Next(body.Length)] = (byte)random.Next(256);
                using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
                request.Headers.Authorization = TestServer.Basic(TestServer.WriteKey);
                ((int)(await Server.Http.SendAsync(request)).StatusCode).ShouldBeLessThan(500);
            }
    }
}
