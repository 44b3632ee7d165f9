using System.Net;
using System.Net.Mail;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Personalization.Outreach.Delivery;

/// <summary>The mail server to send through, and whether in the clear.</summary>
public sealed record SmtpSettings : MailServerSettings
{
    /// <summary>
    /// Whether the connection must be encrypted by STARTTLS; without it passwords travel in the clear. The default is true.
    /// </summary>
    public bool StartTls { get; init; } = true;
}

/// <summary>
/// Sends by SMTP (RFC 5321), one connection per letter. Refusals are told apart by their code: 4xx passes, 5xx is for good,
/// but for 53x, which is about our own login. A connection that breaks after it stood leaves the outcome unknown.
/// </summary>
public sealed class SmtpTransport(SmtpSettings settings) : IMailTransport
{
    public async ValueTask<DeliveryResult> SendAsync(Letter letter, CancellationToken cancel = default)
    {
        if (letter.Problem is { } problem)
            return DeliveryResult.Refused(problem);
        using var mail = letter.ToMail();
        using var client = new SmtpClient(settings.Host, settings.Port) { EnableSsl = settings.StartTls };
        if (settings.User is not null)
            client.Credentials = new NetworkCredential(settings.User, settings.Password);
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

    static DeliveryResult Judge(SmtpException refusal) =>
        SmtpAnswer.Judge((int)refusal.StatusCode)
        ?? refusal.InnerException switch
        {
            SocketException error => DeliveryResult.TryLater($"The mail server cannot be reached ({error.SocketErrorCode})."),
            AuthenticationException => DeliveryResult.TryLater("The mail server's certificate was not accepted."),
            var cause => DeliveryResult.Unknown(
                $"The connection to the mail server broke ({cause?.GetType().Name ?? "no reason given"})."
            ),
        };
}
