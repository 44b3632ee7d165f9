using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Journal;
using Personalization.Recommendations;
using Personalization.Support;
using Personalization.Tests.Http;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Recommendations;

/// <summary>
/// R86: what became of recommendations, by placement and strategy. Each test has a placement to itself, so that they can share a
/// server.
/// </summary>
public sealed class PerformanceTests(SharedServer shared) : IClassFixture<SharedServer>
{
    TestServer Server => shared.Server;

    [Fact]
    public async Task A_click_counts_once_and_the_cart_and_the_order_without_an_id_inherit_it()
    {
        await SellAsync();
        var (id, products, strategy) = await AskAsync("anonymousId=h-1", "home");
        const string preview = """{"anonymousId":"h-1","placement":"home","rules":{}}""";
        (await Server.PostAsync("/v1/recommendation-rules/preview", preview)).Status.ShouldBe(200);
        await TrackAsync(
            "h-1",
            "Recommendations Shown",
            new
            {
                recommendationId = id,
                placement = "home",
                products,
            }
        );
        await TrackAsync("h-1", "Product Clicked", new { product_id = products[0], recommendationId = id });
        await TrackAsync("h-1", "Product Viewed", new { product_id = products[0], recommendation_id = id });
        await TrackAsync("h-1", "Product Added", new { product_id = products[0] });
        object[] lines =
        [
            new { product_id = products[0], price = 30 },
            new
            {
                product_id = "elsewhere",
                price = 10,
                quantity = 3,
            },
        ];
        await TrackAsync(
            "h-1",
            "Order Completed",
            new
            {
                order_id = "h-o",
                total = 60,
                products = lines,
            },
            TestServer.WriteKey
        );

        var row = await RowAsync("home");
        row.GetProperty("strategy").GetString().ShouldBe(strategy);
        row.GetProperty("answered").GetInt32().ShouldBe(1, "a preview is no answer");
        row.GetProperty("answeredItems").GetInt32().ShouldBe(products.Length);
        Counts(row).ShouldBe((1, products.Length, 1, 1, 0));
        row.GetProperty("claimed").GetProperty("revenue").GetDecimal().ShouldBe(30, "the other line was not recommended");

        await TrackAsync(
            "h-1",
            "Order Completed",
            new
            {
                order_id = "h-o",
                total = 60,
                products = lines,
            }
        );
        await TrackAsync(
            "h-1",
            "Order Completed",
            new
            {
                order_id = "h-o",
                total = 60,
                products = lines,
            }
        );
        row = await RowAsync("home");
        Counts(row).ShouldBe((1, products.Length, 1, 1, 1), "the shop's server vouches for the order, twice");
        row.GetProperty("revenue").GetDecimal().ShouldBe(30);
        row.GetProperty("clickRate").GetDouble().ShouldBe(1.0 / products.Length, 1e-6);
        row.GetProperty("orderRate").GetDouble().ShouldBe(1);
        row.GetProperty("byProduct").GetProperty("orders").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task Where_the_storefront_drops_the_id_products_shown_shortly_before_count_apart()
    {
        await SellAsync();
        await TrackAsync("c-1", "Product Viewed", new { product_id = "s-1" });
        var (_, products, _) = await AskAsync("anonymousId=c-1", "cart");
        await TrackAsync("c-1", "Product Viewed", new { product_id = products[0] });
        await TrackAsync("c-1", "Product Viewed", new { product_id = products[0] });
        await TrackAsync("c-1", "Product Viewed", new { product_id = "never-recommended" });
        object[] lines = [new { product_id = products[0], price = 12.5 }];
        await TrackAsync(
            "c-1",
            "Order Completed",
            new
            {
                order_id = "c-o",
                total = 12.5,
                products = lines,
            }
        );
        var row = await RowAsync("cart");
        Counts(row).ShouldBe((0, 0, 0, 0, 0));
        var byProduct = row.GetProperty("byProduct");
        byProduct.GetProperty("clicked").GetInt32().ShouldBe(1);
        byProduct.GetProperty("orders").GetInt32().ShouldBe(1);
        byProduct.GetProperty("revenue").GetDecimal().ShouldBe(12.5m);
    }

    [Fact]
    public async Task A_forged_id_and_that_of_somebody_else_are_left_out_with_a_warning()
    {
        await SellAsync();
        await TrackAsync("x-1", "Product Viewed", new { product_id = "s-1" });
        var (id, _, _) = await AskAsync("anonymousId=x-1", "recently-viewed");
        var forged = id[..^1] + (id[^1] == 'A' ? 'E' : 'A');
        foreach (var (who, sent, why) in new[] { ("x-1", forged, "not an id"), ("x-2", id, "somebody else") })
        {
            var answer = await TrackAsync(who, "Product Clicked", new { product_id = "s-1", recommId = sent });
            var warning = answer.GetProperty("warnings")[0];
            warning.GetProperty("field").GetString().ShouldBe("properties.recommendationId");
            warning.GetProperty("message").GetString()!.ShouldContain(why);
        }
        var row = await RowAsync("recently-viewed");
        Counts(row).ShouldBe((0, 0, 0, 0, 0));
        var byProduct = row.GetProperty("byProduct").GetProperty("clicked").GetInt32();
        byProduct.ShouldBe(1, "x-1 was shown it, whatever id came; the event is kept without it");
        (await Server.GetAsync("/v1/customers/x-2")).Status.ShouldBe(200, "and so is that of the other visitor");
    }

    [Fact]
    public async Task An_id_from_before_the_visitor_was_known_counts_for_the_customer_they_became()
    {
        await SellAsync();
        var (first, products, _) = await AskAsync("anonymousId=k-1", "checkout");
        await TrackAsync("k-1", "Product Clicked", new { product_id = products[0], recommendationId = first });
        var (second, _, _) = await AskAsync("anonymousId=k-1", "checkout");
        await Server.PostAsync("/v1/identify", """{"userId":"k-user","anonymousId":"k-1"}""");
        await Server.PostAsync("/v1/identify", """{"userId":"k-user","anonymousId":"k-2"}""");
        var url = $"https://shop.example/p/1?rid={second}#top";
        await Server.PostAsync(
            "/v1/track",
            JsonSerializer.Serialize(
                new
                {
                    userId = "k-user",
                    @event = "Product Viewed",
                    properties = new { product_id = products[1] },
                    context = new { page = new { url } },
                }
            )
        );
        Counts(await RowAsync("checkout")).ShouldBe((0, 0, 2, 0, 0));
    }

    [Fact]
    public async Task What_programs_do_is_recorded_and_counted_apart()
    {
        await SellAsync();
        var (id, products, _) = await AskAsync("anonymousId=m-1", "product&productId=s-1");
        const string robot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
        await TrackAsync("m-1", "Product Clicked", new { product_id = products[0], recommendationId = id }, agent: robot);
        Counts(await RowAsync("product")).ShouldBe((0, 0, 0, 0, 0), "answered, and nothing else");
        (await FiguresAsync("product")).GetProperty("machine").GetProperty("clicked").GetInt32().ShouldBe(1);
    }

    [Theory]
    [InlineData("by=colour", "by")]
    [InlineData("placement=cellar", "placement")]
    [InlineData("from=2026-02-01&to=2026-01-01", "to")]
    [InlineData("from=2020-01-01&to=2026-01-01", "from")]
    public async Task A_question_that_makes_no_sense_is_refused(string query, string field)
    {
        var (status, problem) = await Server.GetAsync($"/v1/recommendations/performance?{query}");
        (status, problem.GetProperty("field").GetString()).ShouldBe((400, field));
    }

    async Task SellAsync()
    {
        await Server.PutAsync(
            "/v1/products",
            string.Join('\n', Enumerable.Range(1, 6).Select(i => $$"""{"id":"s-{{i}}","category":"Tents","price":{{10 + i}} }"""))
        );
        for (var i = 1; i <= 6; i++)
            await TrackAsync("seller", "Product Viewed", new { product_id = $"s-{i}" });
    }

    async Task<(string Id, string[] Products, string Strategy)> AskAsync(string who, string placement)
    {
        var (status, answer) = await Server.GetAsync($"/v1/recommendations?{who}&placement={placement}&limit=4");
        status.ShouldBe(200);
        return (
            answer.GetProperty("recommendationId").GetString()!,
            [.. answer.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("productId").GetString()!)],
            answer.GetProperty("strategy").GetString()!
        );
    }

    async Task<JsonElement> TrackAsync(string who, string name, object properties, string? key = null, string? agent = null)
    {
        var call = new
        {
            anonymousId = who,
            @event = name,
            properties,
            context = new { userAgent = agent },
        };
        var (status, answer) = await Server.PostAsync("/v1/track", JsonSerializer.Serialize(call), key);
        status.ShouldBe(200, answer.ToString());
        return answer;
    }

    async Task<JsonElement> FiguresAsync(string placement)
    {
        await Server.Services.GetRequiredService<AnswerCounts>().FlushAsync();
        var position = await Server.Services.GetRequiredService<IStore>().LastPositionAsync();
        var (status, answer) = await Server.GetAsync(
            $"/v1/recommendations/performance?by=placement,strategy,model&placement={placement}&minPosition={position}"
        );
        status.ShouldBe(200);
        return answer;
    }

    async Task<JsonElement[]> RowsAsync(string placement) =>
        [.. (await FiguresAsync(placement)).GetProperty("rows").EnumerateArray()];

    async Task<JsonElement> RowAsync(string placement) => (await RowsAsync(placement)).ShouldHaveSingleItem();

    static (int Shown, int Items, int Clicked, int Carted, int Orders) Counts(JsonElement row) =>
        (
            row.GetProperty("shown").GetInt32(),
            row.GetProperty("shownItems").GetInt32(),
            row.GetProperty("clicked").GetInt32(),
            row.GetProperty("carted").GetInt32(),
            row.GetProperty("orders").GetInt32()
        );
}
