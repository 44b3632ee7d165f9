using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Journal;
using Personalization.Models.Histories;
using Personalization.Models.Training;
using Personalization.Storage.Models;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Warnings;

/// <summary>Warnings, what became of them, and what the models say of a customer, over HTTP.</summary>
public sealed class WarningEndpointTests
{
    static readonly string[] People = ["ann", "ben", "cem", "dia"];

    [Fact]
    public async Task R33_the_precision_of_past_warnings_is_told_per_model()
    {
        await using var server = await TestServer.StartAsync();
        foreach (string person in People)
            await BuyMonthlyThenFallSilentAsync(server, person);
        var warnings = await WarnedAsync(server);
        (await server.PostAsync($"/v1/warnings/{warnings["ann"]}/outcome", """{"outcome":"bought-elsewhere"}""")).Status.ShouldBe(
            200
        );
        (await server.PostAsync($"/v1/warnings/{warnings["ben"]}/outcome", """{"outcome":"wrong"}""")).Status.ShouldBe(200);
        (await server.PostAsync($"/v1/warnings/{warnings["cem"]}/outcome", """{"outcome":"contacted"}""")).Status.ShouldBe(200);
        long position = await server.Services.GetRequiredService<IStore>().LastPositionAsync();
        var (status, body) = await server.GetAsync($"/v1/warnings/precision?minPosition={position}");
        status.ShouldBe(200);
        var model = body.GetProperty("models").EnumerateArray().ShouldHaveSingleItem();
        model.GetProperty("model").GetString().ShouldBe("rhythm-1");
        foreach (
            var (name, count) in ((string, int)[])[("raised", 4), ("right", 1), ("wrong", 1), ("actedUpon", 1), ("pending", 1)]
        )
            model.GetProperty(name).GetInt32().ShouldBe(count, name);
        model.GetProperty("precision").GetDouble().ShouldBe(0.5);
        model.GetProperty("meanRisk").GetDouble().ShouldBeInRange(0.5, 1);
        using var stranger = new HttpClient { BaseAddress = new Uri(server.Url) };
        ((int)(await stranger.GetAsync("/v1/warnings/precision")).StatusCode).ShouldBe(401);
    }

    [Fact]
    public async Task R25_a_forecast_appears_when_a_value_model_is_put_in_use()
    {
        await using var server = await TestServer.StartAsync();
        await BuyMonthlyThenFallSilentAsync(server, "ann");
        (await Churn()).GetProperty("forecast").ValueKind.ShouldBe(JsonValueKind.Null);
        var registry = new ValueRegistry(server.Data);
        registry.Register(new("v1", new(0.25, 4.4, 0.8, 2.4), new(6.25, 3.74, 15.4)), new { By = "ana" });
        registry.Promote("v1", "ana", "test", DateTimeOffset.UtcNow);
        var forecast = (await Churn()).GetProperty("forecast");
        for (var tries = 0; forecast.ValueKind == JsonValueKind.Null && tries < 500; tries++)
        {
            await Task.Delay(20);
            forecast = (await Churn()).GetProperty("forecast");
        }
        forecast.GetProperty("modelVersion").GetString().ShouldBe("v1");
        forecast.GetProperty("active").GetDouble().ShouldBeInRange(0, 1);
        forecast.GetProperty("purchases").GetDouble().ShouldBeGreaterThan(0);
        var next = forecast.GetProperty("nextPurchase");
        var (earliest, expected, latest) = (Time("earliest"), Time("expected"), Time("latest"));
        earliest.ShouldBeGreaterThan(DateTimeOffset.UtcNow.AddMinutes(-5));
        expected.ShouldBeInRange(earliest, latest);

        async Task<JsonElement> Churn() => (await server.GetAsync("/v1/customers/ann")).Body.GetProperty("churn");
        DateTimeOffset Time(string name) => next.GetProperty(name).GetDateTimeOffset();
    }

    [Fact]
    public async Task R70_who_was_erased_is_gone_from_training()
    {
        await using var server = await TestServer.StartAsync();
        foreach (string person in People)
            await BuyMonthlyThenFallSilentAsync(server, person);
        var store = server.Services.GetRequiredService<IStore>();
        (await RecordedHistories.ReadAsync(store)).Count.ShouldBe(People.Length);
        using (var erased = await server.Http.DeleteAsync("/v1/customers/ben"))
            ((int)erased.StatusCode).ShouldBe(200);
        var left = await RecordedHistories.ReadAsync(store);
        left.Count.ShouldBe(People.Length - 1);
        Snapshots.Stack(left, [(int)DateTimeOffset.UtcNow.ToUnixTimeSeconds()], 90).Count.ShouldBe(People.Length - 1);
    }

    static async Task BuyMonthlyThenFallSilentAsync(TestServer server, string who)
    {
        for (int month = 10; month >= 5; month--)
            await server.PostAsync(
                "/v1/track",
                $$"""
                {"userId":"{{who}}","timestamp":"{{DateTimeOffset.UtcNow.AddDays(
                    -30 * month
                ):O}}","event":"Order Completed","properties":{"order_id":"{{who}}-{{month}}","total":20,"products":[{"product_id":"p","price":20}]} }
                """
            );
    }

    /// <summary>Waits until everybody has been warned of: the warnings' ids.</summary>
    static async Task<Dictionary<string, string>> WarnedAsync(TestServer server)
    {
        var store = server.Services.GetRequiredService<IStore>();
        for (int tries = 0; tries < 500; tries++, await Task.Delay(20))
        {
            long position = await store.LastPositionAsync();
            var rows = (await server.GetAsync($"/v1/warnings?limit=500&policy=churn&minPosition={position}"))
                .Body.GetProperty("warnings")
                .EnumerateArray()
                .ToList();
            if (rows.Count == People.Length)
                return rows.ToDictionary(
                    row => row.GetProperty("customerId").GetString()!,
                    row => row.GetProperty("warningId").GetString()!
                );
        }
        throw new TimeoutException("Not everybody was warned of.");
    }
}
