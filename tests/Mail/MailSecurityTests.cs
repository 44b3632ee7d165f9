using System.Security.Cryptography.X509Certificates;
using Personalization.Mail;
using Personalization.Support;
using Shouldly;
using Xunit;
using static Personalization.Tests.Mail.Messages;

namespace Personalization.Tests.Mail;

public sealed class MailSecurityTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("mail").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(MailSecurity.Implicit)]
    [InlineData(MailSecurity.StartTls)]
    public async Task A_server_known_by_its_fingerprint_gets_login_and_messages_over_TLS(MailSecurity security)
    {
        using var certificate = TestCertificates.SelfSigned("another.test"); // With a fingerprint the name does not matter.
        await using var sink = Sink(security, certificate, login: true);
        await using var transport = Transport(
            Secure(sink, security) with
            {
                Certificate = certificate.Fingerprint(),
                User = "shop",
                Password = "s3cret",
            }
        );
        (await transport.SendAsync(Numbered(1))).ShouldBe(DeliveryResult.Sent);
        (await transport.SendAsync(Numbered(2))).ShouldBe(DeliveryResult.Sent);
        sink.Taken.Count.ShouldBe(2);
        sink.Connections.ShouldBe(1);
    }

    [Theory]
    [InlineData(MailSecurity.Implicit)]
    [InlineData(MailSecurity.StartTls)]
    public async Task A_certificate_that_nobody_vouches_for_is_not_accepted(MailSecurity security)
    {
        using var certificate = TestCertificates.SelfSigned();
        using var other = TestCertificates.SelfSigned();
        await using var sink = Sink(security, certificate);
        foreach (var trusted in new[] { null, other.Fingerprint(), Pem(other) })
        {
            await using var transport = Transport(Secure(sink, security) with { Certificate = trusted });
            var delivery = await transport.SendAsync(Sample);
            delivery.Outcome.ShouldBe(DeliveryOutcome.TryLater);
            delivery.Detail!.ShouldContain("certificate");
        }
        sink.Taken.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_authority_of_ones_own_vouches_for_a_server_of_the_right_name_alone()
    {
        var (authority, server) = TestCertificates.Signed();
        var (wrongAuthority, wrongName) = TestCertificates.Signed("another.test");
        await using var right = Sink(MailSecurity.StartTls, server);
        await using (var transport = Transport(Secure(right, MailSecurity.StartTls) with { Certificate = Pem(authority) }))
            (await transport.SendAsync(Sample)).ShouldBe(DeliveryResult.Sent);
        await using var wrong = Sink(MailSecurity.StartTls, wrongName);
        await using (var transport = Transport(Secure(wrong, MailSecurity.StartTls) with { Certificate = Pem(wrongAuthority) }))
            (await transport.SendAsync(Sample)).Outcome.ShouldBe(DeliveryOutcome.TryLater);
        wrong.Taken.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_offers_no_STARTTLS_gets_neither_a_message_nor_a_password()
    {
        await using var sink = new SmtpSink { Login = ("shop", "s3cret") };
        await using var transport = Transport(Secure(sink, MailSecurity.StartTls) with { User = "shop", Password = "s3cret" });
        var delivery = await transport.SendAsync(Sample);
        delivery.ShouldBe(DeliveryResult.TryLater("The mail server offers no STARTTLS."));
        sink.Heard.ShouldAllBe(line => line.StartsWith("EHLO ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_refuses_STARTTLS_gets_nothing_either()
    {
        using var certificate = TestCertificates.SelfSigned();
        await using var sink = Sink(MailSecurity.StartTls, certificate);
        sink.Answers["STARTTLS"] = "454 4.7.0 not available";
        await using var transport = Transport(Secure(sink, MailSecurity.StartTls));
        (await transport.SendAsync(Sample)).Outcome.ShouldBe(DeliveryOutcome.TryLater);
        sink.Heard.ShouldNotContain(line => line.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_password_is_for_later_and_named_nowhere()
    {
        await using var sink = new SmtpSink { Login = ("shop", "s3cret") };
        var settings = Plain(sink) with { User = "shop", Password = "guess" };
        await using var transport = Transport(settings);
        (await transport.SendAsync(Sample)).ShouldBe(DeliveryResult.TryLater("The mail server does not let us in (535)."));
        settings.ToString().ShouldNotContain("guess");
        sink.Taken.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_without_a_login_is_for_later_when_one_is_set()
    {
        await using var sink = new SmtpSink();
        await using var transport = Transport(Plain(sink) with { User = "shop", Password = "s3cret" });
        (await transport.SendAsync(Sample)).ShouldBe(
            DeliveryResult.TryLater("The mail server offers no login that is known here.")
        );
    }

    static SmtpSettings Secure(SmtpSink sink, MailSecurity security) => Plain(sink) with { Security = security };

    static SmtpSink Sink(MailSecurity security, X509Certificate2 certificate, bool login = false) =>
        new()
        {
            Certificate = certificate,
            Implicit = security == MailSecurity.Implicit,
            Login = login ? ("shop", "s3cret") : null,
        };

    string Pem(X509Certificate2 certificate)
    {
        var file = Path.Combine(_folder, Guid.NewGuid() + ".pem");
        File.WriteAllText(file, certificate.ExportCertificatePem());
        return file;
    }
}
