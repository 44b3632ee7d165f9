using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Journal;
using Personalization.Projections;
using Personalization.Support;
using Personalization.Tests.Tracking;
using Personalization.Tracking;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Personalization.Tests.Http;

/// <summary>
/// Valid calls with something wrong in them, sent with the public write key: no answer is a 5xx, and lists and the item index
/// reach the end of the journal. 2,000 calls; 100,000 where PERSONALIZATION_LONG_TESTS is 1.
/// </summary>
public sealed class MutationFuzzTests(ITestOutputHelper output)
{
    static readonly int Calls = Environment.GetEnvironmentVariable("PERSONALIZATION_LONG_TESTS") == "1" ? 100_000 : 2_000;

    static readonly string[] Paths = ["track", "identify", "page", "screen", "group", "alias"];

    static readonly string[] Values =
    [
        "0",
        "-1",
        "-0.0",
        "1e308",
        "1e400",
        "-1e400",
        "900000000000000",
        "9223372036854775807",
        "-9223372036854775808",
        "99999999999999999999999999999999999999999",
        "0.000000000000000000000000000000000000000000000000000000000000000000000000001",
        "2147483648",
        "100001",
        "\"1e400\"",
        "\"NaN\"",
        "\"-∞\"",
        "\"\"",
        "\" \"",
        "\"null\"",
        "\"0001-01-01T00:00:00Z\"",
        "\"9999-12-31T23:59:59.9999999Z\"",
        "\"1969-12-31T23:59:59Z\"",
        "\"\\u0000\"",
        "\"\\ud83d\"",
        "\"\\udc00\\ud800\"",
        "\"\u202e\u200b\u0301\ufeff\ufffd\"",
        "\"💥👩‍👩‍👧‍👦\"",
        "\"A > B > C > D > E > F > G > H > I > J\"",
        "\"__proto__\"",
        "\"'; DROP TABLE journal; --\"",
        "\"{{name}}\"",
        "null",
        "true",
        "[]",
        "{}",
        "[null]",
        "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]",
        "{\"product_id\":{\"product_id\":[]}}",
        "[{\"product_id\":\"p\",\"price\":-1,\"quantity\":1e99},{\"id\":null},7,\"p\"]",
        $"{new string('[', 70)}{new string(']', 70)}",
        $"\"{new string('x', 5000)}\"",
    ];

    static readonly string[] Doubles =
    [
        "\"userId\":\"u-1\",\"userId\":null,",
        "\"price\":1,\"price\":-1,",
        "\"properties\":{\"total\":1e99},",
        "\"properties\":null,",
        "\"context\":{\"traits\":{\"email\":7}},",
        "\"\":0,",
        "\"pr\\u0069ce\":900000000000000,",
        "\"timestamp\":\"2026-01-01\",\"sentAt\":\"1970-01-01T00:00:00Z\",",
        "\"products\":[{}],",
    ];

    [Fact]
    public async Task No_call_with_the_write_key_is_answered_by_a_5xx_and_projections_reach_the_end()
    {
        // Limits would answer nearly all of them, and nothing be looked at.
        await using var server = await TestServer.StartAsync(
            settings: new()
            {
                ["Limits:PerAddress:PerSecond"] = "0",
                ["Limits:PerKey:PerSecond"] = "0",
                ["Limits:EventsPerVisitor"] = "10000000",
                ["Limits:NewProducts"] = "10000000",
                ["Limits:NewProductsPerAddress"] = "10000000",
                ["Limits:Categories"] = "10000000",
            }
        );
        using var http = new HttpClient { BaseAddress = new Uri(server.Url) };
        http.DefaultRequestHeaders.Authorization = TestServer.Basic(TestServer.WriteKey);
        var answers = new int[600];
        var lanes = new ParallelOptions { MaxDegreeOfParallelism = 8 };
        await Parallel.ForEachAsync(Enumerable.Range(0, Calls), lanes, async (seed, cancel) =>
        {
            var (path, body) = Call(new Random(seed));
            using var content = new ByteArrayContent(body)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            };
            using var answer = await http.PostAsync("/v1/" + path, content, cancel);
            Interlocked.Increment(ref answers[(int)answer.StatusCode]);
            if ((int)answer.StatusCode >= 500)
                throw new InvalidOperationException($"Call {seed} to {path} was answered by {(int)answer.StatusCode}.");
        });
        for (var status = 0; status < answers.Length; status++)
            if (answers[status] > 0)
                output.WriteLine($"{status}: {answers[status]}");

        answers[429].ShouldBe(0);
        answers[200].ShouldBeGreaterThan(Calls / 4);
        var last = await server.Services.GetRequiredService<IStore>().LastPositionAsync();
        for (var tries = 0; tries < 60; tries++)
            if ((await server.GetAsync($"/v1/statistics?minPosition={last}")).Status == 200)
                break;
        var totals = (await server.GetAsync($"/v1/statistics?minPosition={last}")).Body;
        totals.GetProperty("revenue").GetDecimal().ShouldBeGreaterThanOrEqualTo(0);
        var index = server.Services.GetRequiredService<IndexService>();
        for (var tries = 0; index.Position < last && tries < 3000; tries++)
            await Task.Delay(20);
        index.Position.ShouldBeGreaterThanOrEqualTo(last);
        (await server.GetAsync("/v1/quarantine")).Body.GetProperty("items").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public void A_damaged_item_of_a_batch_costs_no_other_item()
    {
        for (var seed = 0; seed < Calls; seed++)
        {
            var random = new Random(seed);
            var items = Enumerable.Range(0, 3).Select(_ => Valid(random, "track").Insert(1, "\"type\":\"track\",")).ToArray();
            items[1] = Mutated(random, items[1]);
            var batch = TrackingParser.Batch(Encoding.UTF8.GetBytes($$"""{"batch":[{{string.Join(',', items)}}]}"""), Now);

            batch.Problem.ShouldBeNull($"batch {seed}");
            batch.Calls.Select(call => call.Index).Where(index => index != 1).ShouldBe([0, 2], $"batch {seed}");
        }
    }

    [Fact]
    public void An_order_whose_optional_values_are_mutated_is_recorded()
    {
        // What is too long or nested too deeply is refused for its size.
        var values = Values.Where(value => value.Length < 100).ToArray();
        for (var seed = 0; seed < Calls; seed++)
        {
            var random = new Random(seed);
            const string order =
                """{"userId":"u-1","event":"Order Completed","properties":{"order_id":"o-1","total":44.8,"currency":"EUR","coupon":"A","products":[{"product_id":"p-55","sku":"J","quantity":1,"price":39.9}]},"timestamp":"2026-03-02T09:00:00Z","sentAt":"2026-03-02T09:00:01Z","messageId":"m-1","context":{"page":{"url":"https://shop.test/"},"campaign":{"source":"news"},"locale":"pt-PT","timezone":"Europe/Lisbon","traits":{"email":"a@b.test"}}}""";
            var places = Places(order)
                .Where(place => place.Start > order.IndexOf("\"properties\"", StringComparison.Ordinal))
                // The order's number is its key, and stays strict.
                .Where(place => !order.AsSpan(place.Start).StartsWith("\"o-1\""))
                .ToArray();
            var (start, length) = Pick(random, places);
            var json = order[..start] + Pick(random, values) + order[(start + length)..];

            TrackingParser.Call(CallType.Track, Encoding.UTF8.GetBytes(json), Now).Problem.ShouldBeNull($"order {seed}: {json}");
        }
    }

    static readonly long Now = new DateTimeOffset(2026, 3, 2, 9, 5, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    static (string Path, byte[] Body) Call(Random random)
    {
        if (random.Next(5) > 0)
        {
            var path = random.Next(2) == 0 ? "track" : Pick(random, Paths);
            return (path, Damaged(random, Encoding.UTF8.GetBytes(Mutated(random, Valid(random, path)))));
        }
        var items = Enumerable
            .Range(0, 1 + random.Next(6))
            .Select(_ => Pick(random, Paths))
            .Select(type => Mutated(random, Valid(random, type).Insert(1, $"\"type\":\"{type}\",")));
        return ("batch", Damaged(random, Encoding.UTF8.GetBytes($$"""{"batch":[{{string.Join(',', items)}}]}""")));
    }

    static string Valid(Random random, string type)
    {
        var (name, _, properties, _, _, _) = Pick(random, TrackingExamples.Commerce);
        var who = random.Next(3) switch
        {
            0 => $"\"userId\":\"u-{random.Next(40)}\"",
            1 => $"\"anonymousId\":\"a-{random.Next(40)}\"",
            _ => $"\"userId\":\"u-{random.Next(40)}\",\"anonymousId\":\"a-{random.Next(40)}\"",
        };
        var what = type switch
        {
            "track" => $"\"event\":\"{name}\",\"properties\":{properties}",
            "identify" => """ "traits":{"email":"a@example.com","firstName":"Ana","age":30,"address":{"city":"Faro"}} """,
            "group" => """ "groupId":"g-1","traits":{"name":"G"} """,
            "alias" => $"\"previousId\":\"a-{random.Next(40)}\"",
            _ => """ "name":"Home","properties":{"url":"https://shop.test/?q=1","title":"T"} """,
        };
        const string about =
            """ "messageId":"m","timestamp":"2026-03-02T09:00:00Z","sentAt":"2026-03-02T09:00:01Z","context":{"page":{"url":"https://shop.test/"},"campaign":{"source":"news"},"locale":"pt-PT","timezone":"Europe/Lisbon"} """;
        return $"{{{who},{what},{about.Replace("\"m\"", $"\"m-{random.Next()}\"")}}}";
    }

    /// <summary>Puts wrong values in the place of some, and members in twice.</summary>
    static string Mutated(Random random, string json)
    {
        for (var hits = random.Next(4); hits > 0; hits--)
        {
            var places = Places(json);
            if (places.Count == 0)
                return json;
            var (start, length) = places[random.Next(places.Count)];
            var bytes = Encoding.UTF8.GetBytes(json);
            json =
                Encoding.UTF8.GetString(bytes, 0, start)
                + Pick(random, Values)
                + Encoding.UTF8.GetString(bytes, start + length, bytes.Length - start - length);
        }
        return random.Next(4) == 0 ? json.Insert(json.IndexOf('{') + 1, Pick(random, Doubles)) : json;
    }

    /// <summary>Where values are: scalars, and whole objects and arrays.</summary>
    static List<(int Start, int Length)> Places(string json)
    {
        var places = new List<(int, int)>();
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json), new JsonReaderOptions { MaxDepth = 1000 });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.EndArray or JsonTokenType.EndObject)
                    continue;
                if (reader.CurrentDepth == 0)
                    continue;
                var start = (int)reader.TokenStartIndex;
                var whole = reader;
                whole.Skip();
                places.Add((start, (int)whole.BytesConsumed - start));
            }
        }
        catch (JsonException)
        {
            // What stands before the damage can still be changed.
        }
        return places;
    }

    static byte[] Damaged(Random random, byte[] body)
    {
        if (random.Next(10) == 0)
            for (var hits = 1 + random.Next(3); hits > 0; hits--)
                body[random.Next(body.Length)] = (byte)random.Next(256);
        return random.Next(40) == 0 ? body[..random.Next(body.Length)] : body;
    }

    static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];
}
