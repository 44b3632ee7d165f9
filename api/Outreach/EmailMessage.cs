using System.Net.Mail;

namespace Personalization.Outreach;

/// <summary>A message to one person, ready to leave. It holds personal data: never log it.</summary>
public sealed record EmailMessage
{
    /// <summary>The idempotency key; the Message-ID is made of it, so a second copy could be told.</summary>
    public required Guid Message { get; init; }

    public required string To { get; init; }
    public string ToName { get; init; } = "";
    public required string From { get; init; }
    public string FromName { get; init; } = "";
    public required string Subject { get; init; }

    /// <summary>The plain-text part: there always is one.</summary>
    public required string Text { get; init; }
    public required string Html { get; init; }

    /// <summary>The page that unsubscribes by POST (RFC 8058): an https address.</summary>
    public required Uri Unsubscribe { get; init; }

    /// <summary>An address that unsubscribes by mail, or null.</summary>
    public string? UnsubscribeMail { get; init; }

    /// <summary>
    /// What is wrong with it, in words that name the field and not its value, or null. Line ends in what becomes a header would
    /// let a name or a subject add headers of its own.
    /// </summary>
    public string? Problem =>
        !IsAddress(To) ? "The recipient's address is not a mail address."
        : !IsAddress(From) ? "The sender's address is not a mail address."
        : HasControls(ToName) ? "The recipient's name contains a line end or another control character."
        : HasControls(FromName) ? "The sender's name contains a line end or another control character."
        : HasControls(Subject) || Subject.Length == 0
            ? "The subject is empty or contains a line end or another control character."
        : !Unsubscribe.IsAbsoluteUri || Unsubscribe.Scheme is not ("https" or "http")
            ? "The unsubscribe address is not a web address."
        : UnsubscribeMail is { } mail && (!IsAddress(mail) || mail.Contains('?')) ? "The unsubscribe mail address is not one."
        : Text.Length == 0 ? "The plain-text part is empty."
        : null;

    /// <summary>
    /// The mail as it leaves, whatever the transport: text first, then HTML (RFC 2046), UTF-8, one-click headers (RFC 2369, RFC
    /// 8058).
    /// </summary>
    /// <exception cref="FormatException">There is a <see cref="Problem"/>.</exception>
    public MailMessage ToMail()
    {
        if (Problem is { } problem)
            throw new FormatException(problem);
        var from = new MailAddress(From, Plain(FromName), Encoding);
        var mail = new MailMessage(from, new MailAddress(To, Plain(ToName), Encoding))
        {
            Subject = Subject,
            SubjectEncoding = Encoding,
            HeadersEncoding = Encoding,
        };
        mail.Headers.Add("Message-ID", $"<{Message:N}@{from.Host}>");
        mail.Headers.Add(
            "List-Unsubscribe",
            UnsubscribeMail is null
                ? $"<{Unsubscribe.AbsoluteUri}>"
                : $"<{Unsubscribe.AbsoluteUri}>, <mailto:{UnsubscribeMail}?subject=unsubscribe>"
        );
        mail.Headers.Add("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
        mail.AlternateViews.Add(Part(Text, "text/plain"));
        if (Html.Length > 0)
            mail.AlternateViews.Add(Part(Html, "text/html"));
        return mail;
    }

    static AlternateView Part(string content, string type)
    {
        var part = AlternateView.CreateAlternateViewFromString(content.ReplaceLineEndings("\r\n"), Encoding, type);
        part.TransferEncoding = System.Net.Mime.TransferEncoding.QuotedPrintable;
        return part;
    }

    /// <summary>A name without what could end its quotes and begin an address.</summary>
    static string Plain(string name) => name.Replace('"', '\'').Replace('\\', '/');

    /// <summary>One bare address: no name around it, no second one beside it.</summary>
    static bool IsAddress(string text) =>
        !HasControls(text) && MailAddress.TryCreate(text, out var address) && address.Address == text;

    static bool HasControls(string text) => text.Any(char.IsControl);

    static readonly System.Text.UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false);
}
