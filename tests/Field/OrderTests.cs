using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Journal;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Field;

/// <summary>Orders, and what goes back of them, for the customer and in the shop's totals.</summary>
public sealed class OrderTests
{
    [FieldFact("22-cancelled-and-refunded")]
    public async Task What_went_back_never_exceeds_the_order_however_it_is_told_field_22()
    {
        await using var server = await TestServer.StartAsync();
        (await new FieldCase("22-cancelled-and-refunded").SendCallsAsync(server)).Status.ShouldBe(200);
        foreach (var (who, cancelled, refunded) in new[] { ("x", 100m, 0m), ("y", 0m, 100m), ("z", 0m, 40m) })
        {
            var (one, twin) = (await CustomerAsync(server, who), await CustomerAsync(server, who + "-twin"));
            Money(one.GetProperty("churn"), "expectedValue").ShouldBe(Money(twin.GetProperty("churn"), "expectedValue"), who);
            foreach (var told in new[] { one, twin })
                (Money(told, "revenue"), Money(told, "cancelled"), Money(told, "refunded")).ShouldBe((200m, cancelled, refunded));
        }
        var totals = await StatisticsAsync(server);
        (Money(totals, "revenue"), Money(totals, "cancelled"), Money(totals, "refunded")).ShouldBe((1200m, 200m, 280m));
    }

    [FieldFact("23-order-seen-by-browser-and-server")]
    public async Task An_order_seen_by_browser_and_server_is_one_order_of_the_shop_field_23()
    {
        await using var server = await TestServer.StartAsync();
        var field = new FieldCase("23-order-seen-by-browser-and-server");
        await field.SendAsync(server, "/v1/track", "browser.json");
        await field.SendAsync(server, "/v1/track", "server.json");
        await field.SendAsync(server, "/v1/identify", "identify.json");
        var customer = await CustomerAsync(server, "u-1");
        (customer.GetProperty("orders").GetInt32(), Money(customer, "revenue")).ShouldBe((1, 80m));
        var totals = await StatisticsAsync(server);
        (totals.GetProperty("orders").GetInt32(), Money(totals, "revenue")).ShouldBe((1, 80m));
    }

    [Fact]
    public async Task Totals_are_the_sums_of_the_customers_after_any_merges_and_splits_field_23()
    {
        await using var server = await TestServer.StartAsync();
        var random = new Random(23);
        string[] names = ["a", "b", "c", "d"];
        foreach (var name in names)
            await ShopAsync(server, name, random);
        var merged = new List<(string Into, string Source)>();
        for (var round = 0; round < 12; round++)
        {
            if (merged.Count > 0 && random.Next(2) == 0)
            {
                var (into, source) = merged[^1];
                merged.RemoveAt(merged.Count - 1);
                (await server.PostAsync($"/v1/customers/{into}/unmerge", Of(source))).Status.ShouldBe(200);
            }
            else
            {
                var (into, other) = (names[random.Next(4)], names[random.Next(4)]);
                var (status, answer) = await server.PostAsync($"/v1/customers/{into}/merge", Of(other));
                status.ShouldBe(200, answer.ToString());
                if (answer.GetProperty("merged").GetBoolean())
                    merged.Add((into, answer.GetProperty("source").GetString()!));
            }
            if (random.Next(2) == 0)
                await ShopAsync(server, names[random.Next(4)], random);
            await TotalsShouldBeThoseOfCustomersAsync(server, names);
        }

        static string Of(string other) => $$"""{"other":"{{other}}","by":"ana"}""";
    }

    /// <summary>Orders of few numbers, so that several people tell of the same one, and words of what went back of them.</summary>
    static async Task ShopAsync(TestServer server, string who, Random random)
    {
        var calls = Enumerable
            .Range(0, 4)
            .Select(_ =>
            {
                var what = new[] { "Order Completed", "Order Completed", "Order Refunded", "Order Cancelled", "Order Updated" };
                var at = DateTimeOffset.UtcNow.AddMinutes(-random.Next(1, 1000)).ToString("O");
                return $$"""
                    {"type":"track","userId":"{{who}}","event":"{{what[random.Next(what.Length)]}}","timestamp":"{{at}}",
                     "properties":{"order_id":"o-{{random.Next(6)}}","total":{{random.Next(1, 9) * 10}} } }
                    """;
            });
        (await server.PostAsync("/v1/batch", $$"""{"batch":[{{string.Join(',', calls)}}]}""")).Status.ShouldBe(200);
    }

    static async Task TotalsShouldBeThoseOfCustomersAsync(TestServer server, string[] names)
    {
        var totals = await StatisticsAsync(server);
        var customers = new Dictionary<string, JsonElement>();
        foreach (var name in names)
            if (await CustomerAsync(server, name) is var one)
                customers[one.GetProperty("number").GetString()!] = one;
        foreach (var sum in new[] { "orders", "revenue", "cancellations", "cancelled", "refunded" })
            Money(totals, sum).ShouldBe(customers.Values.Sum(one => Money(one, sum)), sum);
        totals.GetProperty("customers").GetInt32().ShouldBe(customers.Count);
        totals.GetProperty("buyers").GetInt32().ShouldBe(customers.Values.Count(one => one.GetProperty("orders").GetInt32() > 0));
    }

    static decimal Money(JsonElement of, string field) => of.GetProperty(field).GetDecimal();

    static async Task<JsonElement> CustomerAsync(TestServer server, string who) =>
        (await server.GetAsync($"/v1/customers/{who}")).Body;

    static async Task<JsonElement> StatisticsAsync(TestServer server)
    {
        var position = await server.Services.GetRequiredService<IStore>().LastPositionAsync();
        return (await server.GetAsync($"/v1/statistics?minPosition={position}")).Body;
    }
}
