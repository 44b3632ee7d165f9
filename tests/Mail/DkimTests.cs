using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.OpenSsl;
using Org.BouncyCastle.Security;
using Personalization.Mail;
using Personalization.Support;
using Personalization.Tests.Hosting;
using Shouldly;
using Xunit;
using static Personalization.Tests.Mail.Messages;

namespace Personalization.Tests.Mail;

public sealed class DkimTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("dkim").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public enum Kind
    {
        RsaPkcs1,
        RsaPkcs8,
        Ed25519,
    }

    [Theory]
    [InlineData(Kind.RsaPkcs1, "rsa-sha256")]
    [InlineData(Kind.RsaPkcs8, "rsa-sha256")]
    [InlineData(Kind.Ed25519, "ed25519-sha256")]
    public async Task A_signed_message_is_verified_as_it_arrives_and_a_changed_one_is_not(Kind kind, string algorithm)
    {
        var (file, key) = KeyOf(kind);
        var data = await SentAsync(file);
        (await VerifyAsync(data, key)).ShouldBeTrue();
        var signature = Load(data).Headers[HeaderId.DkimSignature]!;
        signature.ShouldContain($"a={algorithm}");
        signature.ShouldContain("c=relaxed/relaxed");
        signature.ShouldContain("d=shop.test");
        signature.ShouldContain("s=mail2026");
        string.Concat(signature.Where(message => !char.IsWhiteSpace(message)))
            .ShouldContain("h=from:to:subject:date:message-id:mime-version:content-type:list-unsubscribe:list-unsubscribe-post");

        foreach (var header in new[] { "From", "To", "Subject", "Date", "Message-Id", "List-Unsubscribe" })
            (await VerifyAsync(Changed(data, header), key)).ShouldBeFalse(header);
        (await VerifyAsync(data.Replace("One-Click", "Two-Click"), key)).ShouldBeFalse();
        (await VerifyAsync(data.Replace("fim", "fin"), key)).ShouldBeFalse();
        (await VerifyAsync(data, KeyOf(kind).Public)).ShouldBeFalse();
    }

    [Fact]
    public async Task An_old_relay_that_folds_headers_anew_does_not_break_the_signature()
    {
        var (file, key) = KeyOf(Kind.RsaPkcs8);
        var data = await SentAsync(file);
        var refolded = System.Text.RegularExpressions.Regex.Replace(data, "(?m)^Subject: ", "SUBJECT:  \r\n\t");
        refolded.ShouldNotBe(data);
        (await VerifyAsync(refolded, key)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_message_tried_again_keeps_its_Message_ID_and_is_signed_anew()
    {
        var (file, key) = KeyOf(Kind.Ed25519);
        var clock = new TestClock(new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero));
        await using var sink = new SmtpSink();
        await using var transport = Transport(Plain(sink), clock, Dkim(file));
        (await transport.SendAsync(Sample)).ShouldBe(DeliveryResult.Sent);
        clock.Advance(TimeSpan.FromMinutes(1));
        (await transport.SendAsync(Sample)).ShouldBe(DeliveryResult.Sent);
        var (first, second) = (sink.Taken[0].Data, sink.Taken[1].Data);
        Load(second).MessageId.ShouldBe(Load(first).MessageId);
        Load(second).Headers[HeaderId.DkimSignature]!.ShouldContain($"t={clock.GetUtcNow().ToUnixTimeSeconds()}");
        (await VerifyAsync(first, key)).ShouldBeTrue();
        (await VerifyAsync(second, key)).ShouldBeTrue();
    }

    [Fact]
    public void A_key_that_cannot_sign_is_told_before_the_first_message()
    {
        var problems = new Dictionary<string, string>
        {
            [Path.Combine(_folder, "not there")] = "FileNotFound",
            [Write("nonsense")] = "no private key",
            [Write("-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n")] = "cannot be read",
            [WritePem(Rsa(512).Private)] = "at least 1024",
            [WritePem(Rsa(1024).Public)] = "no private key",
            [""] = "missing",
        };
        foreach (var (file, word) in problems)
        {
            var settings = new Dictionary<string, string?>
            {
                ["Mail:Smtp:Host"] = "mail.test",
                ["Mail:Dkim:Domain"] = "shop.test",
                ["Mail:Dkim:Selector"] = "mail2026",
                ["Mail:Dkim:KeyFile"] = file,
            };
            var error = Should.Throw<ArgumentException>(() => Bound.Read(settings));
            error.Message.ShouldStartWith("Mail:Dkim:KeyFile");
            error.Message.ShouldContain(word);
        }
    }

    async Task<string> SentAsync(string file)
    {
        await using var sink = new SmtpSink { Extensions = ["8BITMIME", "SMTPUTF8", "PIPELINING"] };
        await using var transport = Transport(Plain(sink), dkim: Dkim(file));
        (await transport.SendAsync(Sample)).ShouldBe(DeliveryResult.Sent);
        return sink.Taken.ShouldHaveSingleItem().Data;
    }

    static DkimSettings Dkim(string file) =>
        new()
        {
            Domain = "shop.test",
            Selector = "mail2026",
            KeyFile = file,
        };

    static string Changed(string data, string header)
    {
        var at = data.IndexOf($"\n{header}:", StringComparison.OrdinalIgnoreCase);
        at.ShouldBeGreaterThan(0, header);
        return data.Insert(at + header.Length + 2, " x");
    }

    static MimeMessage Load(string data) => MimeMessage.Load(new MemoryStream(System.Text.Encoding.Latin1.GetBytes(data)));

    static async Task<bool> VerifyAsync(string data, AsymmetricKeyParameter key)
    {
        using var message = Load(data);
        var verifier = new DkimVerifier(new Published("mail2026", "shop.test", key));
        return await verifier.VerifyAsync(message, message.Headers.Single(header => header.Id == HeaderId.DkimSignature));
    }

    /// <summary>What the name service would say.</summary>
    sealed class Published(string selector, string domain, AsymmetricKeyParameter key) : DkimPublicKeyLocatorBase
    {
        public override AsymmetricKeyParameter LocatePublicKey(
            string methods,
            string itsDomain,
            string itsSelector,
            CancellationToken cancellationToken = default
        )
        {
            (itsSelector, itsDomain).ShouldBe((selector, domain));
            return key;
        }

        public override Task<AsymmetricKeyParameter> LocatePublicKeyAsync(
            string methods,
            string itsDomain,
            string itsSelector,
            CancellationToken cancellationToken = default
        ) => Task.FromResult(LocatePublicKey(methods, itsDomain, itsSelector, cancellationToken));
    }

    (string File, AsymmetricKeyParameter Public) KeyOf(Kind kind)
    {
        if (kind == Kind.Ed25519)
        {
            var ed25519 = new Ed25519PrivateKeyParameters(new SecureRandom());
            return (WritePem(new Pkcs8Generator(ed25519)), ed25519.GeneratePublicKey());
        }
        var rsa = Rsa(1024);
        return (WritePem(kind == Kind.RsaPkcs8 ? new Pkcs8Generator(rsa.Private) : rsa.Private), rsa.Public);
    }

    static AsymmetricCipherKeyPair Rsa(int bits)
    {
        var generator = new RsaKeyPairGenerator();
        generator.Init(new(new SecureRandom(), bits));
        return generator.GenerateKeyPair();
    }

    string WritePem(object key)
    {
        using var text = new StringWriter();
        using (var pem = new PemWriter(text))
            pem.WriteObject(key);
        return Write(text.ToString());
    }

    string Write(string text)
    {
        var file = Path.Combine(_folder, Guid.NewGuid() + ".pem");
        File.WriteAllText(file, text);
        return file;
    }
}
