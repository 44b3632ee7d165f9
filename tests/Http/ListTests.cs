using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Journal;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>Lists go page by page over the same rows, none twice and none left out, and what is decided on them holds.</summary>
public sealed class ListTests
{
    const int People = 23;

    [Fact]
    public async Task Pages_of_customers_together_are_all_customers_once()
    {
        await using var server = await TestServer.StartAsync();
        for (var i = 0; i < People; i++)
            await server.PostAsync(
                "/v1/track",
                $$"""{"userId":"u{{i}}","event":"Product Viewed","properties":{"product_id":"p"} }"""
            );
        var position = await server.Services.GetRequiredService<IStore>().LastPositionAsync();
        var seen = await PagesAsync(server, $"/v1/customers?limit=5&minPosition={position}", "customers", row =>
            row.GetProperty("customerId").GetString()!
        );
        seen.Order().ShouldBe(Enumerable.Range(0, People).Select(i => $"u{i}").Order());
    }

    [Fact]
    public async Task Pages_of_warnings_are_ranked_by_money_and_an_outcome_closes_one()
    {
        await using var server = await TestServer.StartAsync();
        for (var i = 0; i < People; i++)
            await BuyMonthlyThenFallSilentAsync(server, $"u{i}", 20 + i % 7 * 10);
        var position = await WarnedAsync(server);
        var ranked = await PagesAsync(server, $"/v1/warnings?limit=4&policy=churn&minPosition={position}", "warnings", row =>
            (Id: row.GetProperty("warningId").GetString()!, Money: row.GetProperty("moneyAtRisk").GetDecimal())
        );
        ranked.Select(row => row.Id).Distinct().Count().ShouldBe(People);
        ranked.Count.ShouldBe(People);
        ranked.Select(row => row.Money).ShouldBeInOrder(SortDirection.Descending);

        var first = ranked[0].Id;
        (await server.PostAsync($"/v1/warnings/{first}/outcome", """{"outcome":"gone fishing"}"""))
            .Body.GetProperty("field")
            .GetString()
            .ShouldBe("outcome");
        (await server.PostAsync($"/v1/warnings/{first}/outcome", $$"""{"outcome":"contacted","by":"{{new string('x', 300)}}"}"""))
            .Body.GetProperty("field")
            .GetString()
            .ShouldBe("by");
        (await server.PostAsync($"/v1/warnings/{Guid.NewGuid()}/outcome", """{"outcome":"contacted"}""")).Status.ShouldBe(404);
        var closed = await server.PostAsync($"/v1/warnings/{first}/outcome", """{"outcome":"contacted","by":"Mia"}""");
        closed.Status.ShouldBe(200);
        position = closed.Body.GetProperty("position").GetInt64();
        async Task<List<string>> Ids(string status) =>
            await PagesAsync(server, $"/v1/warnings?status={status}&policy=churn&minPosition={position}", "warnings", row =>
                row.GetProperty("warningId").GetString()!
            );
        (await Ids("open")).ShouldNotContain(first);
        (await Ids("closed")).ShouldBe([first]);
        (await server.PostAsync($"/v1/warnings/{first}/outcome", """{"outcome":"wrong"}""")).Status.ShouldBe(409);
    }

    static async Task BuyMonthlyThenFallSilentAsync(TestServer server, string who, int worth)
    {
        for (var month = 10; month >= 5; month--)
        {
            var then = DateTimeOffset.UtcNow.AddDays(-30 * month).ToString("O");
            await server.PostAsync(
                "/v1/track",
                $$"""
                {"userId":"{{who}}","timestamp":"{{then}}","event":"Order Completed","properties":{"order_id":"{{who}}-{{month}}","total":{{worth}},"products":[{"product_id":"p","price":{{worth}}}]} }
                """
            );
        }
    }

    /// <summary>Waits until everybody who is due has been woken; the position that the lists must have reached then.</summary>
    static async Task<long> WarnedAsync(TestServer server)
    {
        var store = server.Services.GetRequiredService<IStore>();
        for (var tries = 0; tries < 500; tries++)
        {
            var position = await store.LastPositionAsync();
            var rows = (await server.GetAsync($"/v1/warnings?limit=500&policy=churn&minPosition={position}"))
                .Body.GetProperty("warnings")
                .GetArrayLength();
            if (rows == People)
                return position;
            await Task.Delay(20);
        }
        throw new TimeoutException("Not everybody was warned about within ten seconds.");
    }

    static async Task<List<T>> PagesAsync<T>(TestServer server, string path, string list, Func<JsonElement, T> read)
    {
        var all = new List<T>();
        for (string? next = null; ; )
        {
            var (status, page) = await server.GetAsync(next is null ? path : $"{path}&next={Uri.EscapeDataString(next)}");
            status.ShouldBe(200);
            all.AddRange(page.GetProperty(list).EnumerateArray().Select(read));
            if ((next = page.GetProperty("next").GetString()) is null)
                return all;
            all.Count.ShouldBeLessThan(1000);
        }
    }
}
