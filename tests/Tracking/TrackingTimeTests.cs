using Personalization.Events;
using Personalization.Tracking;
using Shouldly;
using Xunit;
using static Personalization.Tests.Tracking.TrackingExamples;

namespace Personalization.Tests.Tracking;

/// <summary>The server received at 09:05:00.</summary>
public class TrackingTimeTests
{
    [Theory]
    // The sender's clock is an hour late: what happened a minute before sending happened at 09:04.
    [InlineData("\"timestamp\":\"2026-03-02T07:59:00Z\",\"sentAt\":\"2026-03-02T08:00:00Z\"", "2026-03-02T09:04:00Z")]
    // Years ahead, and still only a minute before sending.
    [InlineData("\"timestamp\":\"2031-03-02T07:59:00Z\",\"sentAt\":\"2031-03-02T08:00:00Z\"", "2026-03-02T09:04:00Z")]
    [InlineData("\"originalTimestamp\":\"2026-03-02T07:59:00Z\",\"sentAt\":\"2026-03-02T08:00:00Z\"", "2026-03-02T09:04:00Z")]
    // Nobody said when it was sent.
    [InlineData("\"timestamp\":\"2026-03-02T07:59:00Z\"", "2026-03-02T07:59:00Z")]
    [InlineData("\"timestamp\":\"2026-03-02T08:59:00.500+01:00\"", "2026-03-02T07:59:00.500Z")]
    [InlineData("\"timestamp\":\"2026-03-02T07:59:00\"", "2026-03-02T07:59:00Z")]
    [InlineData("\"timestamp\":\"2026-03-02\"", "2026-03-02T00:00:00Z")]
    // Whoever passed it on corrected it already.
    [InlineData("\"timestamp\":\"2026-03-01T10:00:00Z\",\"originalTimestamp\":\"2026-03-01T11:00:00Z\"", "2026-03-01T10:00:00Z")]
    [InlineData("\"sentAt\":\"2026-03-02T08:00:00Z\"", "2026-03-02T09:05:00Z")]
    [InlineData("\"timestamp\":null", "2026-03-02T09:05:00Z")]
    // History is welcome, and so is a clock that is a little ahead.
    [InlineData("\"timestamp\":\"1990-01-01T00:00:00Z\"", "1990-01-01T00:00:00Z")]
    [InlineData("\"timestamp\":\"1970-01-01T00:00:00Z\"", "1970-01-01T00:00:00Z")]
    [InlineData("\"timestamp\":\"2026-03-03T09:05:00Z\"", "2026-03-03T09:05:00Z")]
    public void The_time_is_corrected_by_when_it_was_sent(string fields, string expected)
    {
        var call = Read(CallType.Page, $$"""{"userId":"c",{{fields}}}""").Call!;

        call.Time.ShouldBe(Milliseconds(expected));
        call.Marks.ShouldBe(EventMarks.None);
    }

    [Fact]
    public void More_than_a_day_ahead_becomes_the_time_of_receipt_and_is_marked()
    {
        var call = Read(CallType.Page, """{"userId":"c","timestamp":"2026-03-03T09:05:00.001Z"}""").Call!;

        call.Time.ShouldBe(ReceivedAt);
        call.Marks.ShouldBe(EventMarks.TimeReplaced);
    }

    [Theory]
    [InlineData("timestamp", "\"yesterday\"")]
    [InlineData("timestamp", "true")]
    [InlineData("timestamp", "\"1969-12-31T23:59:59Z\"")]
    [InlineData("originalTimestamp", "{\"$date\":1}")]
    public void A_time_that_cannot_be_used_is_named_and_becomes_the_time_of_receipt(string field, string value)
    {
        var call = Read(CallType.Page, $$"""{"userId":"c","{{field}}":{{value}}}""").Call!;

        call.Warnings!.ShouldHaveSingleItem().Field.ShouldBe(field);
        call.Time.ShouldBe(ReceivedAt);
        call.Marks.ShouldBe(EventMarks.TimeReplaced);
    }

    [Fact]
    public void A_sending_time_that_cannot_be_used_is_as_if_it_were_not_there()
    {
        var call = Read(CallType.Page, """{"userId":"c","timestamp":"2026-03-02T08:00:00Z","sentAt":"soon"}""").Call!;

        call.Warnings!.ShouldHaveSingleItem().Field.ShouldBe("sentAt");
        call.Time.ShouldBe(Milliseconds("2026-03-02T08:00:00Z"));
        call.Marks.ShouldBe(EventMarks.None);
    }

    [Fact]
    public void Times_as_numbers_are_read()
    {
        foreach (var number in (string[])["1772438400", "1772438400000", "\"1772438400\""])
            Read(CallType.Page, $$"""{"userId":"c","timestamp":{{number}}}""")
                .Call!.Time.ShouldBe(Milliseconds("2026-03-02T08:00:00Z"));
    }

    [Fact]
    public void A_batch_s_sending_time_corrects_its_items_and_an_item_s_own_wins()
    {
        var calls = Batch(
            """
            {"batch":[
              {"type":"page","userId":"c","timestamp":"2026-03-02T08:00:00Z"},
              {"type":"page","userId":"c","timestamp":"2026-03-02T08:00:00Z","sentAt":"2026-03-02T08:00:00Z"}],
             "sentAt":"2026-03-02T08:01:00Z"}
            """
        ).Calls;

        calls.Select(c => c.Time).ShouldBe([Milliseconds("2026-03-02T09:04:00Z"), ReceivedAt]);
    }
}
