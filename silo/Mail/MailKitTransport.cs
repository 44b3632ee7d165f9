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

    public async ValueTask<string?> ReachAsync(CancellationToken cancel = default)
    {
        if (_connections.HasKept)
            return null;
        try
        {
            _connections.Keep(await _connections.OpenAsync(cancel));
            return null;
        }
        catch (MailServerException error)
        {
            return error.Message;
        }
    }

    public async ValueTask<DeliveryResult> SendAsync(EmailMessage message, CancellationToken cancel = default)
    {
        if (MimeMessages.ProblemOf(message) is { } problem)
            return DeliveryResult.Refused(problem);
        using var mime = MimeMessages.Create(message, clock.GetUtcNow());
        _signer?.Sign(mime);
        using var departure = new Departure(settings, cancel);
        try
        {
            while (_connections.TakeKept() is { } kept)
                if (await OfferAsync(mime, kept, mayHaveDied: true, departure) is { } outcome)
                    return outcome;
            var opened = await _connections.OpenAsync(departure.Patience);
            return (await OfferAsync(mime, opened, mayHaveDied: false, departure))!.Value;
        }
        catch (MailServerException error)
        {
            return DeliveryResult.TryLater(error.Message);
        }
        catch (OperationCanceledException)
        {
            return DeliveryResult.TryLater(
                cancel.IsCancellationRequested ? "The server is being stopped." : "The mail server was not reached in time."
            );
        }
    }

    /// <summary>SMTP keeps no list that could be asked.</summary>
    public ValueTask<bool> HasTakenAsync(Guid message, CancellationToken cancel = default) => new(false);

    public ValueTask DisposeAsync() => _connections.DisposeAsync();

    /// <summary>
    /// One attempt on one connection, which is kept or closed afterwards. Null only where it <paramref name="mayHaveDied"/> and
    /// had, before anything of the message left: another connection will do.
    /// </summary>
    async Task<DeliveryResult?> OfferAsync(MimeMessage message, SmtpClient client, bool mayHaveDied, Departure departure)
    {
        var usable = false;
        try
        {
            await client.SendAsync(message, departure.Patience, departure);
            usable = true;
            return DeliveryResult.Sent;
        }
        catch (SmtpCommandException refusal) when (SmtpAnswer.Judge((int)refusal.StatusCode, PhaseOf(refusal)) is { } outcome)
        {
            usable = (int)refusal.StatusCode != Closing;
            return !usable && mayHaveDied && !departure.Begun ? null : outcome;
        }
        catch (ServiceNotAuthenticatedException)
        {
            return SmtpAnswer.Judge(AuthenticationRequired, SmtpPhase.Before);
        }
        catch (Exception error) when (departure.Begun)
        {
            return DeliveryResult.Unknown($"The mail server was lost after the message began to leave ({error.GetType().Name}).");
        }
        catch (Exception error)
        {
            return mayHaveDied && !departure.Patience.IsCancellationRequested
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

    static SmtpPhase PhaseOf(SmtpCommandException refusal) =>
        refusal.ErrorCode switch
        {
            SmtpErrorCode.RecipientNotAccepted => SmtpPhase.Recipient,
            SmtpErrorCode.MessageNotAccepted => SmtpPhase.After,
            _ => SmtpPhase.Before,
        };

    /// <summary>
    /// How far a message has come, and how long that may take: reports come with the first byte of the message itself, after
    /// the server has asked for it. Until then whoever stops the server stops the message too; from then on its answer is
    /// waited for a little, as nothing else tells what became of it.
    /// </summary>
    sealed class Departure : ITransferProgress, IDisposable
    {
        static readonly TimeSpan LastWord = TimeSpan.FromSeconds(5);

        readonly CancellationTokenSource _patience;
        readonly CancellationTokenRegistration _stop;
        readonly TimeSpan _answer;

        public Departure(SmtpSettings settings, CancellationToken stop)
        {
            _answer = settings.AnswerTimeout;
            _patience = new CancellationTokenSource(settings.Timeout);
            _stop = stop.Register(() => _patience.CancelAfter(Begun ? Shorter(LastWord, _answer) : TimeSpan.Zero));
        }

        public bool Begun { get; private set; }

        public CancellationToken Patience => _patience.Token;

        public void Report(long bytesTransferred, long totalSize) => Report(bytesTransferred);

        public void Report(long bytesTransferred)
        {
            if (Begun)
                return;
            Begun = true;
            _patience.CancelAfter(_answer);
        }

        static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

        public void Dispose()
        {
            _stop.Dispose();
            _patience.Dispose();
        }
    }
}
