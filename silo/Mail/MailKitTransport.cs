using MailKit;
using MailKit.Net.Smtp;
using MimeKit;
using Personalization.Outreach;

namespace Personalization.Mail;

/// <summary>
/// Sends by SMTP (RFC 5321) over connections that are kept, signed with DKIM where a key is set. Until the first byte of a
/// letter is on its way a failure is for later, whatever it was; from then on only the server's own answer tells, and without
/// one the outcome is unknown.
/// </summary>
public sealed class MailKitTransport : IMailTransport, IAsyncDisposable
{
    const int Closing = 421,
        AuthenticationRequired = 530;

    readonly MailKitSettings settings;
    readonly TimeProvider clock;
    readonly SmtpConnections connections;
    readonly MessageSigner? signer;

    /// <exception cref="ArgumentException">Settings make no sense, or their files are of no use; it names each.</exception>
    public MailKitTransport(MailKitSettings settings, TimeProvider clock)
    {
        if (settings.Problems().ToList() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join(Environment.NewLine, problems));
        (this.settings, this.clock) = (settings, clock);
        connections = new(settings, clock);
        if (settings.Dkim is { } dkim)
            signer = new(DkimKey.Read(dkim.KeyFile).Key!, dkim, clock);
    }

    public async ValueTask<DeliveryResult> SendAsync(EmailMessage letter, CancellationToken cancel = default)
    {
        if (letter.Problem is { } problem)
            return DeliveryResult.Refused(problem);
        // What is signed must not be written another way for a server that could take it (RFC 6532).
        if (!System.Text.Ascii.IsValid(letter.To.AsSpan(0, letter.To.LastIndexOf('@'))))
            return DeliveryResult.Refused("The recipient's address has letters beyond ASCII before its @.");
        using var mail = letter.ToMail();
        using var message = Compose(mail);
        using var place = await connections.EnterAsync(cancel);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(settings.Timeout);
        try
        {
            while (connections.TakeKept() is { } kept)
                if (await OfferAsync(message, kept, mayHaveDied: true, patience.Token, cancel) is { } outcome)
                    return outcome;
            var opened = await connections.OpenAsync(patience.Token);
            return (await OfferAsync(message, opened, mayHaveDied: false, patience.Token, cancel))!.Value;
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

    public ValueTask DisposeAsync() => connections.DisposeAsync();

    /// <summary>
    /// The message as it will leave, byte for byte, to any server: seven bits, so that nothing is converted on the way.
    /// </summary>
    MimeMessage Compose(System.Net.Mail.MailMessage mail)
    {
        var message = MimeMessage.CreateFromMailMessage(mail);
        message.Date = clock.GetUtcNow();
        message.Prepare(EncodingConstraint.SevenBit);
        signer?.Sign(message);
        return message;
    }

    /// <summary>
    /// One attempt on one connection, which is kept or closed afterwards. Null only where it <paramref name="mayHaveDied"/> and
    /// had, before anything of the letter left: another connection will do.
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
            return DeliveryResult.Unknown($"The mail server was lost after the letter began to leave ({error.GetType().Name}).");
        }
        catch (Exception error)
        {
            return mayHaveDied && !patience.IsCancellationRequested
                ? null
                : DeliveryResult.TryLater($"The mail server was lost before the letter left ({error.GetType().Name}).");
        }
        finally
        {
            if (usable)
                connections.Keep(client);
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
