using Personalization.Tracking;
using Shouldly;
using Xunit;
using static Personalization.Tests.Tracking.TrackingExamples;

namespace Personalization.Tests.Tracking;

public class BadCallTests
{
    [Fact]
    public void An_event_about_a_product_names_it()
    {
        Track("Product Viewed", """{"name":"Rain jacket"}""").Problem!.Field.ShouldBe("properties.product_id");
        Read(CallType.Track, """{"userId":"c","event":"Product Viewed"}""").Problem!.Field.ShouldBe("properties.product_id");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("NULL")]
    [InlineData("Anonymous")]
    [InlineData("undefined")]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("---")]
    [InlineData("")]
    [InlineData(" \\t\\u00a0")]
    [InlineData(" null ")]
    public void A_name_of_nobody_is_absent_beside_a_good_one_and_refused_alone(string name)
    {
        var visitor = Read(CallType.Page, $$"""{"userId":"{{name}}","anonymousId":"a-1"}""").Call!;
        (visitor.UserId, visitor.AnonymousId).ShouldBe((null, "a-1"));
        var user = Read(CallType.Page, $$"""{"userId":"c-1","anonymousId":"{{name}}"}""").Call!;
        (user.UserId, user.AnonymousId).ShouldBe(("c-1", null));

        Read(CallType.Page, $$"""{"userId":"{{name}}"}""").Problem!.Field.ShouldBe("userId");
        Read(CallType.Page, $$"""{"anonymousId":"{{name}}"}""").Problem!.Field.ShouldBe("anonymousId");
        Read(CallType.Page, $$"""{"userId":"{{name}}","anonymousId":"{{name}}"}""").Problem!.Field.ShouldBe("userId");
        Read(CallType.Alias, $$"""{"userId":"c-1","previousId":"{{name}}"}""").Problem!.Field.ShouldBe("previousId");
    }

    [Theory]
    [InlineData("userId or anonymousId", CallType.Page, "{}")]
    [InlineData("userId or anonymousId", CallType.Page, """{"userId":null}""")]
    [InlineData("userId or anonymousId", CallType.Page, """{"userId":{}}""")]
    [InlineData("userId", CallType.Page, """{"userId":{"id":1}}""")]
    [InlineData("userId", CallType.Page, """{"userId":true}""")]
    [InlineData("previousId", CallType.Alias, """{"userId":"c-1"}""")]
    [InlineData("userId", CallType.Alias, """{"previousId":"a-1","anonymousId":"a-1"}""")]
    [InlineData("groupId", CallType.Group, """{"userId":"c-1"}""")]
    [InlineData("event", CallType.Track, """{"userId":"c-1"}""")]
    [InlineData("event", CallType.Track, """{"userId":"c-1","event":"  "}""")]
    [InlineData("event", CallType.Track, """{"userId":"c-1","event":[]}""")]
    public void A_field_of_the_call_that_cannot_be_used_is_named(string field, CallType type, string json) =>
        Read(type, json).Problem!.Field.ShouldBe(field);

    [Theory]
    [InlineData("userId", 255)]
    [InlineData("anonymousId", 255)]
    [InlineData("messageId", 100)]
    [InlineData("event", 200)]
    [InlineData("properties.order_id", 255)]
    [InlineData("properties.product_id", 255)]
    [InlineData("properties.reason", 255)]
    public void A_field_may_be_as_long_as_its_limit_and_no_longer(string field, int longest)
    {
        ParsedCall WithLength(int length)
        {
            var text = new string('é', length);
            var name = field.Split('.')[^1];
            var inside = field.StartsWith("properties.", StringComparison.Ordinal);
            var properties = inside ? $$""","properties":{"{{name}}":"{{text}}"}""" : $$""","{{name}}":"{{text}}" """;
            return Read(CallType.Track, $$"""{"userId":"c","event":"Order Cancelled"{{properties}}}""");
        }

        WithLength(longest).Problem.ShouldBeNull();
        WithLength(longest + 1).Problem!.Field.ShouldBe(field);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("{\"userId\":\"c\"")]
    [InlineData("{\"userId\":\"c\"} x")]
    [InlineData("{\"userId\":NaN}")]
    [InlineData("userId=c")]
    public void What_is_no_JSON_object_is_refused_as_a_whole(string body)
    {
        var problem = Read(CallType.Page, body).Problem!;

        problem.Status.ShouldBe(400);
        problem.Field.ShouldBeNull();
        problem.Type.ShouldBe("/problems/bad-body");
    }

    [Fact]
    public void What_is_nested_too_deeply_is_refused()
    {
        static string Nested(int depth) => $$"""{"extra":{{new string('[', depth)}}{{new string(']', depth)}},"userId":"c"}""";

        Read(CallType.Page, Nested(60)).Problem.ShouldBeNull();
        Read(CallType.Page, Nested(70)).Problem!.Status.ShouldBe(400);
    }

    [Fact]
    public void Broken_UTF_8_is_refused_with_the_place()
    {
        byte[] body = [.. "{\"userId\":\"c"u8, 0xC3, .. "\"}"u8];

        TrackingParser.Call(CallType.Page, body, ReceivedAt).Problem!.Detail.ShouldContain("byte 12");
    }

    [Fact]
    public void An_event_may_have_32_KB_and_no_more()
    {
        static ParsedCall OfSize(int bytes)
        {
            const string frame = """{"userId":"c","x":""}""";
            return Read(CallType.Page, frame.Replace("\"\"", $"\"{new string('x', bytes - frame.Length)}\""));
        }

        OfSize(TrackingParser.MaxEventBytes).Problem.ShouldBeNull();
        OfSize(TrackingParser.MaxEventBytes + 1).Problem!.Status.ShouldBe(413);
    }

    [Fact]
    public void A_problem_never_repeats_what_was_sent()
    {
        const string secret = "ana-at-home";
        string[] bodies =
        [
            $$"""{"userId":"c","event":"x","timestamp":"{{secret}}"}""",
            $$$"""{"userId":"c","event":"Order Completed","properties":{"total":"{{{secret}}}"}}""",
            $$$"""{"userId":"c","event":"Order Completed","properties":{"currency":"{{{secret}}}"}}""",
            $$"""{"userId":"{{string.Concat(Enumerable.Repeat(secret, 30))}}","event":"x"}""",
            $$"""{"userId":{{secret}}}""",
        ];
        foreach (var body in bodies)
        {
            var read = Read(CallType.Track, body);
            var told = read.Problem is { } problem
                ? System.Text.Json.JsonSerializer.Serialize(problem, Personalization.Hosting.ApiJson.Default.Problem)
                : string.Join(' ', read.Call!.Warnings!.Select(one => $"{one.Field} {one.Message} {one.Shape}"));
            told.ShouldNotBeEmpty();
            told.ShouldNotContain("ana-at");
        }
    }
}
