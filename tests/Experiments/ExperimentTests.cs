using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Experiments;
using Personalization.Journal;
using Personalization.Recommendations;
using Personalization.Support;
using Personalization.Tests.Http;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Experiments;

/// <summary>
/// R89: experiments on placements, over HTTP. Each test has a placement to itself, so that they can share a server.
/// </summary>
public sealed class ExperimentTests(SharedServer shared) : IClassFixture<SharedServer>
{
    const string Halves = """[{"name":"popular","share":0.5,"kind":"control"},{"name":"as now","share":0.5,"kind":"default"}]""";

    TestServer Server => shared.Server;

    async Task<(int Status, JsonElement Body)> PutAsync(
        string id,
        string placement,
        string variants = Halves,
        string status = "running",
        int? version = null,
        TestServer? server = null
    ) =>
        await (server ?? Server).PutAsync(
            $"/v1/experiments/{id}",
            $$"""{"placement":"{{placement}}","variants":{{variants}},"status":"{{status}}","by":"mia","version":{{version?.ToString() ?? "null"}}}""",
            "application/json"
        );

    async Task<JsonElement> AskAsync(string who, string placement, TestServer? server = null)
    {
        var (status, answer) = await (server ?? Server).GetAsync($"/v1/recommendations?placement={placement}&{who}");
        status.ShouldBe(200);
        return answer;
    }

    static string? VariantIn(JsonElement answer) =>
        answer.TryGetProperty("experiment", out var experiment) ? experiment.GetProperty("variant").GetString() : null;

    async Task<string?> VariantAsync(string who, string placement, TestServer? server = null) =>
        VariantIn(await AskAsync(who, placement, server));

    async Task TrackAsync(string call, string json, TestServer? server = null) =>
        (await (server ?? Server).PostAsync($"/v1/{call}", json)).Status.ShouldBe(200);

    static string View(string anonymous, string product = "x-1") =>
        $$"""{"anonymousId":"{{anonymous}}","event":"Product Viewed","properties":{"product_id":"{{product}}"} }""";

    async Task<JsonElement> ResultsAsync(string id)
    {
        var position = await Server.Services.GetRequiredService<IStore>().LastPositionAsync();
        return (await Server.GetAsync($"/v1/experiments/{id}/results?minPosition={position}")).Body;
    }

    [Fact]
    public async Task A_visitor_stays_in_the_variant_when_known_when_named_otherwise_and_over_a_restart()
    {
        using var directory = new TempDirectory();
        var first = new Dictionary<string, string?>();
        await using (var server = await TestServer.StartAsync(directory.Path))
        {
            await PutAsync("stays", "home", server: server);
            for (var i = 0; i < 8; i++)
            {
                var variant = first[$"s-{i}"] = await VariantAsync($"anonymousId=s-{i}", "home", server);
                variant.ShouldNotBeNull();
                await TrackAsync("track", View($"s-{i}"), server);
                (await VariantAsync($"anonymousId=s-{i}", "home", server)).ShouldBe(variant);
                await TrackAsync("identify", $$"""{"anonymousId":"s-{{i}}","userId":"su-{{i}}"}""", server);
                (await VariantAsync($"userId=su-{i}", "home", server)).ShouldBe(variant);
            }
            first.Values.Distinct().Count().ShouldBe(2);
        }
        await using var again = await TestServer.StartAsync(directory.Path);
        for (var i = 0; i < 8; i++)
        {
            (await VariantAsync($"userId=su-{i}", "home", again)).ShouldBe(first[$"s-{i}"]);
            (await VariantAsync($"userId=su-{i}&anonymousId=another", "home", again)).ShouldBe(first[$"s-{i}"]);
        }
    }

    [Fact]
    public async Task Variants_get_their_shares_of_a_thousand_visitors()
    {
        await PutAsync(
            "shares",
            "product",
            """[{"name":"a","share":0.6,"kind":"default"},{"name":"b","share":0.3,"kind":"untrained"},{"name":"c","share":0.1,"kind":"none"}]"""
        );
        await Server.PutAsync("/v1/products", """{"id":"share-1","price":5}""");
        var counts = new Dictionary<string, int>();
        await Parallel.ForAsync(0, 1_000, async (i, _) =>
        {
            var answer = await AskAsync($"anonymousId=share-{i}&productId=share-1", "product");
            lock (counts)
                counts[VariantIn(answer)!] = counts.GetValueOrDefault(VariantIn(answer)!) + 1;
            if (VariantIn(answer) == "c")
                (answer.GetProperty("items").GetArrayLength(), answer.GetProperty("strategy").GetString()).ShouldBe(
                    (0, "nothing")
                );
        });
        counts["a"].ShouldBeInRange(540, 660);
        counts["b"].ShouldBeInRange(250, 350);
        counts["c"].ShouldBeInRange(70, 130);
        (await VariantAsync("productId=share-1", "product")).ShouldBeNull("nobody is named who could stay in a variant");
    }

    [Fact]
    public async Task The_control_group_gets_what_everybody_gets_and_a_stopped_experiment_nothing_of_its_own()
    {
        await Server.PutAsync(
            "/v1/products",
            string.Join('\n', Enumerable.Range(1, 9).Select(i => $$"""{"id":"ct-{{i}}","price":{{i}}}"""))
        );
        await PutAsync("control", "recently-viewed");
        var (popular, own) = (new List<string>(), new List<string>());
        for (var i = 0; i < 12; i++)
        {
            await TrackAsync("track", View($"ct-{i}", $"ct-{i % 6 + 1}"));
            var answer = await AskAsync($"anonymousId=ct-{i}", "recently-viewed");
            (VariantIn(answer) == "popular" ? popular : own).Add(answer.GetProperty("strategy").GetString()!);
        }
        popular.ShouldNotBeEmpty();
        popular.ShouldAllBe(strategy => !strategy.Contains("recently-viewed"));
        own.ShouldNotBeEmpty();
        own.ShouldAllBe(strategy => strategy == "recently-viewed");

        (await PutAsync("control", "recently-viewed", status: "stopped")).Status.ShouldBe(200);
        for (var i = 0; i < 12; i++)
        {
            var answer = await AskAsync($"anonymousId=ct-{i}", "recently-viewed");
            VariantIn(answer).ShouldBeNull();
            answer.GetProperty("strategy").GetString().ShouldBe("recently-viewed");
        }
    }

    [Fact]
    public async Task Orders_after_the_first_answer_count_for_the_variant_and_results_say_how_sure_they_are()
    {
        await PutAsync("orders", "cart");
        var expected = new Dictionary<string, (int Visitors, int Buyers)>();
        for (var i = 0; i < 10; i++)
        {
            await TrackAsync("track", View($"or-{i}"));
            if (i == 9)
                await OrderAsync(i, "before");
            var variant = (await VariantAsync($"anonymousId=or-{i}", "cart"))!;
            await VariantAsync($"anonymousId=or-{i}", "cart");
            var counts = expected.GetValueOrDefault(variant);
            expected[variant] = (counts.Visitors + 1, counts.Buyers + (i < 4 ? 1 : 0));
            if (i < 4)
                await OrderAsync(i, "one");
            if (i == 0)
                await OrderAsync(i, "two");
            if (i == 5)
                await Server.PostAsync(
                    "/v1/track",
                    $$"""{"anonymousId":"or-{{i}}","event":"Order Completed","properties":{"order_id":"claimed","total":10} }""",
                    TestServer.WriteKey
                );
        }
        var results = await ResultsAsync("orders");
        results.GetProperty("baseline").GetString().ShouldBe("popular");
        results.GetProperty("measured").GetString()!.ShouldContain("order");
        var variants = results.GetProperty("variants").EnumerateArray().ToList();
        foreach (var variant in variants)
            (variant.GetProperty("visitors").GetInt32(), variant.GetProperty("buyers").GetInt32()).ShouldBe(
                expected.GetValueOrDefault(variant.GetProperty("name").GetString()!)
            );
        variants.Sum(variant => variant.GetProperty("orders").GetInt32()).ShouldBe(5);
        variants.Sum(variant => variant.GetProperty("revenue").GetDecimal()).ShouldBe(50);
        variants[0].TryGetProperty("comparison", out _).ShouldBeFalse();
        var comparison = variants[1].GetProperty("comparison");
        comparison.GetProperty("decision").GetString().ShouldBe("undecided");
        comparison.GetProperty("text").GetString()!.ShouldContain("100 visitors");
        comparison.TryGetProperty("low", out _).ShouldBeFalse();

        // Merged histories are one visitor.
        await TrackAsync("identify", """{"anonymousId":"or-0","userId":"or-u"}""");
        await TrackAsync("identify", """{"anonymousId":"or-1","userId":"or-u"}""");
        var after = (await ResultsAsync("orders")).GetProperty("variants").EnumerateArray().ToList();
        after.Sum(variant => variant.GetProperty("visitors").GetInt32()).ShouldBe(9);
        after.Sum(variant => variant.GetProperty("orders").GetInt32()).ShouldBe(5);

        Task OrderAsync(int i, string order) =>
            TrackAsync(
                "track",
                $$"""{"anonymousId":"or-{{i}}","event":"Order Completed","properties":{"order_id":"{{order}}-{{i}}","total":10} }"""
            );
    }

    [Fact]
    public async Task An_answer_that_comes_with_an_event_is_in_the_experiment_and_one_to_a_machine_is_not()
    {
        await PutAsync("events", "home");
        async Task<string?> WithEventAsync(string who, string agent)
        {
            var (_, body) = await Server.PostAsync(
                "/v1/track?include=recommendations",
                $$$"""{"anonymousId":"{{{who}}}","event":"Product Viewed","context":{"userAgent":"{{{agent}}}"},"properties":{"product_id":"x-1"}}"""
            );
            return VariantIn(body.GetProperty("recommendations"));
        }
        var variant = await WithEventAsync("ev-1", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0");
        variant.ShouldNotBeNull();
        (await VariantAsync("anonymousId=ev-1", "home")).ShouldBe(variant);
        (await WithEventAsync("ev-2", "Googlebot/2.1")).ShouldBeNull();
        var results = await ResultsAsync("events");
        results.GetProperty("variants").EnumerateArray().Sum(one => one.GetProperty("visitors").GetInt32()).ShouldBe(1);
    }

    [Fact]
    public async Task A_variants_rules_stand_over_those_of_the_placement()
    {
        await Server.PutAsync(
            "/v1/products",
            string.Join('\n', Enumerable.Range(1, 4).Select(i => $$"""{"id":"ru-{{i}}","price":{{i}},"brand":"RuleBrand"}"""))
        );
        await Server.PutAsync(
            "/v1/recommendation-rules/checkout",
            """{"rules":{"include":"brand = \"RuleBrand\"","pin":[{"products":["ru-3"]}]},"by":"mia"}""",
            "application/json"
        );
        await PutAsync(
            "rules",
            "checkout",
            """[{"name":"as now","share":0.5,"kind":"default"},{"name":"without one","share":0.5,"kind":"rules","rules":{"pin":[],"exclude":[{"filter":"id = \"ru-1\""}]}}]"""
        );
        var answers = new Dictionary<string, string[]>();
        for (var i = 0; i < 12; i++)
        {
            var answer = await AskAsync($"anonymousId=ru-{i}", "checkout");
            answers[VariantIn(answer)!] =
            [
                .. answer.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("productId").GetString()!),
            ];
        }
        answers["as now"].Order().ShouldBe(["ru-1", "ru-2", "ru-3", "ru-4"]);
        answers["as now"][0].ShouldBe("ru-3");
        answers["without one"].Order().ShouldBe(["ru-2", "ru-3", "ru-4"]);

        var (_, tried) = await Server.PostAsync(
            "/v1/recommendation-rules/preview",
            """{"rules":{"pin":[{"products":["ru-2"]}]},"placement":"checkout","anonymousId":"ru-1"}"""
        );
        VariantIn(tried.GetProperty("draft")).ShouldBeNull("a draft is shown as it is");
    }

    [Fact]
    public async Task What_runs_stays_as_it_is_and_alone_on_its_placement()
    {
        var (status, begun) = await PutAsync("fixed", "email", version: 0);
        (status, begun.GetProperty("version").GetInt32(), begun.GetProperty("status").GetString()).ShouldBe((200, 1, "running"));
        var moved = Halves
            .Replace("0.5", "0.4", StringComparison.Ordinal)
            .Replace("0.4,\"kind\":\"c", "0.6,\"kind\":\"c", StringComparison.Ordinal);
        (await PutAsync("fixed", "email", moved)).Status.ShouldBe(409);
        var (rival, problem) = await PutAsync("rival", "EMAIL");
        (rival, problem.GetProperty("field").GetString()).ShouldBe((409, "placement"));
        problem.GetProperty("detail").GetString()!.ShouldContain("fixed");

        (await PutAsync("fixed", "email", status: "stopped", version: 1)).Status.ShouldBe(200);
        (await PutAsync("fixed", "email", version: 1)).Status.ShouldBe(409);
        var (_, resumed) = await PutAsync("fixed", "email", version: 2);
        resumed.GetProperty("begunAt").ShouldBe(begun.GetProperty("begunAt"), JsonText);
        await PutAsync("fixed", "email", status: "stopped");
        var (_, anew) = await PutAsync("fixed", "email", moved);
        anew.GetProperty("begunAt").GetDateTimeOffset().ShouldBeGreaterThan(begun.GetProperty("begunAt").GetDateTimeOffset());

        var all = (await Server.GetAsync("/v1/experiments")).Body.GetProperty("experiments").EnumerateArray();
        all.ShouldContain(one => one.GetProperty("id").GetString() == "fixed");
        (await Server.Http.DeleteAsync("/v1/experiments/fixed?by=mia")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await Server.GetAsync("/v1/experiments/fixed")).Status.ShouldBe(404);
        (await Server.GetAsync("/v1/experiments/fixed/results")).Status.ShouldBe(404);
        (await VariantAsync("anonymousId=fx", "email")).ShouldBeNull();
    }

    static readonly IEqualityComparer<JsonElement> JsonText = EqualityComparer<JsonElement>.Create(
        (a, b) => a.GetRawText() == b.GetRawText()
    );

    [Theory]
    [InlineData("""[{"name":"a","share":1,"kind":"default"}]""", "variants")]
    [InlineData("""[{"name":"a","share":0.5,"kind":"default"},{"name":"b","share":0.4,"kind":"none"}]""", "variants")]
    [InlineData("""[{"name":"a","share":0.5,"kind":"default"},{"name":"b","share":0,"kind":"none"}]""", "variants[1].share")]
    [InlineData("""[{"name":"a","share":0.5,"kind":"default"},{"name":"a","share":0.5,"kind":"none"}]""", "variants[1].name")]
    [InlineData("""[{"name":"a","share":0.5,"kind":"usual"},{"name":"b","share":0.5,"kind":"none"}]""", "variants[0].kind")]
    [InlineData("""[{"name":"a","share":0.5,"kind":"rules"},{"name":"b","share":0.5,"kind":"none"}]""", "variants[0].rules")]
    [InlineData(
        """[{"name":"a","share":0.5,"kind":"rules","rules":{"exploration":1}},{"name":"b","share":0.5,"kind":"none"}]""",
        "variants[0].rules.exploration"
    )]
    [InlineData("""[{"name":"a","shre":0.5,"kind":"none"},{"name":"b","share":0.5,"kind":"none"}]""", "variants[0].shre")]
    [InlineData("""[{"name":"a","share":"half","kind":"none"},{"name":"b","share":0.5,"kind":"none"}]""", "variants[0].share")]
    public async Task What_is_wrong_is_named_and_nothing_is_saved(string variants, string field)
    {
        var (status, problem) = await PutAsync("wrong", "home", variants);
        (status, problem.GetProperty("field").GetString()).ShouldBe((400, field));
        (await Server.GetAsync("/v1/experiments/wrong")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task A_placement_a_status_and_an_id_must_be_those_there_are()
    {
        (await PutAsync("wrong", "hall")).Body.GetProperty("field").GetString().ShouldBe("placement");
        (await PutAsync("wrong", "home", status: "paused")).Body.GetProperty("field").GetString().ShouldBe("status");
        (await PutAsync("a%20b", "home")).Body.GetProperty("field").GetString().ShouldBe("id");
    }

    [Fact]
    public void Experiments_divide_visitors_independently_of_each_other()
    {
        Variant[] halves = [new("a", 0.5, VariantKind.Default), new("b", 0.5, VariantKind.Control)];
        var (one, other) = (new Experiment("one", 1, Placement.Home, halves), new Experiment("other", 1, Placement.Cart, halves));
        var both = Enumerable
            .Range(0, 4_000)
            .Select(i => Experiment.KeyOf(null, $"v-{i}")!.Value)
            .CountBy(key => (one.VariantOf(key), other.VariantOf(key)));
        foreach (var (_, count) in both)
            count.ShouldBeInRange(880, 1_120);
    }
}
