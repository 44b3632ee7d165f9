using System.Text.RegularExpressions;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>A parameter that an address does not know is refused and never ignored; an empty one counts as absent.</summary>
public sealed class QueryParameterTests(SharedServer shared) : IClassFixture<SharedServer>
{
    TestServer Server => shared.Server;

    [Theory]
    [InlineData("/v1/recommendations?placment=foo", "placment", "placement")]
    [InlineData("/v1/recommendations?user_id=ann", "user_id", "userId")]
    [InlineData("/v1/recommendations?anonymousID=a&produktId=p", "produktId", "productId")]
    [InlineData("/v1/customers?minposition=0&byers=true", "byers", "buyers")]
    [InlineData("/v1/warnings?policies=churn", "policies", "policy")]
    [InlineData("/v1/attribution?form=2026-01-01", "form", "from")]
    [InlineData("/v1/quarantine?limits=1", "limits", "limit")]
    [InlineData("/v1/visitor?userid=ann&anonymous=a", "anonymous", "anonymousId")]
    public async Task A_misspelt_parameter_is_refused_with_the_nearest_known_name(string path, string sent, string meant)
    {
        var (status, problem) = await Server.GetAsync(path);
        (status, problem.GetProperty("type").GetString()).ShouldBe((400, "/problems/unknown-parameter"));
        problem.GetProperty("field").GetString().ShouldBe(sent);
        problem.GetProperty("remedy").GetString()!.ShouldStartWith($"Did you mean {meant}? The parameters of this address are ");
    }

    [Fact]
    public async Task What_is_like_no_parameter_is_refused_with_the_list_of_those_there_are()
    {
        (await Server.GetAsync("/v1/bundles?budget=9&colour=blue"))
            .Body.GetProperty("remedy")
            .GetString()
            .ShouldBe(
                "The parameters of this address are anonymousId, budget, fields, filter, language, limit, productId, userId."
            );
        (await Server.GetAsync("/v1/products/p-1?verbose"))
            .Body.GetProperty("remedy")
            .GetString()
            .ShouldBe("This address takes none.");
        (await Server.GetAsync($"/v1/playbooks?{new string('x', 3000)}=1"))
            .Body.GetProperty("field")
            .GetString()!
            .Length.ShouldBe(65);
        (await Server.PutAsync("/v1/products?dryRun=true", """{"id":"p-1"}""")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task A_parameter_given_twice_is_refused_where_one_is_taken()
    {
        var (status, problem) = await Server.GetAsync("/v1/warnings?limit=5&Limit=6");
        (status, problem.GetProperty("field").GetString()!.ToLowerInvariant()).ShouldBe((400, "limit"));
        problem.GetProperty("detail").GetString()!.ShouldEndWith("is given more than once.");
    }

    [Theory]
    [InlineData("/v1/recommendations?userId=&anonymousId=a-1&category=&limit=")]
    [InlineData("/v1/customers?known=&next=&minPosition=")]
    [InlineData("/v1/attribution?from=&to=&by=")]
    public async Task An_empty_value_counts_as_absent(string path) => (await Server.GetAsync(path)).Status.ShouldBe(200);

    [Theory]
    [InlineData("/v1/track?writeKey=k&_=1764300000")]
    [InlineData("/v1/t?sdk=1.2&sdk=3")]
    [InlineData("/v1/b?_=1")]
    public async Task Tracking_takes_the_parameters_that_clients_add(string path)
    {
        const string call = """{"type":"track","anonymousId":"q","event":"x"}""";
        var body = path.StartsWith("/v1/b", StringComparison.Ordinal) ? $$"""{"batch":[{{call}}]}""" : call;
        (await Server.PostAsync(path, body, TestServer.WriteKey)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_stranger_is_told_of_the_key_first()
    {
        using var stranger = new HttpClient { BaseAddress = Server.Http.BaseAddress };
        ((int)(await stranger.GetAsync("/v1/customers?what=1")).StatusCode).ShouldBe(401);
        ((int)(await stranger.GetAsync("/health/live?probe=1")).StatusCode).ShouldBe(200);
    }

    [Fact]
    public async Task What_the_description_names_is_what_each_address_takes()
    {
        var paths = (await Server.GetAsync("/openapi/v1.json")).Body.GetProperty("paths").EnumerateObject().ToList();
        foreach (
            var path in paths.Where(path =>
                path.Value.TryGetProperty("get", out _) && path.Name.StartsWith("/v1", StringComparison.Ordinal)
            )
        )
        {
            var described = path.Value.GetProperty("get").TryGetProperty("parameters", out var parameters)
                ? parameters.EnumerateArray().Where(one => one.GetProperty("in").GetString() == "query")
                : [];
            var names = string.Join(
                ", ",
                described.Select(one => one.GetProperty("name").GetString()).Order(StringComparer.Ordinal)
            );
            (await Server.GetAsync(Regex.Replace(path.Name, "{[^}]+}", $"{Guid.Empty}") + "?zzzzzzzzzzzz"))
                .Body.GetProperty("remedy")
                .GetString()
                .ShouldBe(
                    names.Length > 0 ? $"The parameters of this address are {names}." : "This address takes none.",
                    path.Name
                );
        }
    }
}
