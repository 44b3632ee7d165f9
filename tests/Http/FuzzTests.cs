using System.Text;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>Whatever is asked of the administering endpoints, no answer is a 5xx, and a refusal is a problem that says why.</summary>
public sealed class FuzzTests(SharedServer shared) : IClassFixture<SharedServer>
{
    static readonly string[] Names =
    [
        "/v1/recommendations",
        "/v1/bundles",
        "/v1/customers",
        "/v1/warnings",
        "/v1/statistics",
        "/v1/attribution",
        "/v1/products/p",
        "/v1/customers/u",
        "/v1/playbooks",
        "/v1/playbooks/churn-warning/dry-run",
    ];

    static readonly string[] Parameters =
    [
        "userId",
        "anonymousId",
        "placement",
        "productId",
        "limit",
        "filter",
        "status",
        "policy",
        "next",
        "minPosition",
        "known",
        "buyers",
        "budget",
    ];

    static readonly string[] Values =
    [
        "",
        "0",
        "-1",
        "1",
        "500",
        "99999999999999999999",
        "NaN",
        "1e308",
        "true",
        "null",
        "home",
        "open",
        "%00",
        "%ff%fe",
        "(((((",
        "not not not",
        "price > 1 and",
        "price > 1 or stock < 3",
        "\"",
        "id in (\"a\",",
        "💥",
        "../../etc",
        "u",
        "p",
        "MA",
        "bundle",
        "price in (1,2,3) and not (brand = \"x\" or category = \"y\")",
    ];

    [Fact]
    public async Task No_question_is_answered_by_a_5xx()
    {
        await shared.Server.PostAsync("/v1/track", """{"userId":"u","event":"Product Viewed","properties":{"product_id":"p"}}""");
        var random = new Random(5);
        for (var i = 0; i < 600; i++)
        {
            var query = string.Join(
                '&',
                Enumerable
                    .Range(0, random.Next(4))
                    .Select(_ =>
                        $"{Pick(Parameters)}={(random.Next(2) == 0 ? Uri.EscapeDataString(Pick(Values)) : Pick(Values).Replace(' ', '+').Replace("\"", "%22"))}"
                    )
            );
            // Waiting for a position that never comes is a right answer, and a slow one.
            if (
                query.Contains("minPosition=1", StringComparison.Ordinal)
                || query.Contains("minPosition=500", StringComparison.Ordinal)
            )
                continue;
            var path = $"{Pick(Names)}?{query}";
            using var answer = await shared.Server.Http.GetAsync(path);
            ((int)answer.StatusCode).ShouldBeLessThan(500, path);
            if ((int)answer.StatusCode >= 400)
                answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json", path);
        }

        T Pick<T>(T[] from) => from[random.Next(from.Length)];
    }

    [Fact]
    public async Task No_body_is_answered_by_a_5xx()
    {
        var random = new Random(6);
        (HttpMethod Method, string Path, string Body)[] calls =
        [
            (
                HttpMethod.Put,
                "/v1/products",
                """[{"id":"f1","title":"T","category":"A > B","price":"12.5","stock":3,"attributes":{"color":"red"},"created":"2026-01-02"}]"""
            ),
            (HttpMethod.Put, "/v1/products", "id,title,price\nf2,Lamp,20\n"),
            (HttpMethod.Post, "/v1/customers/u/merge", """{"other":"v","by":"Mia"}"""),
            (HttpMethod.Post, "/v1/customers/u/unmerge", """{"other":"12","by":"Mia"}"""),
            (HttpMethod.Post, "/v1/customers/u/consent", """{"channel":"email","topic":"*","granted":true,"origin":"form"}"""),
            (
                HttpMethod.Post,
                "/v1/warnings/00000000-0000-0000-0000-000000000001/outcome",
                """{"outcome":"contacted","by":"Mia","note":"x"}"""
            ),
            (HttpMethod.Post, "/v1/visitor-tokens", """{"anonymousId":"u"}"""),
        ];
        for (var i = 0; i < 400; i++)
        {
            var (method, path, body) = calls[random.Next(calls.Length)];
            var bytes = Encoding.UTF8.GetBytes(body);
            for (var hits = random.Next(4); hits > 0; hits--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            using var request = new HttpRequestMessage(method, path)
            {
                Content = new ByteArrayContent(random.Next(5) == 0 ? bytes[..random.Next(bytes.Length)] : bytes),
            };
            request.Content.Headers.TryAddWithoutValidation(
                "Content-Type",
                random.Next(4) switch
                {
                    0 => "text/csv",
                    1 => "application/x-ndjson",
                    2 => "nonsense",
                    _ => "application/json",
                }
            );
            using var answer = await shared.Server.Http.SendAsync(request);
            ((int)answer.StatusCode).ShouldBeLessThan(500, $"{method} {path}");
        }
    }
}
