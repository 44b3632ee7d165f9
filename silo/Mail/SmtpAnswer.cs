namespace Personalization.Mail;

/// <summary>What a mail server's answer says about a message (RFC 5321, 4.2.1).</summary>
public static class SmtpAnswer
{
    /// <summary>
    /// 4xx passes, 5xx is for good, but for 53x, which is about our own login. Null where the code is no refusal. Servers repeat
    /// the address in their texts, so only the code is kept.
    /// </summary>
    public static DeliveryResult? Judge(int code) =>
        code switch
        {
            >= 400 and < 500 => DeliveryResult.TryLater($"The mail server answered {code}."),
            >= 530 and < 540 => DeliveryResult.TryLater($"The mail server does not let us in ({code})."),
            >= 500 and < 600 => DeliveryResult.Refused($"The mail server answered {code}."),
            _ => null,
        };
}
