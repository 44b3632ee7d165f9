using System.ComponentModel.DataAnnotations;
using MimeKit;

namespace Personalization.Mail;

/// <summary>How messages leave, section <c>Mail</c>.</summary>
public sealed record MailSettings : IValidatableObject
{
    /// <summary>The sender. The default is shop@localhost.</summary>
    [MailAddress]
    public string From { get; init; } = "shop@localhost";

    /// <summary>An address that unsubscribes by mail, for a header of every message; none by default.</summary>
    [MailAddress]
    public string? Unsubscribe { get; init; }

    /// <summary>The mail server; without one messages go into the pickup folder.</summary>
    public SmtpSettings? Smtp { get; init; }

    /// <summary>Who signs; null: messages leave unsigned.</summary>
    public DkimSettings? Dkim { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Dkim is not null && Smtp is null)
            yield return new("has no meaning without Mail:Smtp.", [nameof(Dkim)]);
        if (Unsubscribe?.Contains('?') is true)
            yield return new("must be an e-mail address without a question mark.", [nameof(Unsubscribe)]);
    }
}

/// <summary>How the connection to the mail server is encrypted.</summary>
public enum MailSecurity : byte
{
    /// <summary>Begins in the clear and must turn to TLS (RFC 3207), or nothing is sent.</summary>
    StartTls,

    /// <summary>TLS from the first byte (RFC 8314).</summary>
    Implicit,

    /// <summary>In the clear, passwords too.</summary>
    None,
}

/// <summary>The mail server to send through, section <c>Mail:Smtp</c>.</summary>
public sealed record SmtpSettings : IValidatableObject
{
    [Required(ErrorMessage = "{0} is missing.")]
    public required string Host { get; init; }

    /// <summary>The default is 587, the submission port (RFC 6409), and 465 where TLS is implicit.</summary>
    [Range(1, 65535)]
    public int? Port { get; init; }

    /// <summary>The default is STARTTLS.</summary>
    public MailSecurity Security { get; init; } = MailSecurity.StartTls;

    public string? User { get; init; }
    public string? Password { get; init; }

    /// <summary>How long a connection may take until messages can be given to it: greeting, encryption, login. The default is 20 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long one message may take until it is on its way, connecting included. The default is 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long it may then take until the server answers for it; a server may look into it meanwhile (RFC 5321, 4.5.3.2).
    /// Without an answer nobody knows whether it left. The default is 5 minutes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Messages sent at once, each over a connection that is kept for the next. The default is 4.</summary>
    [Range(1, 100)]
    public int Connections { get; init; } = 4;

    /// <summary>A connection that was not needed for so long is closed. The default is 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// What the server's certificate is held against instead of the system's authorities: its SHA-256 fingerprint, or a PEM
    /// file of authorities. Null: the system's.
    /// </summary>
    public string? Certificate { get; init; }

    public int PortInUse => Port ?? (Security == MailSecurity.Implicit ? 465 : 587);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (User is null != Password is null)
            yield return new("and Password belong together.", [nameof(User)]);
        if (Certificate is not null && Security == MailSecurity.None)
            yield return new("has no meaning where Security is None.", [nameof(Certificate)]);
        else if (Certificate is not null && TrustedCertificate.Read(Certificate).Problem is { } problem)
            yield return new(problem, [nameof(Certificate)]);
    }

    /// <summary>The password stays out of logs.</summary>
    public override string ToString() => $"{Host}:{PortInUse}";
}

/// <summary>
/// Who signs messages (RFC 6376), section <c>Mail:Dkim</c>. The public key is published at SELECTOR._domainkey.DOMAIN.
/// </summary>
public sealed record DkimSettings : IValidatableObject
{
    /// <summary>Labels of letters, digits and hyphens, with dots between them (RFC 1035, 2.3.1).</summary>
    const string Label = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

    /// <summary>The domain that answers for the messages; that of <c>Mail:From</c>, or one above it (RFC 7489).</summary>
    [Required(ErrorMessage = "{0} is missing.")]
    [RegularExpression($@"{Label}(\.{Label})+", ErrorMessage = "{0} must be a domain, such as shop.example.")]
    public required string Domain { get; init; }

    [Required(ErrorMessage = "{0} is missing.")]
    [RegularExpression($@"{Label}(\.{Label})*", ErrorMessage = "{0} must be a word of letters, digits and hyphens.")]
    public required string Selector { get; init; }

    /// <summary>The private key in PEM format: RSA of 1024 bits or more (RFC 8301), or Ed25519 (RFC 8463).</summary>
    [Required(ErrorMessage = "{0} is missing.")]
    public required string KeyFile { get; init; }

    /// <summary>Reads the key.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (DkimKey.Read(KeyFile).Problem is { } problem)
            yield return new(problem, [nameof(KeyFile)]);
    }
}

/// <summary>One bare e-mail address: no name around it, no second one beside it.</summary>
public sealed class MailAddressAttribute() : ValidationAttribute("{0} must be an e-mail address.")
{
    static readonly ParserOptions Strict = new() { AllowAddressesWithoutDomain = false };

    public override bool IsValid(object? value) => value is not string text || IsAddress(text);

    public static bool IsAddress(string text) =>
        !text.Any(char.IsControl) && MailboxAddress.TryParse(Strict, text, out var mailbox) && mailbox.Address == text;
}
