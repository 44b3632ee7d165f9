using Personalization.Outreach;

namespace Personalization.Mail;

/// <summary>How a message leaves.</summary>
public interface IMailTransport
{
    /// <summary>
    /// Sends a message. Every answer that the other side can give is a value; after an exception the outcome is unknown.
    /// </summary>
    ValueTask<DeliveryResult> SendAsync(EmailMessage message, CancellationToken cancel = default);

    /// <summary>
    /// Gets ready to send, so that no message is touched while there is nothing to send it with: why that is, in words
    /// without personal data, or null.
    /// </summary>
    ValueTask<string?> ReachAsync(CancellationToken cancel = default) => new((string?)null);

    /// <summary>How many messages it sends at a time.</summary>
    int Connections => 1;

    /// <summary>Whether this message is known to have been taken, so that after a crash it need not be called unknown.</summary>
    ValueTask<bool> HasTakenAsync(Guid message, CancellationToken cancel = default);
}

public enum DeliveryOutcome : byte
{
    /// <summary>The other side took it.</summary>
    Sent,

    /// <summary>It was refused for good.</summary>
    Refused,

    /// <summary>It did not leave, and may later: the other side is in trouble or will not have us; others fare alike.</summary>
    TryLater,

    /// <summary>It did not leave, and may later: the other side is well, but does not take this one now.</summary>
    Deferred,

    /// <summary>The connection broke when it may have been taken: never to be tried again.</summary>
    Unknown,
}

/// <summary>What became of a message, with the reason in words that hold no personal data.</summary>
public readonly record struct DeliveryResult(DeliveryOutcome Outcome, string? Detail = null)
{
    public static readonly DeliveryResult Sent = new(DeliveryOutcome.Sent);

    public static DeliveryResult Refused(string detail) => new(DeliveryOutcome.Refused, detail);

    public static DeliveryResult TryLater(string detail) => new(DeliveryOutcome.TryLater, detail);

    public static DeliveryResult Deferred(string detail) => new(DeliveryOutcome.Deferred, detail);

    public static DeliveryResult Unknown(string detail) => new(DeliveryOutcome.Unknown, detail);
}
