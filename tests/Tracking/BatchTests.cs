using System.Text;
using Personalization.Tracking;
using Shouldly;
using Xunit;
using static Personalization.Tests.Tracking.TrackingExamples;

namespace Personalization.Tests.Tracking;

public class BatchTests
{
    const string Good = """{"type":"page","userId":"c-1"}""";

    [Fact]
    public void Every_type_of_item_is_read_in_its_order()
    {
        var batch = Batch(
            """
            {"batch":[
              {"type":"identify","userId":"c","traits":{"email":"ana@shop.test"}},
              {"type":"track","userId":"c","event":"Product Added","properties":{"product_id":"p-55"}},
              {"type":"page","userId":"c"},{"type":"screen","userId":"c"},
              {"type":"group","userId":"c","groupId":"g"},{"type":"alias","userId":"c","previousId":"a"}],
             "writeKey":"K"}
            """
        );

        batch.Problem.ShouldBeNull();
        batch.Errors.ShouldBeEmpty();
        batch.WriteKey.ShouldBe("K");
        batch
            .Calls.Select(c => c.Type)
            .ShouldBe([CallType.Identify, CallType.Track, CallType.Page, CallType.Screen, CallType.Group, CallType.Alias]);
        batch.Calls.Select(c => c.Index).ShouldBe([0, 1, 2, 3, 4, 5]);
        batch.Calls.ShouldAllBe(c => c.Message == 0);
    }

    [Fact]
    public void Bad_items_are_named_and_the_good_ones_kept()
    {
        var deep = $$"""{"type":"page","x":{{new string('[', 80)}}{{new string(']', 80)}},"userId":"c"}""";
        var large = $$"""{"type":"page","userId":"c","x":"{{new string('x', TrackingParser.MaxEventBytes)}}"}""";
        const string unnamed = """{"type":"track","userId":"c","event":"Product Added","properties":{"price":1}}""";
        var batch = Batch(
            $$"""
            {"batch":[{{Good}},{"type":"page"},{"type":"dance","userId":"c"},{"userId":"c"},7,{{Good}},{{deep}},{{large}},
             {{unnamed}},{{Good}}]}
            """
        );

        batch.Problem.ShouldBeNull();
        batch.Calls.Select(c => c.Index).ShouldBe([0, 5, 9]);
        batch.Errors.Select(e => e.Index).ShouldBe([1, 2, 3, 4, 6, 7, 8]);
        batch
            .Errors.Select(e => e.Field)
            .ShouldBe(["userId or anonymousId", "type", "type", null, null, null, "properties.product_id"]);
        batch.Errors.ShouldAllBe(e => e.Message.Length > 0 && e.Remedy.Length > 0);
    }

    [Fact]
    public void Broken_UTF_8_in_one_item_harms_no_other()
    {
        byte[] body =
        [
            .. "{\"batch\":["u8,
            .. Encoding.UTF8.GetBytes(Good),
            .. ",{\"type\":\"page\",\"userId\":\""u8,
            0xFF,
            .. "\"}]}"u8,
        ];

        var batch = TrackingParser.Batch(body, ReceivedAt);

        batch.Calls.Count.ShouldBe(1);
        batch.Errors.Single().Index.ShouldBe(1);
        batch.Errors.Single().Message.ShouldContain("UTF-8");
    }

    [Fact]
    public void Broken_UTF_8_outside_the_items_is_the_whole_batch_s_problem()
    {
        byte[] body = [.. "{\"writeKey\":\""u8, 0xFF, .. "\",\"batch\":["u8, .. Encoding.UTF8.GetBytes(Good), .. "]}"u8];

        TrackingParser.Batch(body, ReceivedAt).Problem!.Detail.ShouldContain("byte 13");
    }

    [Fact]
    public void A_batch_s_context_fills_what_its_items_do_not_say()
    {
        var batch = Batch(
            """
            {"batch":[{"type":"page","userId":"c","context":{"locale":"pt-PT"}},{"type":"page","userId":"c"}],
             "context":{"locale":"en","timezone":"Europe/Lisbon","campaign":{"source":"news"}}}
            """
        );

        batch.Calls.Select(c => c.Personal!.Locale).ShouldBe(["pt-PT", "en"]);
        batch.Calls.ShouldAllBe(c => c.Personal!.TimeZone == "Europe/Lisbon" && c.Source!.Source == "news");
    }

    [Theory]
    [InlineData("{}", "batch")]
    [InlineData("""{"batch":{}}""", "batch")]
    [InlineData("""{"batch":null}""", "batch")]
    [InlineData("[]", null)]
    [InlineData("", null)]
    [InlineData("""{"batch":[{"type":"page","userId":"c"}""", null)]
    [InlineData("""{"batch":[],"writeKey":{}}""", "writeKey")]
    public void A_bad_envelope_is_one_problem_for_the_whole(string body, string? field)
    {
        var batch = Batch(body);

        batch.Problem!.Status.ShouldBe(400);
        batch.Problem.Field.ShouldBe(field);
        batch.Calls.ShouldBeEmpty();
        batch.Errors.ShouldBeEmpty();
    }

    [Fact]
    public void A_batch_may_have_2500_events_and_500_KB_and_no_more()
    {
        static string Of(int count) => $$"""{"batch":[{{string.Join(',', Enumerable.Repeat(Good, count))}}]}""";

        Batch(Of(2500)).Calls.Count.ShouldBe(2500);
        Batch(Of(2501)).Problem!.Status.ShouldBe(413);
        Batch(Of(1) + new string(' ', TrackingParser.MaxBatchBytes)).Problem!.Status.ShouldBe(413);
    }

    [Fact]
    public void An_empty_batch_is_no_problem()
    {
        var batch = Batch("""{"batch":[]}""");

        batch.Problem.ShouldBeNull();
        batch.Calls.ShouldBeEmpty();
    }
}
