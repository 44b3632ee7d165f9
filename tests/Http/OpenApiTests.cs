using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Http;

/// <summary>The description at /openapi/v1.json is whole, and what the server answers is what it says.</summary>
public sealed partial class OpenApiTests(SharedServer shared) : IClassFixture<SharedServer>
{
    TestServer Server => shared.Server;

    [Fact]
    public async Task Every_operation_has_its_id_answers_problems_and_body()
    {
        var operations = Operations(await DescriptionAsync());
        operations.Count.ShouldBeGreaterThan(25);
        operations.Select(one => Text(one.Operation, "operationId")).ShouldBeUnique();
        foreach (var (path, method, operation) in operations)
        {
            var called = $"{method} {path}";
            Text(operation, "operationId").ShouldNotBeNullOrEmpty(called);
            Text(operation, "summary").ShouldNotBeNullOrEmpty(called);
            operation.GetProperty("tags").GetArrayLength().ShouldBe(1, called);
            var answers = operation.GetProperty("responses");
            (
                answers.TryGetProperty("204", out _)
                || (answers.TryGetProperty("200", out var good) || answers.TryGetProperty("202", out good))
                    && good.GetProperty("content").EnumerateObject().First().Value.GetProperty("schema").ValueKind
                        == JsonValueKind.Object
            ).ShouldBeTrue(called);
            var saysAll =
                path.EndsWith("{productId}", StringComparison.Ordinal) || path.EndsWith("/fetch", StringComparison.Ordinal);
            if (method is "post" or "put" && !saysAll)
                operation.GetProperty("requestBody").GetProperty("content").EnumerateObject().ShouldNotBeEmpty(called);
            if (operation.TryGetProperty("requestBody", out var body))
                answers.TryGetProperty("415", out _).ShouldBe(!body.GetProperty("content").TryGetProperty("*/*", out _), called);
            if (path.StartsWith("/health", StringComparison.Ordinal))
                continue;
            foreach (var problem in (string[])["401", "403", "500", "503"])
                Text(Schema(answers.GetProperty(problem), "application/problem+json"), "$ref")
                    .ShouldBe("#/components/schemas/Problem", $"{called} {problem}");
            if (operation.TryGetProperty("parameters", out var parameters) && parameters.EnumerateArray().Any(CanBeBad))
                answers.TryGetProperty("400", out _).ShouldBeTrue(called);
        }

        static bool CanBeBad(JsonElement parameter) => Text(parameter, "in") == "query";
    }

    [Theory]
    [InlineData("TrackCall", "event")]
    [InlineData("IdentifyCall", "")]
    [InlineData("GroupCall", "groupId")]
    [InlineData("BatchCall", "batch")]
    [InlineData("ConsentRequest", "granted")]
    [InlineData("OutcomeRequest", "outcome")]
    [InlineData("MergeRequest", "other,by")]
    [InlineData("VisitorTokenRequest", "")]
    [InlineData("ProductBody", "id")]
    [InlineData("RecordedResponse", "success")]
    [InlineData("WarningPrecision", "model,raised,right,wrong,actedUpon,pending,precision,meanRisk")]
    public async Task Only_what_is_needed_is_marked_as_required(string schema, string required)
    {
        var described = (await DescriptionAsync()).GetProperty("components").GetProperty("schemas").GetProperty(schema);
        var marked = described.TryGetProperty("required", out var names)
            ? names.EnumerateArray().Select(name => name.GetString())
            : [];
        string.Join(',', marked).ShouldBe(required);
        if (schema.EndsWith("Request", StringComparison.Ordinal))
            foreach (var name in marked)
                TypesOf(described.GetProperty("properties").GetProperty(name!).GetProperty("type"))
                    .ShouldNotContain("null", name);
    }

    [Theory]
    [InlineData("post", "/v1/track", "key | basic | basic+visitorToken")]
    [InlineData("get", "/v1/recommendations", "key | basic | visitorToken")]
    [InlineData("get", "/health/ready", "")]
    [InlineData("", "", "key | basic")]
    public async Task The_ways_to_show_a_key_are_described(string method, string path, string ways)
    {
        var description = await DescriptionAsync();
        var schemes = description.GetProperty("components").GetProperty("securitySchemes");
        (Text(schemes.GetProperty("key"), "scheme"), Text(schemes.GetProperty("basic"), "scheme")).ShouldBe(("bearer", "basic"));
        var described = method.Length == 0 ? description : description.GetProperty("paths").GetProperty(path).GetProperty(method);
        var alternatives = described
            .GetProperty("security")
            .EnumerateArray()
            .Select(way => string.Join('+', way.EnumerateObject().Select(scheme => scheme.Name)));
        string.Join(" | ", alternatives).ShouldBe(ways);
    }

    [Fact]
    public async Task Every_address_is_described_or_left_out_on_purpose()
    {
        var described = Operations(await DescriptionAsync())
            .Select(one => $"{one.Method.ToUpperInvariant()} {one.Path}")
            .ToHashSet();
        var mapped =
            from endpoint in Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            where !endpoint.Metadata.OfType<IExcludeFromDescriptionMetadata>().Any(mark => mark.ExcludeFromDescription)
            from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["ANY"]
            select $"{method} {ConstraintOf().Replace("/" + endpoint.RoutePattern.RawText!.Trim('/'), "")}";
        mapped.Where(address => !described.Contains(address)).ShouldBe(["ANY /metrics"]);
    }

    [GeneratedRegex(@":\w+(?=})")]
    private static partial Regex ConstraintOf();

    [Fact]
    public async Task Every_tag_says_what_its_calls_are_about()
    {
        foreach (var tag in (await DescriptionAsync()).GetProperty("tags").EnumerateArray())
            Text(tag, "description").ShouldNotBeNullOrEmpty(Text(tag, "name"));
    }

    [Fact]
    public async Task Texts_hold_no_entities_of_XML() =>
        (await Server.Http.GetStringAsync("/openapi/v1.json")).ShouldNotMatch(@"(&|\\u0026)(gt|lt|amp);");

    [Fact]
    public async Task What_the_server_answers_is_what_it_describes()
    {
        var description = await DescriptionAsync();
        var operations = Operations(description).ToDictionary(one => (one.Path, one.Method), one => one.Operation);
        foreach (var (method, template, path, body) in Calls)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            if (body is not null)
                request.Content = new StringContent(body, null, "application/json");
            using var answer = await Server.Http.SendAsync(request);
            var called = $"{method} {path}: {(int)answer.StatusCode}";
            var answers = operations[(template, method.ToLowerInvariant())].GetProperty("responses");
            answers.TryGetProperty($"{(int)answer.StatusCode}", out var described).ShouldBeTrue(called);
            if (answer.Content.Headers.ContentType is not { } type)
            {
                described.TryGetProperty("content", out _).ShouldBeFalse(called);
                continue;
            }
            var value = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            ShouldMatch(value, Schema(described, type.MediaType!), description, called);
        }
    }

    /// <summary>In order: the later ones are about what the earlier ones left.</summary>
    static readonly (string Method, string Template, string Path, string? Body)[] Calls =
    [
        (
            "PUT",
            "/v1/products",
            "/v1/products",
            """[{"id":"p-1","title":"Jacket","category":"A > B","price":"39.9","stock":3,"rating":4.5,"reviews":2,"attributes":{"color":"blue"}},{"id":"p-2","price":20},{"id":"p-3","price":"x"},7]"""
        ),
        ("PUT", "/v1/products", "/v1/products", "[7]"),
        ("GET", "/v1/products/{id}", "/v1/products/p-1", null),
        ("GET", "/v1/products/{id}", "/v1/products/none", null),
        (
            "POST",
            "/v1/identify",
            "/v1/identify",
            """{"userId":"ann","anonymousId":"a-1","traits":{"email":"ann@shop.test","age":5},"context":{"timezone":"Europe/Lisbon","campaign":{"source":"news"}}}"""
        ),
        (
            "POST",
            "/v1/track",
            "/v1/track",
            """{"userId":"ann","event":"Order Completed","timestamp":"2026-01-02T09:00:00Z","properties":{"order_id":"o-1","total":39.9,"products":[{"product_id":"p-1","price":39.9}]}}"""
        ),
        (
            "POST",
            "/v1/track",
            "/v1/track",
            """{"userId":"ann","event":"Product Added","properties":{"product_id":"p-2","price":20}}"""
        ),
        (
            "POST",
            "/v1/track",
            "/v1/track?include=recommendations,stage,churn,outreach",
            """{"userId":"ann","event":"Checkout Started","properties":{"order_id":"o-2","total":20,"products":[{"product_id":"p-2","price":20}]}}"""
        ),
        ("POST", "/v1/track", "/v1/track?include=nonsense", """{"userId":"ann","event":"x"}"""),
        ("POST", "/v1/page", "/v1/page", """{"anonymousId":"v-1","name":"Home"}"""),
        ("POST", "/v1/screen", "/v1/screen", """{"anonymousId":"v-1","name":"Home"}"""),
        ("POST", "/v1/group", "/v1/group", """{"userId":"ben","groupId":"g"}"""),
        ("POST", "/v1/alias", "/v1/alias", """{"userId":"ben","previousId":"v-1"}"""),
        ("POST", "/v1/alias", "/v1/alias", "{"),
        ("POST", "/v1/batch", "/v1/batch", """{"batch":[{"type":"track","userId":"ben","event":"x"},{"type":"dance"},7]}"""),
        ("GET", "/v1/customers/{id}", "/v1/customers/ann", null),
        ("GET", "/v1/customers/{id}", "/v1/customers/nobody", null),
        ("GET", "/v1/customers", "/v1/customers?limit=1", null),
        ("GET", "/v1/customers", "/v1/customers?limit=0", null),
        ("GET", "/v1/recommendations", "/v1/recommendations?userId=ann&limit=3", null),
        ("GET", "/v1/recommendations", "/v1/recommendations?placement=moon", null),
        (
            "PUT",
            "/v1/recommendation-rules/{placement}",
            "/v1/recommendation-rules/home",
            """{"by":"Mia","rules":{"pin":[{"products":["p-1"]}],"boost":[{"filter":"price > 5","factor":2}]}}"""
        ),
        (
            "PUT",
            "/v1/recommendation-rules/{placement}",
            "/v1/recommendation-rules/home",
            """{"by":"Mia","version":7,"rules":{}}"""
        ),
        ("GET", "/v1/recommendation-rules", "/v1/recommendation-rules", null),
        ("GET", "/v1/recommendation-rules/{placement}", "/v1/recommendation-rules/moon", null),
        ("GET", "/v1/recommendation-rules/{placement}/versions", "/v1/recommendation-rules/home/versions", null),
        (
            "POST",
            "/v1/recommendation-rules/{placement}/versions/{version}/restore",
            "/v1/recommendation-rules/home/versions/1/restore",
            """{"by":"Mia"}"""
        ),
        ("POST", "/v1/recommendation-rules/preview", "/v1/recommendation-rules/preview", """{"rules":{},"limit":2}"""),
        ("DELETE", "/v1/recommendation-rules/{placement}", "/v1/recommendation-rules/home?by=Mia", null),
        ("GET", "/v1/bundles", "/v1/bundles?productId=p-1&budget=100", null),
        ("GET", "/v1/warnings", "/v1/warnings?status=all", null),
        ("GET", "/v1/warnings", "/v1/warnings?status=none", null),
        ("GET", "/v1/warnings/precision", "/v1/warnings/precision", null),
        (
            "POST",
            "/v1/warnings/{id}/outcome",
            "/v1/warnings/00000000-0000-0000-0000-000000000001/outcome",
            """{"outcome":"contacted"}"""
        ),
        ("GET", "/v1/playbooks", "/v1/playbooks", null),
        ("GET", "/v1/playbooks/{id}/dry-run", "/v1/playbooks/abandoned-cart/dry-run", null),
        ("GET", "/v1/statistics", "/v1/statistics", null),
        ("GET", "/v1/attribution", "/v1/attribution?by=year", null),
        ("POST", "/v1/visitor-tokens", "/v1/visitor-tokens", """{"userId":"ann"}"""),
        ("POST", "/v1/visitor-tokens", "/v1/visitor-tokens", """{"userId":"ann","hours":"x"}"""),
        ("GET", "/v1/visitor", "/v1/visitor?userId=ann", null),
        ("GET", "/v1/visitor", "/v1/visitor?userId=nobody-here", null),
        ("POST", "/v1/customers/{id}/consent", "/v1/customers/ann/consent", """{"granted":true}"""),
        ("GET", "/v1/customers/{id}/never-show", "/v1/customers/ann/never-show", null),
        ("PUT", "/v1/customers/{id}/never-show/{productId}", "/v1/customers/ann/never-show/p-1", null),
        ("DELETE", "/v1/customers/{id}/never-show/{productId}", "/v1/customers/ann/never-show/p-1", null),
        ("POST", "/v1/customers/{id}/merge", "/v1/customers/ann/merge", """{"other":"ben","by":"Mia"}"""),
        ("POST", "/v1/customers/{id}/unmerge", "/v1/customers/ann/unmerge", """{"other":"12","by":"Mia"}"""),
        ("DELETE", "/v1/customers/{id}", "/v1/customers/ann", null),
        ("GET", "/v1/feeds", "/v1/feeds", null),
        ("POST", "/v1/feeds/{name}/fetch", "/v1/feeds/none/fetch", null),
        ("POST", "/v1/webhooks/shopify", "/v1/webhooks/shopify", "{}"),
        ("POST", "/v1/webhooks/woocommerce", "/v1/webhooks/woocommerce", "{}"),
        (
            "POST",
            "/mp/collect",
            $"/mp/collect?api_secret={TestServer.SecretKey}",
            """{"client_id":"g-1","events":[{"name":"login"}]}"""
        ),
        ("POST", "/mp/collect", "/mp/collect?api_secret=none", "{}"),
        (
            "POST",
            "/debug/mp/collect",
            $"/debug/mp/collect?api_secret={TestServer.SecretKey}",
            """{"client_id":"g-1","events":[{"name":"view_item"}]}"""
        ),
        ("GET", "/health/live", "/health/live", null),
        ("GET", "/health/ready", "/health/ready", null),
    ];

    static void ShouldMatch(JsonElement value, JsonElement schema, JsonElement description, string at)
    {
        schema = Resolve(schema, value, description);
        switch (value.ValueKind)
        {
            case JsonValueKind.Object when schema.TryGetProperty("properties", out var properties):
                foreach (var property in value.EnumerateObject())
                {
                    properties.TryGetProperty(property.Name, out var described).ShouldBeTrue($"{at}.{property.Name}");
                    ShouldMatch(property.Value, described, description, $"{at}.{property.Name}");
                }
                if (schema.TryGetProperty("required", out var required))
                    foreach (var name in required.EnumerateArray())
                        value.TryGetProperty(name.GetString()!, out _).ShouldBeTrue($"{at}.{name} is required");
                break;
            case JsonValueKind.Array when schema.TryGetProperty("items", out var items):
                foreach (var item in value.EnumerateArray())
                    ShouldMatch(item, items, description, $"{at}[]");
                break;
            default:
                if (schema.TryGetProperty("type", out var types))
                    TypesOf(types).ShouldContain(TypeOf(value), at);
                break;
        }
    }

    /// <summary>What a reference points to, and of alternatives the one that the value is of.</summary>
    static JsonElement Resolve(JsonElement schema, JsonElement value, JsonElement description)
    {
        if (schema.TryGetProperty("oneOf", out var alternatives))
            schema = alternatives
                .EnumerateArray()
                .Single(one =>
                    (one.TryGetProperty("type", out var type) && type.GetString() == "null")
                    == (value.ValueKind == JsonValueKind.Null)
                );
        return Text(schema, "$ref") is { } reference
            ? description.GetProperty("components").GetProperty("schemas").GetProperty(reference.Split('/')[^1])
            : schema;
    }

    static string[] TypesOf(JsonElement types)
    {
        var names = types.ValueKind == JsonValueKind.String ? [types.GetString()!] : types.Deserialize<string[]>()!;
        return names.Contains("number") ? [.. names, "integer"] : names;
    }

    static string TypeOf(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.True or JsonValueKind.False => "boolean",
            JsonValueKind.Number => value.TryGetInt64(out _) ? "integer" : "number",
            var kind => kind.ToString().ToLowerInvariant(),
        };

    async Task<JsonElement> DescriptionAsync() => (await Server.GetAsync("/openapi/v1.json")).Body;

    static List<(string Path, string Method, JsonElement Operation)> Operations(JsonElement description) =>
        [
            .. from path in description.GetProperty("paths").EnumerateObject()
            from operation in path.Value.EnumerateObject()
            select (path.Name, operation.Name, operation.Value),
        ];

    static JsonElement Schema(JsonElement answer, string type) =>
        answer.GetProperty("content").GetProperty(type).GetProperty("schema");

    static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var text) ? text.GetString() : null;
}
