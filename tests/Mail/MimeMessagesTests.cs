using MimeKit;
using Personalization.Mail;
using Personalization.Outreach;
using Personalization.Tests.Outreach;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Mail;

public sealed class MimeMessagesTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("messages").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static readonly EmailMessage Sample = Messages.Sample with
    {
        Text = "Olá Ana,\n\n.uma linha que começa com um ponto\n= igual, € e 日本語\n",
    };

    static readonly Guid Message = Sample.Message;

    [Fact]
    public async Task A_message_reads_back_as_it_was_written_from_the_pickup_folder()
    {
        (await new PickupTransport(_folder, TimeProvider.System).SendAsync(Sample)).ShouldBe(DeliveryResult.Sent);
        var raw = File.ReadAllText(Path.Combine(_folder, $"{Message:N}.eml"), System.Text.Encoding.Latin1);
        Directory.GetFileSystemEntries(_folder).Length.ShouldBe(1);
        CheckMail(raw);
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
    public async Task A_message_that_is_there_already_is_not_written_again()
    {
        var pickup = new PickupTransport(_folder, TimeProvider.System);
        var file = Path.Combine(_folder, $"{Message:N}.eml");
        (await pickup.HasTakenAsync(Message)).ShouldBeFalse();
        File.WriteAllText(file, "the first");
        (await pickup.SendAsync(Sample)).ShouldBe(DeliveryResult.Sent);
        File.ReadAllText(file).ShouldBe("the first");
        (await pickup.HasTakenAsync(Message)).ShouldBeTrue();
    }

    [Theory]
    [InlineData("Hello\r\nBcc: all@shop.test")]
    [InlineData("Hello\nBcc: all@shop.test")]
    [InlineData("Hello\tBcc: all@shop.test")]
    public async Task A_subject_and_a_name_cannot_add_headers_and_cost_no_message(string text)
    {
        var message = Sample with { Subject = text, ToName = text };
        (await new PickupTransport(_folder, TimeProvider.System).SendAsync(message)).Outcome.ShouldBe(DeliveryOutcome.Sent);
        var mail = Mime.Parse(File.ReadAllText(Path.Combine(_folder, $"{Message:N}.eml"), System.Text.Encoding.Latin1));
        mail["Subject"].ShouldContain("Bcc: all@shop.test");
        Should.Throw<KeyNotFoundException>(() => mail["Bcc"]);
    }

    [Fact]
    public async Task A_message_without_a_subject_is_refused()
    {
        var delivery = await new PickupTransport(_folder, TimeProvider.System).SendAsync(Sample with { Subject = "\r\n" });
        delivery.Outcome.ShouldBe(DeliveryOutcome.Refused);
        Directory.GetFileSystemEntries(_folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task No_address_can_add_headers()
    {
        EmailMessage[] wrong =
        [
            Sample with
            {
                To = "ana@shop.test\r\nBcc: all@shop.test",
            },
            Sample with
            {
                To = "ana@shop.test, rui@shop.test",
            },
            Sample with
            {
                To = "Ana <ana@shop.test>",
            },
            Sample with
            {
                To = "ana",
            },
        ];
        foreach (var message in wrong)
            (await new PickupTransport(_folder, TimeProvider.System).SendAsync(message)).Outcome.ShouldBe(
                DeliveryOutcome.Refused
            );
        Directory.GetFileSystemEntries(_folder).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("\"Ana\" <x@y.test>,")]
    [InlineData("Ana; Rui: (both)")]
    [InlineData("Ana@home")]
    public async Task A_name_stays_a_name_whatever_it_is_made_of(string name)
    {
        await new PickupTransport(_folder, TimeProvider.System).SendAsync(Sample with { ToName = name });
        var mime = await MimeMessage.LoadAsync(Path.Combine(_folder, $"{Message:N}.eml"));
        var to = mime.To.ShouldHaveSingleItem().ShouldBeOfType<MailboxAddress>();
        (to.Name, to.Address).ShouldBe((name, Sample.To));
    }
}
