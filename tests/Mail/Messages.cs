using Personalization.Mail;
using Personalization.Outreach;
using Personalization.Support;

namespace Personalization.Tests.Mail;

/// <summary>Messages to send, and a transport to send them with.</summary>
static class Messages
{
    public static EmailMessage Sample =>
        new()
        {
            Message = new("6f1c7c52-7f0e-8a44-9a51-0d3c2f6b7e01"),
            To = "ana@shop.test",
            ToName = "Ana Conceição",
            From = "hello@shop.test",
            FromName = "Loja Açores",
            Subject = "Ana, o seu carrinho está à espera – até amanhã, com tudo o que lá deixou ontem à noite",
            Text =
                "Olá Ana,\n\n.uma linha que começa com um ponto\n= igual, € e 日本語\n" + new string('x', 1200) + " fim  \n\n\n",
            Html = "<p>Olá <b>Ana</b> &amp; família – €</p>\n",
            Unsubscribe = new("https://shop.test/u/" + new string('a', 190)),
            UnsubscribeMail = "stop@shop.test",
        };

    public static EmailMessage Numbered(int number) =>
        Sample with
        {
            Message = new(number, 0, 0, new byte[8]),
            Subject = $"Number {number}",
        };

    /// <summary>In the clear, to a server on loopback.</summary>
    public static SmtpSettings Plain(SmtpSink sink) =>
        new()
        {
            Host = "127.0.0.1",
            Port = sink.Port,
            Security = MailSecurity.None,
        };

    public static MailKitTransport Transport(SmtpSettings settings, TimeProvider? clock = null, DkimSettings? dkim = null) =>
        new(settings, dkim, clock ?? TimeProvider.System);
}
