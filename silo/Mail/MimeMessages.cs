using System.Text;
using MimeKit;
using MimeKit.Encodings;
using MimeKit.IO;
using MimeKit.IO.Filters;
using MimeKit.Text;
using Personalization.Outreach;

namespace Personalization.Mail;

/// <summary>
/// Messages as they leave, whatever the transport: text first, then HTML (RFC 2046), UTF-8 in seven bits, so that nothing is
/// converted on the way, and one-click headers (RFC 2369, RFC 8058).
/// </summary>
static class MimeMessages
{
    /// <summary>Where the encoder looks for the end of a line: it writes one more character, and the = at the line's end.</summary>
    const int LineLength = 72;

    /// <exception cref="FormatException">There is a <see cref="ProblemOf"/> it.</exception>
    public static MimeMessage Create(EmailMessage message, DateTimeOffset date)
    {
        var body = new MultipartAlternative(Part(TextFormat.Plain, message.Text));
        if (message.Html.Length > 0)
            body.Add(Part(TextFormat.Html, message.Html));
        var from = new MailboxAddress(Encoding.UTF8, OneLine(message.FromName), message.From);
        var to = new MailboxAddress(Encoding.UTF8, OneLine(message.ToName), message.To);
        var mime = new MimeMessage([from], [to], OneLine(message.Subject), body)
        {
            Date = date,
            MessageId = $"{message.Message:N}@{MailboxAddress.EncodeAddrspec(message.From).Split('@')[^1]}",
        };
        var unsubscribe = $"<{message.Unsubscribe.AbsoluteUri}>";
        if (message.UnsubscribeMail is { } address)
            unsubscribe += $", <mailto:{address}?subject=unsubscribe>";
        mime.Headers.Add(HeaderId.ListUnsubscribe, unsubscribe);
        mime.Headers.Add(HeaderId.ListUnsubscribePost, "List-Unsubscribe=One-Click");
        mime.Prepare(EncodingConstraint.SevenBit);
        return mime;
    }

    /// <summary>Encoded here: left to itself MimeKit writes lines one character longer than RFC 2045 (6.7, rule 5) lets them be.</summary>
    static TextPart Part(TextFormat format, string content)
    {
        var encoded = new MemoryStream();
        var encoder = new FilteredStream(encoded);
        encoder.Add(new EncoderFilter(new QuotedPrintableEncoder(LineLength)));
        encoder.Write(Encoding.UTF8.GetBytes(content.ReplaceLineEndings("\r\n")));
        encoder.Flush();
        encoded.Position = 0;
        return new TextPart(format)
        {
            ContentType = { Charset = "utf-8" },
            ContentTransferEncoding = ContentEncoding.QuotedPrintable,
            Content = new MimeContent(encoded, ContentEncoding.QuotedPrintable),
        };
    }

    /// <summary>
    /// What is wrong with a message, in words that name the field and not its value, or null.
    /// </summary>
    public static string? ProblemOf(EmailMessage message) =>
        !MailAddressAttribute.IsAddress(message.To) ? "The recipient's address is not an e-mail address."
        // What is signed must not be written another way for a server that could take it (RFC 6532).
        : !Ascii.IsValid(message.To.AsSpan(0, message.To.LastIndexOf('@')))
            ? "The recipient's address has characters beyond ASCII before its @."
        : OneLine(message.Subject).Length == 0 ? "The subject is empty."
        : message.Text.Length == 0 ? "The plain-text part is empty."
        : null;

    /// <summary>Line ends in what becomes a header would let a name or a subject add headers of its own: they are blanks.</summary>
    static string OneLine(string text) =>
        string.Create(text.Length, text, static (line, text) =>
            {
                for (var i = 0; i < line.Length; i++)
                    line[i] = char.IsControl(text[i]) ? ' ' : text[i];
            })
            .Trim();
}
