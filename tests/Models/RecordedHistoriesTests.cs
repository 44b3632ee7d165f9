using Microsoft.Extensions.DependencyInjection;
using Personalization.Journal;
using Personalization.Models.Histories;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Models;

public sealed class RecordedHistoriesTests
{
    [Fact]
    public async Task R70_of_very_many_customers_a_part_stands_for_all_the_same_each_time()
    {
        await using var server = await TestServer.StartAsync();
        for (int person = 0; person < 60; person++)
        for (int month = 3; month >= 1; month--)
            await server.PostAsync(
                "/v1/track",
                $$"""
                {"userId":"u{{person}}","timestamp":"{{DateTimeOffset.UtcNow.AddDays(
                    -30 * month
                ):O}}","event":"Order Completed","properties":{"order_id":"{{person}}-{{month}}","total":20} }
                """
            );
        var store = server.Services.GetRequiredService<IStore>();
        var shares = new List<double>();
        var all = await RecordedHistories.ReadAsync(store, progress: shares.Add);
        all.Count.ShouldBe(60);
        shares.ShouldAllBe(share => share > 0 && share <= 1);
        var part = await RecordedHistories.ReadAsync(store, most: 20);
        part.Count.ShouldBeInRange(5, 20);
        (await RecordedHistories.ReadAsync(store, most: 20)).Select(one => one.Number).ShouldBe(part.Select(one => one.Number));
        // Who is in the part is there with the whole history.
        foreach (var one in part)
            one.Purchases.ShouldBe(all.Single(other => other.Number == one.Number).Purchases);
    }
}
