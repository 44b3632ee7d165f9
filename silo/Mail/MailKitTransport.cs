using MailKit;
using MailKit.Net.Smtp;
using MimeKit;
using Personalization.Hosting;
using Personalization.Outreach;

namespace Personalization.Mail;

/// <summary>
/// Sends by SMTP (RFC 5321) over connections that are kept, signed with DKIM where a key is set. Until the first byte of a
/// message is on its way a failure is for later, whatever it was; from then on only the server's own answer tells, and without
/// one the outcome is unknown.
/// </summary>
/// <param name="settings">Valid ones, as <see cref="Settings.Read"/> gives them; so <paramref name="dkim"/>.</param>
public sealed class MailKitTransport(SmtpSettings settings, DkimSettings? dkim, TimeProvider clock)
    : IMailTransport,
        IAsyncDisposable
{
    const int Closing = 421,
        AuthenticationRequired = 530;

    readonly SmtpConnections _connections = new(settings, clock);
    readonly MessageSigner? _signer = dkim is null ? null : new(DkimKey.Read(dkim.KeyFile).Key!, dkim, clock);

    public int Connections => settings.Connections;

    public async ValueTask<DeliveryResult> SendAsync(EmailMessage message, CancellationToken cancel = default)
    {
        if (MimeMessages.ProblemOf(message) is { } problem)
            return DeliveryResult.Refused(problem);
        using var mime = MimeMessages.Create(message, clock.GetUtcNow());
        _signer?.Sign(mime);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(settings.Timeout);
        try
        {
            while (_connections.TakeKept() is { } kept)
                if (await OfferAsync(mime, kept, mayHaveDied: true, patience.Token, cancel) is { } outcome)
                    return outcome;
            var opened = await _connections.OpenAsync(patience.Token);
            return (await OfferAsync(mime, opened, mayHaveDied: false, patience.Token, cancel))!.Value;
        }
        catch (MailServerException error)
        {
            return DeliveryResult.TryLater(error.Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return DeliveryResult.TryLater("The mail server was not reached in time.");
        }
    }

    /// <summary>SMTP keeps no list that could be asked.</summary>
    public ValueTask<bool> HasTakenAsync(Guid message, CancellationToken cancel = default) => new(false);

    public ValueTask DisposeAsync() => _connections.DisposeAsync();

    /// <summary>
    /// One attempt on one connection, which is kept or closed afterwards. Null only where it <paramref name="mayHaveDied"/> and
    /// had, before anything of the message left: another connection will do.
    /// </summary>
    async Task<DeliveryResult?> OfferAsync(
        MimeMessage message,
        SmtpClient client,
        bool mayHaveDied,
        CancellationToken patience,
        CancellationToken cancel
    )
    {
        var departure = new Departure();
        var usable = false;
        try
        {
            await client.SendAsync(message, patience, departure);
            usable = true;
            return DeliveryResult.Sent;
        }
        catch (SmtpCommandException refusal) when (SmtpAnswer.Judge((int)refusal.StatusCode) is { } outcome)
        {
            usable = (int)refusal.StatusCode != Closing;
            return !usable && mayHaveDied && !departure.Begun ? null : outcome;
        }
        catch (ServiceNotAuthenticatedException)
        {
            return SmtpAnswer.Judge(AuthenticationRequired);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception error) when (departure.Begun)
        {
            return DeliveryResult.Unknown($"The mail server was lost after the message began to leave ({error.GetType().Name}).");
        }
        catch (Exception error)
        {
            return mayHaveDied && !patience.IsCancellationRequested
                ? null
                : DeliveryResult.TryLater($"The mail server was lost before the message left ({error.GetType().Name}).");
        }
        finally
        {
            if (usable && client.IsConnected)
                _connections.Keep(client);
            else
                client.Dispose();
        }
    }

    /// <summary>Reports come with the first byte of the message itself, after the server has asked for it.</summary>
    sealed class Departure : ITransferProgress
    {
        public bool Begun { get; private set; }

        public void Report(long bytesTransferred, long totalSize) => Begun = true;

        public void Report(long bytesTransferred) => Begun = true;
    }
}
