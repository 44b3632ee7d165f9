using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Ingestion;
using Personalization.Support;
using Personalization.Tests.Http;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Platforms;

/// <summary>GA4's Measurement Protocol as its tag servers speak it (R82).</summary>
public sealed class MeasurementProtocolTests(SharedServer shared) : IClassFixture<SharedServer>
{
    const string Collect = $"/mp/collect?measurement_id=G-1&api_secret={TestServer.SecretKey}",
        Debug = $"/debug/mp/collect?measurement_id=G-1&api_secret={TestServer.SecretKey}";

    TestServer Server => shared.Server;

    async Task<JsonElement> CustomerAsync(string id) => (await Server.GetAsync("/v1/customers/" + id)).Body;

    static string Of(string user, string name, string parameters, string more = "") =>
        $$"""{"client_id":"{{user}}.777","user_id":"{{user}}"{{more}},"events":[{"name":"{{name}}","params":{{parameters}}}]}""";

    [Fact]
    public async Task A_visit_that_ends_with_a_purchase_is_a_customers_history()
    {
        foreach (
            var (name, parameters) in new[]
            {
                ("page_view", """{"page_location":"https://shop.test/","page_title":"Home"}"""),
                ("search", """{"search_term":"rain jacket"}"""),
                (
                    "view_item",
                    """{"currency":"EUR","value":39.9,"items":[{"item_id":"ga-55","item_name":"Rain jacket","item_brand":"Orvo","item_category":"Clothing","item_category2":"Jackets","price":39.9,"quantity":1}]}"""
                ),
                ("add_to_wishlist", """{"items":[{"item_id":"ga-57"}]}"""),
                (
                    "add_to_cart",
                    """{"currency":"EUR","items":[{"item_id":"ga-55","price":39.9,"quantity":2},{"item_id":"ga-56","price":"10"}]}"""
                ),
                ("remove_from_cart", """{"items":[{"item_id":"ga-56","quantity":1}]}"""),
                ("sign_up", """{"method":"mail"}"""),
                ("level_up", """{"level":5}"""),
            }
        )
            (await Server.PostAsync(Collect, Of("ga-ana", name, parameters))).Status.ShouldBe(204, name);
        var before = await CustomerAsync("ga-ana");
        before.GetProperty("cart").GetArrayLength().ShouldBe(1);
        before.GetProperty("cart")[0].GetProperty("productId").GetString().ShouldBe("ga-55");
        before.GetProperty("anonymousIds")[0].GetString().ShouldBe("ga-ana.777");
        await Server.PostAsync(
            Collect,
            Of(
                "ga-ana",
                "purchase",
                """{"transaction_id":"ga-o-1","currency":"EUR","value":79.8,"shipping":4.9,"items":[{"item_id":"ga-55","price":39.9,"quantity":2}]}"""
            )
        );
        var after = await CustomerAsync("ga-ana");
        after.GetProperty("orders").GetInt32().ShouldBe(1);
        after.GetProperty("cart").GetArrayLength().ShouldBe(0);
        var product = (await Server.GetAsync("/v1/products/ga-55")).Body;
        product.GetProperty("title").GetString().ShouldBe("Rain jacket");
        product.GetProperty("category").EnumerateArray().Select(one => one.GetString()).ShouldBe(["Clothing", "Jackets"]);
    }

    [Fact]
    public async Task Times_are_the_events_own_and_user_properties_become_traits()
    {
        var more = ""","timestamp_micros":1772442060000000,"user_properties":{"plan":{"value":"gold"}}""";
        (await Server.PostAsync(Collect, Of("ga-time", "login", "{}", more))).Status.ShouldBe(204);
        var customer = await CustomerAsync("ga-time");
        customer.GetProperty("lastSeen").GetDateTimeOffset().ShouldBe(DateTimeOffset.Parse("2026-03-02T09:01:00Z"));
        customer.GetProperty("profile").GetRawText().ShouldContain("gold");
    }

    [Fact]
    public async Task A_denied_personalization_is_tracked_anonymously()
    {
        var request = Of("ga-no", "login", "{}", ""","consent":{"ad_personalization":"DENIED"}""");
        await Server.PostAsync($"/mp/collect?api_secret={TestServer.WriteKey}", request);
        (await Server.GetAsync("/v1/customers/ga-no")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task What_cannot_be_used_is_counted_and_the_debug_address_says_it()
    {
        const string Bad = """{"client_id":"ga-bad","events":[{"name":"view_item","params":{}},{"name":"login"}]}""";
        (await Server.PostAsync(Collect, Bad)).Status.ShouldBe(204);
        (await Server.PostAsync(Collect, "not json")).Status.ShouldBe(204);
        var (status, said) = await Server.PostAsync(Debug, Bad);
        status.ShouldBe(200);
        var message = said.GetProperty("validationMessages").EnumerateArray().ShouldHaveSingleItem();
        message.GetProperty("fieldPath").GetString().ShouldBe("events[0]");
        message.GetProperty("description").GetString()!.ShouldContain("product_id");
        var fine = (await Server.PostAsync(Debug, """{"client_id":"ga-fine","events":[{"name":"login"}]}""")).Body;
        fine.GetProperty("validationMessages").GetArrayLength().ShouldBe(0);
        await Server.Services.GetRequiredService<IngestionProblems>().FlushAsync();
        (await Server.GetAsync("/v1/ingestion/problems")).Body.GetRawText().ShouldContain("ga4");
    }

    [Theory]
    [InlineData("""{"client_id":"ga-odd","events":[{"name":"custom_without_params"}]}""")]
    [InlineData("""{"client_id":"ga-odd","events":[7,null,[],{"name":5},{"params":[]},{"name":"purchase","params":7}]}""")]
    [InlineData("""{"client_id":"ga-odd","events":{"name":"login"},"user_properties":[],"consent":"DENIED"}""")]
    [InlineData("""{"client_id":"ga-odd","user_properties":{"a":7,"b":{"value":{"c":[1]}}},"timestamp_micros":"x"}""")]
    [InlineData("""{"client_id":{},"events":[{"name":"view_item","params":{"items":[7,null,{"item_id":[]}]}}]}""")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task Whatever_the_body_it_is_acknowledged(string body) =>
        (await Server.PostAsync(Collect, body)).Status.ShouldBe(204);

    [Theory]
    [InlineData("/mp/collect?measurement_id=G-1&api_secret=unknown-secret-0001")]
    [InlineData("/mp/collect?measurement_id=G-1")]
    [InlineData("/debug/mp/collect")]
    public async Task An_unknown_secret_is_told_as_silence_would_lose_everything(string path) =>
        (await Server.PostAsync(path, Of("ga-x", "login", "{}"))).Status.ShouldBe(401);
}
