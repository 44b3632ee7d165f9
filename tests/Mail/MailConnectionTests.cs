using Personalization.Mail;
using Personalization.Support;
using Shouldly;
using Xunit;
using static Personalization.Tests.Mail.Messages;

namespace Personalization.Tests.Mail;

public sealed class MailConnectionTests
{
    [Fact]
    public async Task Messages_one_after_another_share_a_connection()
    {
        await using var sink = new SmtpSink();
        await using var transport = Transport(Plain(sink));
        for (var number = 0; number < 20; number++)
            (await transport.SendAsync(Numbered(number))).ShouldBe(DeliveryResult.Sent);
        sink.Taken.Count.ShouldBe(20);
        sink.Connections.ShouldBe(1);
    }

    [Theory]
    [InlineData("RCPT", "550 5.1.1 unknown", DeliveryOutcome.Refused)]
    [InlineData(".", "452 4.3.1 disk full", DeliveryOutcome.Deferred)]
    public async Task A_refused_message_does_not_end_the_connection(string command, string answer, DeliveryOutcome outcome)
    {
        await using var sink = new SmtpSink();
        await using var transport = Transport(Plain(sink));
        sink.AnswerOnce(command, answer);
        (await transport.SendAsync(Numbered(1))).Outcome.ShouldBe(outcome);
        (await transport.SendAsync(Numbered(2))).ShouldBe(DeliveryResult.Sent);
        sink.Taken.ShouldHaveSingleItem().Data.ShouldContain("Number 2");
        sink.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task Messages_at_the_same_time_have_a_connection_each_that_is_kept_for_the_next()
    {
        await using var sink = new SmtpSink();
        await using var transport = Transport(Plain(sink));
        for (var round = 0; round < 10; round++)
        {
            var three = Enumerable.Range(3 * round, 3).Select(number => transport.SendAsync(Numbered(number)).AsTask());
            (await Task.WhenAll(three)).ShouldAllBe(delivery => delivery == DeliveryResult.Sent);
        }
        var subjects = sink
            .Taken.SelectMany(message => message.Data.Split("\r\n"))
            .Where(line => line.StartsWith("Subject: Number "));
        subjects.Distinct().Count().ShouldBe(30);
        sink.Taken.Count.ShouldBe(30);
        sink.Connections.ShouldBeLessThanOrEqualTo(3);
    }

    [Fact]
    public async Task Connections_that_died_between_messages_are_replaced_and_every_message_arrives_once()
    {
        await using var sink = new SmtpSink();
        await using var transport = Transport(Plain(sink) with { Connections = 3 });
        await Task.WhenAll(Enumerable.Range(0, 12).Select(number => transport.SendAsync(Numbered(number)).AsTask()));
        var before = sink.Connections;
        sink.HangUpAll();
        (await transport.SendAsync(Numbered(12))).ShouldBe(DeliveryResult.Sent);
        sink.Connections.ShouldBe(before + 1);
        sink.Taken.Count.ShouldBe(13);
        sink.Taken.Count(message => message.Data.Contains("Number 12")).ShouldBe(1);
    }

    [Theory]
    [InlineData("421 4.4.2 idle for too long")]
    [InlineData(SmtpSink.HangUp)]
    public async Task A_server_that_ends_a_kept_connection_gets_the_message_on_a_new_one(string answer)
    {
        await using var sink = new SmtpSink();
        await using var transport = Transport(Plain(sink));
        (await transport.SendAsync(Numbered(1))).ShouldBe(DeliveryResult.Sent);
        sink.AnswerOnce("MAIL", answer);
        (await transport.SendAsync(Numbered(2))).ShouldBe(DeliveryResult.Sent);
        sink.Taken.Count.ShouldBe(2);
        sink.Connections.ShouldBe(2);
    }

    [Fact]
    public async Task A_message_that_broke_off_on_a_kept_connection_is_not_sent_again()
    {
        await using var sink = new SmtpSink();
        await using var transport = Transport(Plain(sink));
        (await transport.SendAsync(Numbered(1))).ShouldBe(DeliveryResult.Sent);
        sink.AnswerOnce(".", SmtpSink.HangUp);
        (await transport.SendAsync(Numbered(2))).Outcome.ShouldBe(DeliveryOutcome.Unknown);
        sink.Connections.ShouldBe(1);
        (await transport.SendAsync(Numbered(3))).ShouldBe(DeliveryResult.Sent);
        sink.Taken.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_connection_that_is_not_needed_takes_its_leave_and_the_next_message_opens_another()
    {
        await using var sink = new SmtpSink();
        await using var transport = Transport(Plain(sink) with { Idle = TimeSpan.FromMilliseconds(100) });
        (await transport.SendAsync(Numbered(1))).ShouldBe(DeliveryResult.Sent);
        await sink.Left.Task.WaitAsync(TimeSpan.FromSeconds(30));
        (await transport.SendAsync(Numbered(2))).ShouldBe(DeliveryResult.Sent);
        sink.Connections.ShouldBe(2);
    }

    [Fact]
    public async Task A_transport_that_is_closed_takes_leave_of_the_server()
    {
        await using var sink = new SmtpSink();
        var transport = Transport(Plain(sink));
        (await transport.SendAsync(Numbered(1))).ShouldBe(DeliveryResult.Sent);
        sink.Left.Task.IsCompleted.ShouldBeFalse();
        await transport.DisposeAsync();
        await sink.Left.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
