using Microsoft.Extensions.DependencyInjection;
using Personalization.Ingestion;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Ingestion;

public sealed class IngestionProblemsTests
{
    [Fact]
    public async Task What_could_not_be_used_is_listed_with_its_shape_and_never_its_value()
    {
        await using var server = await TestServer.StartAsync();
        for (var i = 0; i < 2; i++)
            await server.PostAsync(
                "/v1/track",
                """{"userId":"u","event":"Order Completed","properties":{"total":"about 40 Euro","products":[{"id":"p","price":"x"}]}}"""
            );
        await server.PostAsync("/v1/batch", """{"batch":[{"type":"page","userId":"null"}]}""");
        await server.Services.GetRequiredService<IngestionProblems>().FlushAsync();

        var (status, answer) = await server.GetAsync("/v1/ingestion/problems");
        status.ShouldBe(200);
        answer
            .GetProperty("items")
            .EnumerateArray()
            .Select(one =>
                $"{one.GetProperty("source")} {one.GetProperty("kind")} {one.GetProperty("field")} {one.GetProperty("count")} {one.GetProperty("example")}"
            )
            .ShouldBe([
                "batch refused userId 1 ",
                "track not-a-number properties.products[].price 2 a",
                "track not-a-number properties.total 2 aaaaa 99 Aaaa",
            ]);
        var (_, page) = await server.GetAsync("/v1/ingestion/problems?limit=1");
        var (_, rest) = await server.GetAsync($"/v1/ingestion/problems?next={page.GetProperty("next").GetString()}&kind=refused");
        rest.GetProperty("items").GetArrayLength().ShouldBe(0);
        (await server.GetAsync("/v1/ingestion/problems?next=*")).Status.ShouldBe(400);
    }
}
