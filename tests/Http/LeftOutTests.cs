using Microsoft.Extensions.DependencyInjection;
using Personalization.Journal;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>Amounts beyond all reason stop nothing: they are left out with a warning, lists and statistics go on.</summary>
public sealed class LeftOutTests
{
    const string Absurd =
        """{"userId":"u","event":"Order Completed","properties":{"order_id":"o-N","total":900000000000000,"products":[{"product_id":"p","price":2}]}}""";

    [Fact]
    public async Task Two_orders_beyond_all_reason_are_recorded_without_their_amounts()
    {
        await using var server = await TestServer.StartAsync();

        var (status, answer) = await server.PostAsync("/v1/track", Absurd.Replace("o-N", "o-1"), TestServer.SecretKey);
        await server.PostAsync("/v1/track", Absurd.Replace("o-N", "o-2"), TestServer.SecretKey);

        status.ShouldBe(200);
        answer.GetProperty("success").GetBoolean().ShouldBeTrue();
        var warning = answer.GetProperty("warnings").EnumerateArray().ShouldHaveSingleItem();
        warning.GetProperty("field").GetString().ShouldBe("properties.total");
        warning.GetProperty("message").GetString()!.ShouldContain("1,000,000,000");
        var totals = await StatisticsAsync(server);
        totals.GetProperty("orders").GetInt64().ShouldBe(2);
        totals.GetProperty("revenue").GetDecimal().ShouldBe(0);
    }

    [Fact]
    public async Task A_batch_says_which_item_lacks_a_value_and_a_good_call_has_no_warnings()
    {
        await using var server = await TestServer.StartAsync();

        var (_, batch) = await server.PostAsync(
            "/v1/batch",
            """
            {"batch":[{"type":"track","userId":"u","event":"Cart Viewed"},
                      {"type":"track","userId":"u","event":"Product Added","properties":{"product_id":"p","quantity":-1}}]}
            """
        );
        var (_, good) = await server.PostAsync("/v1/track", """{"userId":"u","event":"Cart Viewed"}""");

        batch.GetProperty("success").GetBoolean().ShouldBeTrue();
        batch.GetProperty("accepted").GetInt32().ShouldBe(2);
        var warning = batch.GetProperty("warnings").EnumerateArray().ShouldHaveSingleItem();
        warning.GetProperty("index").GetInt32().ShouldBe(1);
        warning.GetProperty("field").GetString().ShouldBe("properties.quantity");
        good.TryGetProperty("warnings", out _).ShouldBeFalse();
    }

    internal static async Task<System.Text.Json.JsonElement> StatisticsAsync(TestServer server)
    {
        var position = await server.Services.GetRequiredService<IStore>().LastPositionAsync();
        var (status, totals) = await server.GetAsync($"/v1/statistics?minPosition={position}");
        status.ShouldBe(200);
        return totals;
    }
}
