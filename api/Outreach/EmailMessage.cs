namespace Personalization.Outreach;

/// <summary>Who sends the shop's messages.</summary>
/// <param name="From">An e-mail address.</param>
/// <param name="Unsubscribe">An address that unsubscribes by mail, or null.</param>
public sealed record MailSender(string From, string? Unsubscribe);

/// <summary>A message to one person, ready to leave. It holds personal data: never log it.</summary>
public sealed record EmailMessage
{
    /// <summary>The idempotency key; the Message-ID is made of it, so that a second copy would be recognized.</summary>
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
}
