using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Journal;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>R03: where visits and orders come from, by period, at first and at last, beside the period before.</summary>
public sealed class AttributionTests
{
    [Fact]
    public async Task Visits_count_for_where_they_came_from_and_orders_for_the_first_source_or_the_last()
    {
        await using var server = await TestServer.StartAsync();
        await ViewAsync(server, "ada", "2026-02-03T09:00:00Z", "google", "cpc", "winter");
        await ViewAsync(server, "ada", "2026-03-02T09:00:00Z", "newsletter", "email", null);
        await ViewAsync(server, "ada", "2026-03-02T09:05:00Z", null, null, null);
        await BuyAsync(server, "ada", "2026-03-04T10:00:00Z", 80);
        await ViewAsync(server, "eve", "2026-03-05T10:00:00Z", null, null, null);
        await ReferredAsync(server, "bob", "2026-03-06T10:00:00Z", "https://blog.example/best-tents?x=1");

        var march = await PeriodAsync(server, "by=month&from=2026-03-01&to=2026-03-31", "2026-03-01");
        Row(march, "newsletter").ShouldBe((1, 0, 1, 80m));
        Row(march, "direct").ShouldBe((2, 1, 0, 0m), "Ada's visit to buy and Eve's");
        Row(march, "blog.example").ShouldBe((1, 1, 0, 0m));
        march["blog.example"].GetProperty("medium").GetString().ShouldBe("referral");
        march["newsletter"].GetProperty("conversion").GetDouble().ShouldBe(1);

        var first = await PeriodAsync(server, "by=quarter&touch=first&from=2026-01-01&to=2026-03-31", "2026-01-01");
        Row(first, "google").ShouldBe((1, 1, 1, 80m));
        first["google"].GetProperty("campaign").GetString().ShouldBe("winter");
        Row(first, "newsletter").ShouldBe((1, 0, 0, 0m));
    }

    [Fact]
    public async Task Each_period_stands_beside_the_one_before()
    {
        await using var server = await TestServer.StartAsync();
        await ViewAsync(server, "ada", "2026-01-31T23:59:00Z", "google", null, null);
        await ViewAsync(server, "bob", "2026-02-01T00:01:00Z", "google", null, null);
        await ViewAsync(server, "eve", "2026-02-02T00:01:00Z", "google", null, null);
        var february = await PeriodAsync(server, "by=month&from=2026-02-01&to=2026-02-28", "2026-02-01");
        Row(february, "google").ShouldBe((2, 2, 0, 0m));
        february["google"].GetProperty("before").GetProperty("visits").GetInt32().ShouldBe(1);
    }

    [Theory]
    [InlineData("by=fortnight", "by")]
    [InlineData("touch=second", "touch")]
    [InlineData("from=2026-02-01&to=2026-01-01", "to")]
    [InlineData("by=day&from=2020-01-01&to=2026-01-01", "by")]
    [InlineData("from=yesterday", "from")]
    [InlineData("from=0001-01-01&to=0001-01-02", "from")]
    public async Task A_bad_question_is_refused(string query, string field)
    {
        await using var server = await TestServer.StartAsync();
        var (status, problem) = await server.GetAsync($"/v1/attribution?{query}");
        (status, problem.GetProperty("field").GetString()).ShouldBe((400, field));
    }

    static Task ViewAsync(TestServer server, string who, string when, string? source, string? medium, string? campaign) =>
        server.PostAsync(
            "/v1/track",
            JsonSerializer.Serialize(
                new
                {
                    userId = who,
                    timestamp = when,
                    @event = "Product Viewed",
                    properties = new { product_id = "p" },
                    context = new
                    {
                        campaign = source is null
                            ? null
                            : new
                            {
                                source,
                                medium,
                                name = campaign,
                            },
                    },
                }
            )
        );

    static Task ReferredAsync(TestServer server, string who, string when, string referrer) =>
        server.PostAsync(
            "/v1/page",
            JsonSerializer.Serialize(
                new
                {
                    userId = who,
                    timestamp = when,
                    context = new { page = new { referrer, url = "https://shop.example/" } },
                }
            )
        );

    static Task BuyAsync(TestServer server, string who, string when, int total) =>
        server.PostAsync(
            "/v1/track",
            JsonSerializer.Serialize(
                new
                {
                    userId = who,
                    timestamp = when,
                    @event = "Order Completed",
                    properties = new { order_id = who + when, total },
                }
            )
        );

    static async Task<Dictionary<string, JsonElement>> PeriodAsync(TestServer server, string query, string from)
    {
        var position = await server.Services.GetRequiredService<IStore>().LastPositionAsync();
        var (status, answer) = await server.GetAsync($"/v1/attribution?{query}&minPosition={position}");
        status.ShouldBe(200);
        return answer
            .GetProperty("periods")
            .EnumerateArray()
            .Single(period => period.GetProperty("from").GetString() == from)
            .GetProperty("sources")
            .EnumerateArray()
            .ToDictionary(row => row.GetProperty("source").GetString()!);
    }

    static (int Visits, int FirstVisits, int Orders, decimal Revenue) Row(Dictionary<string, JsonElement> rows, string source) =>
        (
            rows[source].GetProperty("visits").GetInt32(),
            rows[source].GetProperty("firstVisits").GetInt32(),
            rows[source].GetProperty("orders").GetInt32(),
            rows[source].GetProperty("revenue").GetDecimal()
        );
}
