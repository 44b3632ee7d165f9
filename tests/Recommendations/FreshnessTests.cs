using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Projections;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Recommendations;

/// <summary>How soon an answer knows what was done: one's own acts in the same call, others' as soon as the index has counted them.</summary>
public sealed class FreshnessTests
{
    const int Rounds = 10;

    [Fact]
    public async Task What_another_customer_does_is_in_every_answer_once_the_index_has_it_and_ones_own_act_in_the_same_call()
    {
        await using var server = await TestServer.StartAsync();
        var index = server.Services.GetRequiredService<IndexService>();
        for (var round = 0; round < Rounds; round++)
        {
            var (page, other) = ($"p-{round}", $"q-{round}");
            await ViewAsync(server, $"somebody-{round}", page);
            Related(await PageAsync(server, page), other).ShouldBeFalse();
            var acknowledged = (await ViewAsync(server, $"somebody-{round}", other)).GetProperty("position").GetInt64();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (index.Position < acknowledged)
                await Task.Delay(1, patience.Token);
            Related(await PageAsync(server, page), other).ShouldBeTrue();

            var answer = await ViewAsync(server, $"me-{round}", page, "recommendations");
            answer
                .GetProperty("recommendations")
                .GetProperty("items")
                .EnumerateArray()
                .ShouldContain(item =>
                    item.GetProperty("productId").GetString() == other
                    && Kind(item) == "because-viewed"
                    && item.GetProperty("reason").GetProperty("productIds")[0].GetString() == page
                );
        }
    }

    static async Task<JsonElement> ViewAsync(TestServer server, string visitor, string product, string include = "stage")
    {
        var (status, answer) = await server.PostAsync(
            $"/v1/track?include={include}",
            $$"""{"anonymousId":"{{visitor}}","event":"Product Viewed","properties":{"product_id":"{{product}}"} }"""
        );
        status.ShouldBe(200);
        return answer;
    }

    static async Task<JsonElement> PageAsync(TestServer server, string product) =>
        (await server.GetAsync($"/v1/recommendations?placement=product&productId={product}&limit=100")).Body;

    static bool Related(JsonElement answer, string product) =>
        answer
            .GetProperty("items")
            .EnumerateArray()
            .Any(item => item.GetProperty("productId").GetString() == product && Kind(item) == "related-to");

    static string? Kind(JsonElement item) => item.GetProperty("reason").GetProperty("kind").GetString();
}
