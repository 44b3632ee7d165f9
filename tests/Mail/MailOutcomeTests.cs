using MimeKit;
using Personalization.Mail;
using Personalization.Support;
using Shouldly;
using Xunit;
using static Personalization.Tests.Mail.Messages;

namespace Personalization.Tests.Mail;

public sealed class MailOutcomeTests
{
    static readonly string[] Bare = [];
    static readonly string[] Modern = ["PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING", "BINARYMIME", "SIZE 10000000"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_arrives_as_it_was_written_whatever_the_server_could_take(bool modern)
    {
        await using var sink = new SmtpSink { Extensions = modern ? Modern : Bare };
        var clock = new TestClock(new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));
        await using var transport = Transport(Plain(sink), clock);
        (await transport.SendAsync(Sample)).ShouldBe(DeliveryResult.Sent);
        var (from, to, data) = sink.Taken.ShouldHaveSingleItem();
        from.ShouldContain("<hello@shop.test>");
        to.ShouldContain("<ana@shop.test>");
        data.All(char.IsAscii).ShouldBeTrue();
        data.Split("\r\n").Max(line => line.Length).ShouldBeLessThanOrEqualTo(998);
        using var message = Parse(data);
        message.Subject.ShouldBe(Sample.Subject);
        message.From.Mailboxes.ShouldHaveSingleItem().ShouldBe(new MailboxAddress(Sample.FromName, Sample.From));
        message.To.Mailboxes.ShouldHaveSingleItem().ShouldBe(new MailboxAddress(Sample.ToName, Sample.To));
        message.MessageId.ShouldBe("6f1c7c527f0e8a449a510d3c2f6b7e01@shop.test");
        message.Date.ShouldBe(clock.GetUtcNow());
        message.Headers[HeaderId.ListUnsubscribe]!
            .Replace(" ", "")
            .ShouldBe($"<{Sample.Unsubscribe}>,<mailto:stop@shop.test?subject=unsubscribe>");
        message.Headers["List-Unsubscribe-Post"].ShouldBe("List-Unsubscribe=One-Click");
        message.TextBody!.ReplaceLineEndings("\n").ShouldBe(Sample.Text);
        message.HtmlBody!.ReplaceLineEndings("\n").ShouldBe(Sample.Html);
        data.ShouldContain($"<{Sample.Unsubscribe}>", Case.Sensitive); // Whole: an address broken by encoding opens nothing.
    }

    [Theory]
    [InlineData("RCPT", "550 5.1.1 no ana@shop.test here", DeliveryOutcome.Refused)]
    [InlineData("RCPT", "450 4.2.1 greylisted", DeliveryOutcome.Deferred)]
    [InlineData("RCPT", "451 4.7.1 greylisted", DeliveryOutcome.Deferred)]
    [InlineData("RCPT", "452 4.2.2 mailbox full", DeliveryOutcome.Deferred)]
    [InlineData("RCPT", "554 5.7.1 not to ana@shop.test", DeliveryOutcome.Refused)]
    [InlineData("RCPT", "421 4.3.2 closing", DeliveryOutcome.TryLater)]
    [InlineData("RCPT", "530 5.7.0 authenticate first", DeliveryOutcome.TryLater)]
    [InlineData("MAIL", "421 4.3.2 closing", DeliveryOutcome.TryLater)]
    [InlineData("MAIL", "530 5.7.0 authenticate first", DeliveryOutcome.TryLater)]
    [InlineData("MAIL", "553 5.1.8 no such sender", DeliveryOutcome.TryLater)]
    [InlineData("MAIL", "550 5.7.1 this account was locked", DeliveryOutcome.TryLater)]
    [InlineData("MAIL", "552 5.2.2 today's quota is used up", DeliveryOutcome.TryLater)]
    [InlineData("MAIL", "451 4.7.1 not now", DeliveryOutcome.TryLater)]
    [InlineData("MAIL", SmtpSink.HangUp, DeliveryOutcome.TryLater)]
    [InlineData("RCPT", SmtpSink.HangUp, DeliveryOutcome.TryLater)]
    [InlineData("DATA", SmtpSink.HangUp, DeliveryOutcome.TryLater)]
    [InlineData("DATA", "451 4.3.0 not now", DeliveryOutcome.TryLater)]
    [InlineData("DATA", "554 5.5.1 not from here", DeliveryOutcome.TryLater)]
    [InlineData("", "554 5.3.2 no service for you", DeliveryOutcome.TryLater)]
    [InlineData("", "421 4.3.2 too many connections", DeliveryOutcome.TryLater)]
    [InlineData("", SmtpSink.HangUp, DeliveryOutcome.TryLater)]
    [InlineData(".", "554 5.7.1 spam from ana@shop.test", DeliveryOutcome.Refused)]
    [InlineData(".", "452 4.3.1 disk full", DeliveryOutcome.Deferred)]
    [InlineData(".", SmtpSink.HangUp, DeliveryOutcome.Unknown)]
    public async Task What_became_of_a_message_is_told_by_the_answer_and_by_how_far_it_came(
        string command,
        string answer,
        DeliveryOutcome outcome
    )
    {
        foreach (var extensions in new[] { Bare, Modern })
        {
            await using var sink = new SmtpSink { Answers = { [command] = answer }, Extensions = extensions };
            await using var transport = Transport(Plain(sink));
            var delivery = await transport.SendAsync(Sample);
            delivery.Outcome.ShouldBe(outcome);
            delivery.Detail!.ShouldNotContain("ana");
            sink.Taken.ShouldBeEmpty();
            sink.Connections.ShouldBe(1);
        }
    }

    [Theory]
    [InlineData("", DeliveryOutcome.TryLater)]
    [InlineData("RCPT", DeliveryOutcome.TryLater)]
    [InlineData(".", DeliveryOutcome.Unknown)]
    public async Task A_server_that_falls_silent_is_waited_for_no_longer_than_allowed(string command, DeliveryOutcome outcome)
    {
        await using var sink = new SmtpSink { Answers = { [command] = SmtpSink.Silence } };
        await using var transport = Transport(
            Plain(sink) with
            {
                Timeout = TimeSpan.FromMilliseconds(500),
                AnswerTimeout = TimeSpan.FromMilliseconds(500),
            }
        );
        (await transport.SendAsync(Sample)).Outcome.ShouldBe(outcome);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_for_later()
    {
        var sink = new SmtpSink();
        await using var transport = Transport(Plain(sink));
        await sink.DisposeAsync();
        (await transport.SendAsync(Sample)).Outcome.ShouldBe(DeliveryOutcome.TryLater);
    }

    [Theory]
    [InlineData("RCPT", "RCPT TO:<ana@shop.test>", DeliveryOutcome.TryLater)]
    [InlineData(".", "DATA", DeliveryOutcome.Unknown)]
    public async Task Whoever_stops_the_server_is_told_whether_the_message_may_have_left(
        string silent,
        string heard,
        DeliveryOutcome outcome
    )
    {
        await using var sink = new SmtpSink { Answers = { [silent] = SmtpSink.Silence } };
        await using var transport = Transport(Plain(sink) with { AnswerTimeout = TimeSpan.FromMilliseconds(500) });
        using var stop = new CancellationTokenSource();
        var sending = transport.SendAsync(Sample, stop.Token);
        await sink.HasHeardAsync(heard);
        await stop.CancelAsync();
        (await sending).Outcome.ShouldBe(outcome);
    }

    [Theory]
    [InlineData("", SmtpSink.HangUp)]
    [InlineData("", SmtpSink.Silence)]
    [InlineData("", "554 5.3.2 no service for you")]
    [InlineData("", "what is this?")]
    [InlineData("EHLO", "550 5.7.1 not you")]
    [InlineData("EHLO", SmtpSink.HangUp)]
    public async Task A_server_that_cannot_be_talked_to_is_found_out_before_any_message_is_touched(string command, string answer)
    {
        await using var sink = new SmtpSink { Answers = { [command] = answer, ["HELO"] = answer } };
        await using var transport = Transport(Plain(sink) with { ConnectTimeout = TimeSpan.FromMilliseconds(500) });
        (await transport.ReachAsync()).ShouldNotBeNull();
        (await transport.SendAsync(Sample)).Outcome.ShouldBe(DeliveryOutcome.TryLater);
        sink.Heard.ShouldNotContain(line => line.StartsWith("MAIL"));
    }

    [Fact]
    public async Task A_server_that_can_be_talked_to_is_talked_to_on_that_connection()
    {
        await using var sink = new SmtpSink();
        await using var transport = Transport(Plain(sink));
        (await transport.ReachAsync()).ShouldBeNull();
        (await transport.SendAsync(Sample)).ShouldBe(DeliveryResult.Sent);
        sink.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task A_message_to_an_address_beyond_ASCII_is_refused_without_a_word_to_the_server()
    {
        await using var sink = new SmtpSink { Extensions = Modern };
        await using var transport = Transport(Plain(sink));
        var beyond = await transport.SendAsync(Sample with { To = "conceição@shop.test" });
        beyond.Outcome.ShouldBe(DeliveryOutcome.Refused);
        beyond.Detail!.ShouldNotContain("concei");
        sink.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task A_domain_beyond_ASCII_is_written_as_the_name_service_knows_it()
    {
        await using var sink = new SmtpSink();
        await using var transport = Transport(Plain(sink));
        (await transport.SendAsync(Sample with { To = "ana@açores.test" })).ShouldBe(DeliveryResult.Sent);
        var (_, to, data) = sink.Taken.ShouldHaveSingleItem();
        to.ShouldContain("<ana@xn--aores-yra.test>");
        data.ShouldContain("<ana@xn--aores-yra.test>");
    }

    [Fact]
    public async Task A_name_cannot_add_a_recipient()
    {
        await using var sink = new SmtpSink();
        await using var transport = Transport(Plain(sink));
        (await transport.SendAsync(Sample with { ToName = "Ana\" <all@shop.test>, \"x\\" })).ShouldBe(DeliveryResult.Sent);
        using var message = Parse(sink.Taken.ShouldHaveSingleItem().Data);
        message.To.Mailboxes.ShouldHaveSingleItem().Address.ShouldBe("ana@shop.test");
    }

    static MimeMessage Parse(string data) => MimeMessage.Load(new MemoryStream(System.Text.Encoding.Latin1.GetBytes(data)));
}
