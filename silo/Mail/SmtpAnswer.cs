namespace Personalization.Mail;

/// <summary>How far a message had come when the mail server refused it.</summary>
public enum SmtpPhase : byte
{
    /// <summary>Sender, quota, the permission to send data: what it says is about us.</summary>
    Before,

    /// <summary>The recipient.</summary>
    Recipient,

    /// <summary>The whole message, after it left.</summary>
    After,
}

/// <summary>What a mail server's answer says about a message (RFC 5321, 4.2.1).</summary>
public static class SmtpAnswer
{
    const int Closing = 421;

    /// <summary>
    /// Of a recipient and of a whole message 4xx passes and 5xx is for good, but for 53x, which is about our own login; any
    /// other refusal is about us and passes. Null where the code is no refusal. Servers repeat the address in their texts, so
    /// only the code is kept.
    /// </summary>
    public static DeliveryResult? Judge(int code, SmtpPhase phase) =>
        (code, phase) switch
        {
            (< 400 or >= 600, _) => null,
            (>= 530 and < 540, _) => DeliveryResult.TryLater($"The mail server does not let us in ({code})."),
            (Closing, _) or (_, SmtpPhase.Before) => DeliveryResult.TryLater($"The mail server answered {code}."),
            (< 500, _) => DeliveryResult.Deferred($"The mail server answered {code}."),
            _ => DeliveryResult.Refused($"The mail server answered {code}."),
        };
}
