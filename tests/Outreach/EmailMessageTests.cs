using Personalization.Mail;
using Personalization.Outreach;
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
}
