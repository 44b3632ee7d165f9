using System.Net;
using System.Net.Mail;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Personalization.Outreach.Delivery;

/// <summary>The mail server to send through.</summary>
public sealed record SmtpSettings
{
    public required string Host { get; init; }

    /// <summary>The default is 587, the submission port (RFC 6409).</summary>
    public int Port { get; init; } = 587;

    /// <summary>
    /// Whether the connection must be encrypted by STARTTLS; without it passwords travel in the clear. The default is true.
    /// </summary>
    public bool StartTls { get; init; } = true;

    public string? User { get; init; }
    public string? Password { get; init; }

    /// <summary>How long one letter may take. The default is 1 minute.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What is wrong with it, one sentence each, beginning with the setting's name.</summary>
    public IEnumerable<string> Problems()
    {
        if (string.IsNullOrWhiteSpace(Host)) yield return "Mail:Smtp:Host is missing.";
        if (Port is < 1 or > 65535) yield return "Mail:Smtp:Port must be between 1 and 65535.";
        if (Timeout <= TimeSpan.Zero) yield return "Mail:Smtp:Timeout must be longer than nothing.";
        if (User is null != Password is null) yield return "Mail:Smtp:User and Mail:Smtp:Password belong together.";
    }

    /// <summary>The password stays out of logs.</summary>
    public override string ToString() => $"{Host}:{Port}";
}

/// <summary>
/// Sends by SMTP (RFC 5321), one connection per letter. Refusals are told apart by their code: 4xx passes, 5xx is for good,
/// but for 53x, which is about our own login. A connection that breaks after it stood leaves the outcome unknown.
/// </summary>
public sealed class SmtpTransport(SmtpSettings settings) : IMailTransport
{
    public async ValueTask<DeliveryResult> SendAsync(Letter letter, CancellationToken cancel = default)
    {
        if (letter.Problem is { } problem) return DeliveryResult.Refused(problem);
        using var mail = letter.ToMail();
        using var client = new SmtpClient(settings.Host, settings.Port) { EnableSsl = settings.StartTls };
        if (settings.User is not null) client.Credentials = new NetworkCredential(settings.User, settings.Password);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(settings.Timeout);
        try
        {
            await client.SendMailAsync(mail, patience.Token);
            return DeliveryResult.Sent;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return DeliveryResult.Unknown($"The mail server did not answer within {settings.Timeout.TotalSeconds:0} s.");
        }
        catch (SmtpException refusal)
        {
            return Judge(refusal);
        }
    }

    /// <summary>SMTP keeps no list that could be asked.</summary>
    public ValueTask<bool> HasTakenAsync(Guid message, CancellationToken cancel = default) => new(false);

    /// <summary>Servers repeat the address in their texts, so only the code is kept.</summary>
    static DeliveryResult Judge(SmtpException refusal)
    {
        var code = (int)refusal.StatusCode;
        return code switch
        {
            >= 400 and < 500 => DeliveryResult.TryLater($"The mail server answered {code}."),
            >= 530 and < 540 => DeliveryResult.TryLater($"The mail server does not let us in ({code})."),
            >= 500 and < 600 => DeliveryResult.Refused($"The mail server answered {code}."),
            _ => refusal.InnerException switch
            {
                SocketException error => DeliveryResult.TryLater($"The mail server cannot be reached ({error.SocketErrorCode})."),
                AuthenticationException => DeliveryResult.TryLater("The mail server's certificate was not accepted."),
                var cause =>
                    DeliveryResult.Unknown(
                        $"The connection to the mail server broke ({cause?.GetType().Name ?? "no reason given"})."),
            },
        };
    }
}
