using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Field;

/// <summary>Field cases about values that are written another way: they are read, or left out and named, and cost nothing else.</summary>
public sealed class ValuesTests
{
    [FieldFact("04-unreadable-time")]
    public async Task A_time_that_cannot_be_read_costs_no_order()
    {
        var field = new FieldCase("04-unreadable-time");
        await using var server = await TestServer.StartAsync();
        (await field.SendAsync(server, "/v1/track", "track.json")).Status.ShouldBe(200);
        (await field.SendAsync(server, "/v1/batch", "batch.json")).Body.GetProperty("accepted").GetInt32().ShouldBe(2);

        await ShouldHaveOrdersAsync(server, "ios-1", 3, 90);
    }

    [Fact]
    public async Task A_time_that_is_none_is_named_for_the_item_and_for_the_batch()
    {
        await using var server = await TestServer.StartAsync();
        var (_, batch) = await server.PostAsync(
            "/v1/batch",
            """{"sentAt":"soon","batch":[{"type":"page","userId":"u","timestamp":"02/03/2026"},{"type":"page","userId":"u"}]}"""
        );

        batch.GetProperty("accepted").GetInt32().ShouldBe(2);
        var warnings = batch.GetProperty("warnings").EnumerateArray().ToArray();
        warnings.Select(one => one.GetProperty("field").GetString()).ShouldBe(["sentAt", "timestamp"]);
        warnings[0].TryGetProperty("index", out _).ShouldBeFalse();
        warnings[1].GetProperty("index").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task History_that_the_shop_s_server_sends_again_keeps_its_times()
    {
        const string call =
            """{"userId":"u-1","event":"Order Completed","timestamp":"2025-03-02T09:00:00Z","sentAt":"2025-03-02T09:00:01Z","properties":{"order_id":"1","total":5}}""";
        await using var server = await TestServer.StartAsync();
        (await server.PostAsync("/v1/track", call)).Status.ShouldBe(200);

        var (_, customer) = await server.GetAsync("/v1/customers/u-1");
        customer.GetRawText().ShouldContain("2025-03-02T09:00:00");
    }

    [FieldFact("07-amount-with-thousands")]
    public async Task Amounts_as_a_shop_prints_them_are_read()
    {
        var field = new FieldCase("07-amount-with-thousands");
        await using var server = await TestServer.StartAsync();
        (await field.SendAsync(server, "/v1/batch", "batch.json")).Body.GetProperty("accepted").GetInt32().ShouldBe(3);

        await ShouldHaveOrdersAsync(server, "w-1", 2, 1500);
    }

    [FieldFact("08-decimal-quantity")]
    public async Task Half_a_kilo_costs_half()
    {
        var field = new FieldCase("08-decimal-quantity");
        await using var server = await TestServer.StartAsync();
        (await field.SendAsync(server, "/v1/track", "order.json")).Status.ShouldBe(200);
        (await field.SendAsync(server, "/v1/track", "cart.json")).Status.ShouldBe(200);

        await ShouldHaveOrdersAsync(server, "kg-1", 1, 9.18m);
        (await server.GetAsync("/v1/products/pears")).Body.GetProperty("price").GetDecimal().ShouldBe(3.2m);
    }

    [FieldFact("09-products-that-are-no-list")]
    public async Task Products_under_keys_are_a_list_and_text_is_no_product()
    {
        var field = new FieldCase("09-products-that-are-no-list");
        await using var server = await TestServer.StartAsync();
        var (_, text) = await field.SendAsync(server, "/v1/track", "text.json");
        text.GetProperty("warnings")[0].GetProperty("field").GetString().ShouldBe("properties.products");
        (await field.SendAsync(server, "/v1/track", "keyed.json")).Status.ShouldBe(200);

        await ShouldHaveOrdersAsync(server, "p-1", 2, 25);
        (await server.GetAsync("/v1/products/cup")).Status.ShouldBe(200);
        (await server.GetAsync("/v1/products/pot")).Status.ShouldBe(200);
        (await server.GetAsync("/v1/products/%5BLcom.example.shop.Item%3B%405a1c0e9")).Status.ShouldBe(404);
    }

    [FieldFact("33-zones-of-windows")]
    public async Task A_zone_that_Windows_names_is_the_customer_s()
    {
        var field = new FieldCase("33-zones-of-windows");
        using var data = new TempDirectory();
        await using (
            var server = await TestServer.StartAsync(data.Path, new TestClock(new(2026, 10, 24, 22, 31, 0, TimeSpan.Zero)))
        )
            (await field.SendCallsAsync(server)).Body.GetProperty("accepted").GetInt32().ShouldBe(6);

        await using var later = await TestServer.StartAsync(data.Path, asOf: new(2026, 10, 24, 23, 45, 0, TimeSpan.Zero));
        await later.ReadyAsync();
        var (_, run) = await later.GetAsync("/v1/playbooks/abandoned-cart/dry-run");
        for (var tries = 0; run.GetProperty("messages").GetArrayLength() < 2 && tries < 100; tries++, await Task.Delay(100))
            (_, run) = await later.GetAsync("/v1/playbooks/abandoned-cart/dry-run");
        var times = run.GetProperty("messages").EnumerateArray().Select(one => one.GetProperty("notBefore").GetDateTimeOffset());
        // The shop's clock runs on from there; the morning of the shop's own zone would be eight hours later.
        var (from, to) = (new DateTimeOffset(2026, 10, 24, 23, 45, 0, TimeSpan.Zero), TimeSpan.FromMinutes(5));
        var both = times.ToArray();
        both.Length.ShouldBe(2);
        both.ShouldAllBe(time => time >= from && time < from + to);
    }

    [FieldFact("40-html-entities", "19-blank-around-an-address", "20-tab-in-a-name")]
    public async Task Blanks_tabs_and_entities_cost_no_letter_and_stand_in_none()
    {
        await using var server = await TestServer.StartAsync(settings: FieldCase.Letters);
        var entities = new FieldCase("40-html-entities");
        (await server.PutAsync("/v1/products", entities.Body("products.json"), "application/json")).Status.ShouldBe(200);
        foreach (var name in (string[])["40-html-entities", "19-blank-around-an-address", "20-tab-in-a-name"])
            (await new FieldCase(name).SendCallsAsync(server)).Body.GetProperty("errors").GetArrayLength().ShouldBe(0);

        foreach (var address in (string[])["sam@example.test", "sue@example.test", "h1@example.test"])
            (await FieldCase.LetterToAsync(server, address, 20)).ShouldNotBeNull(address);
        (await FieldCase.LetterToAsync(server, "Ana Maria <x5@example.test>")).ShouldNotBeNull();
        var (_, scarf) = await server.GetAsync("/v1/products/e1");
        scarf.GetProperty("title").GetString().ShouldBe("Scarf – green, d’été & co");
        scarf.GetProperty("category").EnumerateArray().Select(one => one.GetString()).ShouldBe(["Home & Garden", "Tea & Cake"]);
    }

    static async Task ShouldHaveOrdersAsync(TestServer server, string id, int orders, decimal revenue)
    {
        var (_, customer) = await server.GetAsync($"/v1/customers/{id}");
        customer.GetProperty("orders").GetInt64().ShouldBe(orders);
        customer.GetProperty("revenue").GetDecimal().ShouldBe(revenue);
    }
}
