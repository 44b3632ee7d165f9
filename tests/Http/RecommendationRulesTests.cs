using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Documents;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>R17: rules of recommendations are written, tried, taken back and restored while the server runs.</summary>
public sealed class RecommendationRulesTests : IAsyncLifetime
{
    TestServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(
            settings: new()
            {
                ["Recommendations:Rules:cart:Bury"] = "price > 90",
                ["Recommendations:Rules:home:Exploration"] = "0",
            }
        );
        await _server.PutAsync(
            "/v1/products",
            string.Join(
                '\n',
                Enumerable
                    .Range(1, 12)
                    .Select(i =>
                        $$"""{"id":"p{{i}}","price":{{i * 10}},"brand":"{{(i % 2 == 0 ? "Orvo" : "Xy")}}","category":"{{(i < 7 ? "A" : "B")}}"}"""
                    )
            )
        );
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    async Task<(int Status, JsonElement Body)> SaveAsync(string rules, string placement = "home", int? version = null) =>
        await _server.PutAsync(
            $"/v1/recommendation-rules/{placement}",
            $$"""{"rules":{{rules}},"by":"mia","version":{{version?.ToString() ?? "null"}}}""",
            "application/json"
        );

    async Task<string[]> AnswerAsync(string query = "limit=12") =>
        IdsIn((await _server.GetAsync($"/v1/recommendations?{query}")).Body);

    static string[] IdsIn(JsonElement answer) =>
        [.. answer.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("productId").GetString()!)];

    [Fact]
    public async Task Rules_hold_from_the_answer_on_and_versions_are_kept_compared_and_restored()
    {
        var (status, saved) = await SaveAsync(
            """{"pin":[{"products":["p7","p3"]}],"bury":[{"filter":"id = \"p1\""}]}""",
            version: 0
        );
        (status, saved.GetProperty("version").GetInt32()).ShouldBe((200, 1));
        var answer = await AnswerAsync();
        (answer[0], answer[1], answer[^1]).ShouldBe(("p7", "p3", "p1"));

        (
            await SaveAsync("""{"exclude":[{"filter":"brand = \"Orvo\""}],"pin":[{"products":["p2"]}]}""", version: 1)
        ).Status.ShouldBe(200);
        // What is excluded is not shown for being pinned either.
        (await AnswerAsync()).Order().ShouldBe(["p1", "p11", "p3", "p5", "p7", "p9"]);
        var (stale, conflict) = await SaveAsync("{}", version: 1);
        (stale, conflict.GetProperty("field").GetString()).ShouldBe((409, "version"));
        conflict.GetProperty("detail").GetString()!.ShouldContain("version 2");

        var (_, restored) = await _server.PostAsync(
            "/v1/recommendation-rules/home/versions/1/restore",
            """{"by":"ana","version":2}"""
        );
        (restored.GetProperty("version").GetInt32(), restored.GetProperty("changedBy").GetString()).ShouldBe((3, "ana"));
        (await AnswerAsync())[0].ShouldBe("p7");

        (await _server.Http.DeleteAsync("/v1/recommendation-rules/home?by=ana&version=3")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await AnswerAsync())[0].ShouldNotBe("p7");
        var versions = (await _server.GetAsync("/v1/recommendation-rules/home/versions")).Body.GetProperty("versions");
        versions
            .EnumerateArray()
            .Select(one => (one.GetProperty("version").GetInt32(), one.TryGetProperty("rules", out _)))
            .ShouldBe([(4, false), (3, true), (2, true), (1, true)]);
        (await _server.PostAsync("/v1/recommendation-rules/home/versions/4/restore", """{"by":"ana"}""")).Status.ShouldBe(404);
        (await SaveAsync("{}", version: 0)).Status.ShouldBe(200, "they were taken back: nothing stands there");
    }

    [Fact]
    public async Task Until_rules_are_written_those_of_the_settings_hold()
    {
        var (_, all) = await _server.GetAsync("/v1/recommendation-rules");
        all.GetProperty("placements").GetArrayLength().ShouldBe(6);
        var (_, cart) = await _server.GetAsync("/v1/recommendation-rules/CART");
        cart.GetProperty("version").GetInt32().ShouldBe(0);
        cart.GetProperty("rules").GetProperty("bury")[0].GetProperty("filter").GetString().ShouldBe("price > 90");
        (await AnswerAsync("placement=cart&limit=12"))[^3..].Order().ShouldBe(["p10", "p11", "p12"]);
        await SaveAsync("""{"bury":[{"filter":"price < 40"}]}""", "cart");
        (await AnswerAsync("placement=cart&limit=12"))[^3..].Order().ShouldBe(["p1", "p2", "p3"]);
    }

    [Fact]
    public async Task Rules_hold_in_their_time_and_pins_on_the_pages_of_their_category()
    {
        await SaveAsync(
            """
            {"pin":[{"products":["p9"],"category":"B"},{"products":["p4"],"until":"2020-01-01T00:00:00Z"},
                    {"products":["p5"],"from":"2020-01-01T00:00:00Z"}],
             "exclude":[{"filter":"price > 0","until":"2020-01-01T00:00:00Z"}]}
            """
        );
        (await AnswerAsync())[0].ShouldBe("p5");
        (await AnswerAsync("category=B"))[0].ShouldBe("p9");
    }

    [Theory]
    [InlineData("""{"pins":[]}""", "rules.pins", "pin?")]
    [InlineData("""{"boost":[{"filter":"price < 5","factr":2}]}""", "rules.boost[0].factr", "factor?")]
    [InlineData("""{"boost":[{"filter":"price < 5","factor":2},{"filter":"price <","factor":2}]}""", "rules.boost[1].filter", "")]
    [InlineData("""{"boost":[{"filter":"price < 5"}]}""", "rules.boost[0].factor", "")]
    [InlineData("""{"boost":[{"filter":"price < 5","factor":0}]}""", "rules.boost[0].factor", "")]
    [InlineData("""{"pin":[{"products":["p1","p-404"]}]}""", "rules.pin[0].products[1]", "")]
    [InlineData("""{"pin":[{"products":["p1"],"category":"C"}]}""", "rules.pin[0].category", "")]
    [InlineData(
        """{"pin":[{"products":["p1"],"from":"2026-02-01T00:00:00Z","until":"2026-01-01T00:00:00Z"}]}""",
        "rules.pin[0].until",
        ""
    )]
    [InlineData("""{"exploration":0.5}""", "rules.exploration", "")]
    [InlineData("""{"maxPerBrand":"two"}""", "rules.maxPerBrand", "")]
    [InlineData("""{"exclude":[null]}""", "rules.exclude[0]", "")]
    [InlineData("null", "rules", "")]
    public async Task What_is_wrong_is_named_and_nothing_is_saved(string rules, string field, string remedy)
    {
        var (status, problem) = await SaveAsync(rules);
        (status, problem.GetProperty("field").GetString()).ShouldBe((400, field));
        problem.GetProperty("remedy").GetString()!.ShouldContain(remedy);
        var (tried, _) = await _server.PostAsync("/v1/recommendation-rules/preview", $$"""{"rules":{{rules}}}""");
        tried.ShouldBe(400);
        (await _server.GetAsync("/v1/recommendation-rules/home")).Body.GetProperty("version").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task A_fault_in_a_filter_is_told_with_its_place()
    {
        var (_, problem) = await SaveAsync("""{"exclude":[{"filter":"price ~ 5"}]}""");
        problem.GetProperty("detail").GetString()!.ShouldContain("at character 7");
    }

    [Fact]
    public async Task A_draft_is_shown_beside_the_present_answer_and_is_not_saved()
    {
        await _server.PostAsync("/v1/track", """{"userId":"ann","event":"Product Viewed","properties":{"product_id":"p2"}}""");
        foreach (var user in new[] { "ann", "nobody" })
        {
            var (status, preview) = await _server.PostAsync(
                "/v1/recommendation-rules/preview",
                $$"""{"rules":{"pin":[{"products":["p12"],"category":"A"}]},"userId":"{{user}}","category":"A","limit":3}"""
            );
            status.ShouldBe(200);
            // What is pinned still has to be in the category asked for.
            IdsIn(preview.GetProperty("draft")).ShouldNotContain("p12");
            (_, preview) = await _server.PostAsync(
                "/v1/recommendation-rules/preview",
                $$"""{"rules":{"pin":[{"products":["p12"]}]},"userId":"{{user}}","limit":3}"""
            );
            IdsIn(preview.GetProperty("draft"))[0].ShouldBe("p12");
            IdsIn(preview.GetProperty("present")).ShouldBe(await AnswerAsync($"userId={user}&limit=3"));
        }
        (await _server.GetAsync("/v1/recommendation-rules/home")).Body.GetProperty("version").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task A_pin_of_a_product_that_is_taken_out_later_is_passed_over()
    {
        await SaveAsync("""{"pin":[{"products":["p7","p3"]}]}""");
        await _server.Http.DeleteAsync("/v1/products/p7");
        (await AnswerAsync())[0].ShouldBe("p3");
        var (status, problem) = await SaveAsync("""{"pin":[{"products":["p7"]}]}""");
        (status, problem.GetProperty("field").GetString()).ShouldBe((400, "rules.pin[0].products[0]"));
    }

    [Fact]
    public async Task Rules_that_cannot_be_read_leave_those_before_in_use_and_operators_are_told()
    {
        await SaveAsync("""{"pin":[{"products":["p7"]}]}""");
        await _server
            .Services.GetRequiredService<DocumentWatcher>()
            .SaveAsync(new DocumentEdit("recommendation-rules", "home", """{"include":"price ~"}""", "a newer version", 1));
        (await AnswerAsync())[0].ShouldBe("p7");
        var (_, health) = await _server.GetAsync("/health/ready");
        health.GetProperty("notices")[0].GetString()!.ShouldContain("home, version 2");
    }
}
