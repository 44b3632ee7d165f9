using Personalization.Outreach;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Outreach;

public sealed class EmailMessageTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("letters").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static readonly Guid Message = new("6f1c7c52-7f0e-8a44-9a51-0d3c2f6b7e01");

    public static EmailMessage Sample =>
        new()
        {
            Message = Message,
            To = "ana@shop.test",
            ToName = "Ana Conceição",
            From = "hello@shop.test",
            FromName = "Loja Açores",
            Subject = "Ana, o seu carrinho está à espera – até amanhã, com tudo o que lá deixou ontem à noite",
            Text = "Olá Ana,\n\n.uma linha que começa com um ponto\n= igual, € e 日本語\n",
            Html = "<p>Olá <b>Ana</b> &amp; família – €</p>\n",
            Unsubscribe = new("https://shop.test/u/" + new string('a', 90)),
            UnsubscribeMail = "stop@shop.test",
        };

    [Fact]
    public async Task A_letter_reads_back_as_it_was_written_from_the_pickup_folder()
    {
        (await new PickupTransport(folder).SendAsync(Sample)).ShouldBe(DeliveryResult.Sent);
        var raw = File.ReadAllText(Path.Combine(folder, $"{Message:N}.eml"), System.Text.Encoding.Latin1);
        Directory.GetFileSystemEntries(folder).Length.ShouldBe(1);
        CheckMail(raw);
    }

    [Fact]
    public async Task The_same_letter_arrives_at_a_mail_server()
    {
        await using var sink = new SmtpSink();
        (await Smtp(sink).SendAsync(Sample)).ShouldBe(DeliveryResult.Sent);
        var (from, to, data) = sink.Taken.ShouldHaveSingleItem();
        from.ShouldContain("<hello@shop.test>");
        to.ShouldContain("<ana@shop.test>");
        CheckMail(data);
    }

    static void CheckMail(string raw)
    {
        raw.Replace("\r\n", "").ShouldNotContain('\n');
        raw.Replace("\r\n", "").ShouldNotContain('\r');
        raw.All(char.IsAscii).ShouldBeTrue();
        raw.Split("\r\n").Max(line => line.Length).ShouldBeLessThanOrEqualTo(998);
        var mail = Mime.Parse(raw);
        mail["Subject"].ShouldBe(Sample.Subject);
        mail["From"].ShouldBe("Loja Açores <hello@shop.test>");
        mail["To"].ShouldEndWith("<ana@shop.test>");
        mail["To"].ShouldContain("Ana Conceição");
        mail["Message-ID"].ShouldBe("<6f1c7c527f0e8a449a510d3c2f6b7e01@shop.test>");
        mail["List-Unsubscribe"].ShouldBe($"<{Sample.Unsubscribe}>, <mailto:stop@shop.test?subject=unsubscribe>");
        mail["List-Unsubscribe-Post"].ShouldBe("List-Unsubscribe=One-Click");
        DateTimeOffset.TryParse(mail["Date"], out _).ShouldBeTrue();
        mail["MIME-Version"].ShouldBe("1.0");
        mail["Content-Type"].ShouldStartWith("multipart/alternative");
        var parts = mail.Parts();
        parts.Count.ShouldBe(2);
        parts[0]["Content-Type"].ShouldBe("text/plain; charset=utf-8");
        parts[0].Content().TrimEnd().ShouldBe(Sample.Text.ReplaceLineEndings("\r\n").TrimEnd());
        parts[1]["Content-Type"].ShouldBe("text/html; charset=utf-8");
        parts[1].Content().TrimEnd().ShouldBe(Sample.Html.TrimEnd());
    }

    [Fact]
    public async Task A_letter_that_is_there_already_is_not_written_again()
    {
        var pickup = new PickupTransport(folder);
        var file = Path.Combine(folder, $"{Message:N}.eml");
        (await pickup.HasTakenAsync(Message)).ShouldBeFalse();
        File.WriteAllText(file, "the first");
        (await pickup.SendAsync(Sample)).ShouldBe(DeliveryResult.Sent);
        File.ReadAllText(file).ShouldBe("the first");
        (await pickup.HasTakenAsync(Message)).ShouldBeTrue();
    }

    [Theory]
    [InlineData("Hello\r\nBcc: all@shop.test")]
    [InlineData("Hello\nBcc: all@shop.test")]
    [InlineData("")]
    public async Task A_subject_cannot_add_headers(string subject)
    {
        var delivery = await new PickupTransport(folder).SendAsync(Sample with { Subject = subject });
        delivery.Outcome.ShouldBe(DeliveryOutcome.Refused);
        delivery.Detail!.ShouldNotContain("Bcc");
        Directory.GetFileSystemEntries(folder).ShouldBeEmpty();
    }

    [Fact]
    public void No_name_or_address_can_add_headers()
    {
        const string evil = "x\r\nBcc: all@shop.test";
        (Sample with { ToName = evil }).Problem.ShouldNotBeNull();
        (Sample with { FromName = evil }).Problem.ShouldNotBeNull();
        (Sample with { To = "ana@shop.test\r\nBcc: all@shop.test" }).Problem.ShouldNotBeNull();
        (Sample with { To = "ana@shop.test, rui@shop.test" }).Problem.ShouldNotBeNull();
        (Sample with { From = evil }).Problem.ShouldNotBeNull();
        (Sample with { UnsubscribeMail = evil }).Problem.ShouldNotBeNull();
        (Sample with { UnsubscribeMail = "stop@shop.test?bcc=all@shop.test" }).Problem.ShouldNotBeNull();
        Sample.Problem.ShouldBeNull();
    }

    [Fact]
    public async Task A_name_cannot_add_a_recipient()
    {
        await using var sink = new SmtpSink();
        await Smtp(sink).SendAsync(Sample with { ToName = "Ana\" <all@shop.test>, \"x\\" });
        var (_, to, data) = sink.Taken.ShouldHaveSingleItem();
        to.ShouldContain("<ana@shop.test>");
        Mime.Parse(data)["To"].ShouldBe("\"Ana' <all@shop.test>, 'x/\" <ana@shop.test>");
    }

    [Theory]
    [InlineData("RCPT", "550 5.1.1 no ana@shop.test here", DeliveryOutcome.Refused)]
    [InlineData("RCPT", "450 4.2.1 greylisted", DeliveryOutcome.TryLater)]
    [InlineData("MAIL", "421 4.3.2 closing", DeliveryOutcome.TryLater)]
    [InlineData("MAIL", "530 5.7.0 authenticate first", DeliveryOutcome.TryLater)]
    [InlineData(".", "554 5.7.1 spam", DeliveryOutcome.Refused)]
    [InlineData(".", "452 4.3.1 disk full", DeliveryOutcome.TryLater)]
    [InlineData(".", "", DeliveryOutcome.Unknown)]
    public async Task Refusals_for_good_for_now_and_unknown_are_told_apart(string command, string answer, DeliveryOutcome outcome)
    {
        await using var sink = new SmtpSink { Answers = { [command] = answer } };
        var delivery = await Smtp(sink).SendAsync(Sample);
        delivery.Outcome.ShouldBe(outcome);
        delivery.Detail!.ShouldNotContain("ana");
        sink.Taken.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_for_later()
    {
        var sink = new SmtpSink();
        var transport = Smtp(sink);
        await sink.DisposeAsync();
        (await transport.SendAsync(Sample)).Outcome.ShouldBe(DeliveryOutcome.TryLater);
    }

    [Fact]
    public async Task A_server_without_STARTTLS_gets_nothing_when_it_is_demanded()
    {
        await using var sink = new SmtpSink();
        var transport = new SmtpTransport(new() { Host = "127.0.0.1", Port = sink.Port });
        (await transport.SendAsync(Sample)).Outcome.ShouldNotBe(DeliveryOutcome.Sent);
        sink.Taken.ShouldBeEmpty();
    }

    static SmtpTransport Smtp(SmtpSink sink) =>
        new(
            new()
            {
                Host = "127.0.0.1",
                Port = sink.Port,
                StartTls = false,
            }
        );
}
