using System.Net.Sockets;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace Personalization.Mail;

/// <summary>The mail server could not be talked to, or does not let us in: no message has been spoken of yet.</summary>
sealed class MailServerException(string message, Exception cause) : Exception(message, cause);

/// <summary>A connection that has been encrypted and logged in as the settings demand.</summary>
static class SmtpConnection
{
    /// <exception cref="MailServerException">It did not come about; the message says why.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public static async Task<SmtpClient> OpenAsync(
        SmtpSettings settings,
        TrustedCertificate? certificate,
        CancellationToken cancel
    )
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(settings.ConnectTimeout);
        var client = new SmtpClient
        {
            // Of one read or write: the longest that is ever waited; what is shorter is given up by who waits.
            Timeout = (int)Math.Max(settings.Timeout.TotalMilliseconds, settings.AnswerTimeout.TotalMilliseconds),
            // A list of revocations that cannot be fetched from where mail is sent would stop all mail.
            CheckCertificateRevocation = false,
            ServerCertificateValidationCallback = certificate is null ? null : certificate.Accepts,
        };
        try
        {
            await client.ConnectAsync(settings.Host, settings.PortInUse, OptionsOf(settings.Security), patience.Token);
            if (settings.User is not null)
                await client.AuthenticateAsync(settings.User, settings.Password!, patience.Token);
            return client;
        }
        catch (Exception error)
        {
            var connected = client.IsConnected;
            client.Dispose();
            cancel.ThrowIfCancellationRequested();
            throw new MailServerException(connected ? WhyNotLetIn(error) : WhyNotReached(error), error);
        }
    }

    /// <summary>Takes leave, as far as the other side listens.</summary>
    public static async Task CloseAsync(SmtpClient client)
    {
        using (client)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            try
            {
                await client.DisconnectAsync(quit: true, patience.Token);
            }
            catch (Exception) { } // It is closed all the same.
        }
    }

    static SecureSocketOptions OptionsOf(MailSecurity security) =>
        security switch
        {
            MailSecurity.Implicit => SecureSocketOptions.SslOnConnect,
            MailSecurity.None => SecureSocketOptions.None,
            _ => SecureSocketOptions.StartTls, // Demanded, unlike StartTlsWhenAvailable.
        };

    static string WhyNotReached(Exception error) =>
        error switch
        {
            SocketException socket => $"The mail server cannot be reached ({socket.SocketErrorCode}).",
            SslHandshakeException => "The mail server's certificate was not accepted, or it speaks no TLS there.",
            SmtpCommandException refusal => $"The mail server takes no connection now ({(int)refusal.StatusCode}).",
            NotSupportedException => "The mail server offers no STARTTLS.",
            OperationCanceledException or TimeoutException => "The mail server was not reached in time.",
            _ => $"The mail server cannot be reached ({error.GetType().Name}).",
        };

    static string WhyNotLetIn(Exception error) =>
        error switch
        {
            AuthenticationException { InnerException: SmtpCommandException refusal } =>
                $"The mail server does not let us in ({(int)refusal.StatusCode}).",
            NotSupportedException => "The mail server offers no login that is known here.",
            OperationCanceledException or TimeoutException => "The mail server did not let us in in time.",
            _ => $"The mail server does not let us in ({error.GetType().Name}).",
        };
}
