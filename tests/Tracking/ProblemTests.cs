using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Personalization.Hosting;
using Personalization.Problems;
using Personalization.Tracking;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Tracking;

public class ProblemTests
{
    [Fact]
    public async Task A_problem_is_answered_as_RFC_9457_says_with_field_remedy_and_errors()
    {
        var (context, json) = await Answer(
            Problem.BadItems([new ItemProblem(3, "userId", "is missing", "Send it.")]) with
            {
                Field = "batch",
            }
        );

        context.Response.StatusCode.ShouldBe(400);
        context.Response.ContentType.ShouldBe("application/problem+json");
        json.GetProperty("type").GetString().ShouldBe("/problems/bad-items");
        json.GetProperty("status").GetInt32().ShouldBe(400);
        json.GetProperty("field").GetString().ShouldBe("batch");
        json.GetProperty("errors")[0].GetProperty("index").GetInt32().ShouldBe(3);
        json.GetProperty("errors")[0].GetProperty("field").GetString().ShouldBe("userId");
    }

    [Fact]
    public async Task When_to_try_again_stands_in_the_header_and_not_in_the_body()
    {
        var (context, json) = await Answer(Problem.Unavailable("The server is starting.", 7));

        context.Response.StatusCode.ShouldBe(503);
        context.Response.Headers.RetryAfter.ToString().ShouldBe("7");
        json.TryGetProperty("retryAfter", out _).ShouldBeFalse();
        json.TryGetProperty("errors", out _).ShouldBeFalse();
    }

    [Fact]
    public void The_browser_client_is_told_of_one_integration_only()
    {
        var settings = JsonSerializer.SerializeToElement(
            ClientSettings.Of("K\"1", "http", "shop.test:8080"),
            ApiJson.Default.ClientSettings
        );

        var integrations = settings.GetProperty("integrations");
        integrations.EnumerateObject().Count().ShouldBe(1);
        var own = integrations.GetProperty("Segment.io");
        own.GetProperty("apiKey").GetString().ShouldBe("K\"1");
        own.GetProperty("apiHost").GetString().ShouldBe("shop.test:8080/v1");
        own.GetProperty("protocol").GetString().ShouldBe("http");
    }

    static async Task<(HttpContext Context, JsonElement Json)> Answer(Problem problem)
    {
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;
        await problem.ExecuteAsync(context);
        using var json = JsonDocument.Parse(body.ToArray());
        return (context, json.RootElement.Clone());
    }
}
