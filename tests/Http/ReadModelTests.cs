using Microsoft.Extensions.DependencyInjection;
using Personalization.Journal;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>Lists and sums kept event by event equal those built from the journal at once, whatever happened: joins, splits, erasures.</summary>
public sealed class ReadModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_was_kept_step_by_step_equals_what_is_built_anew(int seed)
    {
        using var directory = new TempDirectory();
        string kept;
        await using (var server = await TestServer.StartAsync(directory.Path))
        {
            await HappenAsync(server, new Random(seed));
            kept = await SeenAsync(server);
        }
        foreach (var file in Directory.GetFiles(directory.Path, "views.db*"))
            File.Delete(file);
        await using var again = await TestServer.StartAsync(directory.Path);
        (await SeenAsync(again)).ShouldBe(kept);
    }

    static async Task HappenAsync(TestServer server, Random random)
    {
        var merged = new List<(string Target, string Source)>();
        for (var i = 0; i < 250; i++)
        {
            var (user, visitor) = ($"u{random.Next(12)}", $"a{random.Next(12)}");
            var then = DateTimeOffset.UtcNow.AddMinutes(-random.Next(200_000)).ToString("O");
            switch (random.Next(12))
            {
                case 0 or 1 or 2:
                    await server.PostAsync(
                        "/v1/track",
                        $$"""{"anonymousId":"{{visitor}}","timestamp":"{{then}}","event":"Product Viewed","properties":{"product_id":"p{{random.Next(9)}}"},"context":{"campaign":{"source":"s{{random.Next(3)}}"} } }"""
                    );
                    break;
                case 3 or 4 or 5:
                    await server.PostAsync(
                        "/v1/track",
                        $$"""{"userId":"{{user}}","timestamp":"{{then}}","event":"Order Completed","properties":{"order_id":"o{{random.Next(60)}}","total":{{random.Next(1, 90)}},"products":[{"product_id":"p1","price":5}]} }"""
                    );
                    break;
                case 6:
                    await server.PostAsync(
                        "/v1/track",
                        $$"""{"userId":"{{user}}","timestamp":"{{then}}","event":"Order Cancelled","properties":{"order_id":"o{{random.Next(60)}}","total":{{random.Next(1, 90)}}} }"""
                    );
                    break;
                case 7 or 8:
                    await server.PostAsync(
                        "/v1/identify",
                        $$"""{"userId":"{{user}}","anonymousId":"{{visitor}}","timestamp":"{{then}}"}"""
                    );
                    break;
                case 9:
                    var (status, answer) = await server.PostAsync(
                        $"/v1/customers/{user}/merge",
                        $$"""{"other":"u{{random.Next(12)}}","by":"Mia"}"""
                    );
                    if (status == 200 && answer.GetProperty("merged").GetBoolean())
                        merged.Add((user, answer.GetProperty("source").GetString()!));
                    break;
                case 10 when merged.Count > 0:
                    var (target, source) = merged[random.Next(merged.Count)];
                    (
                        await server.PostAsync($"/v1/customers/{target}/unmerge", $$"""{"other":"{{source}}","by":"Mia"}""")
                    ).Status.ShouldBeOneOf(200, 404, 409);
                    break;
                case 11 when random.Next(3) == 0:
                    using (var erased = await server.Http.DeleteAsync($"/v1/customers/{user}"))
                        ((int)erased.StatusCode).ShouldBeOneOf(200, 404);
                    break;
            }
        }
    }

    static async Task<string> SeenAsync(TestServer server)
    {
        await server.ReadyAsync();
        var position = await server.Services.GetRequiredService<IStore>().LastPositionAsync();
        var totals = (await server.GetAsync($"/v1/statistics?minPosition={position}")).Body;
        var customers = (await server.GetAsync("/v1/customers?limit=500"))
            .Body.GetProperty("customers")
            .EnumerateArray()
            .Select(row => row.GetRawText());
        totals.GetProperty("events").GetInt32().ShouldBeGreaterThan(50);
        // Somebody may be woken meanwhile, and warned about: the position moves, and none of these sums.
        var sums = totals.EnumerateObject().Where(one => one.Name != "position").Select(one => one.ToString());
        var sources = (await server.GetAsync("/v1/attribution?by=year")).Body.GetProperty("periods").GetRawText();
        return string.Join('\n', sums.Concat(customers).Append(sources));
    }
}
