using MailKit.Net.Smtp;

namespace Personalization.Mail;

/// <summary>
/// Connections to one mail server, kept open after use and closed when they were not needed for a while. The one used last is
/// used next, so that in quiet times the others grow old.
/// </summary>
sealed class SmtpConnections : IAsyncDisposable
{
    readonly SmtpSettings _settings;
    readonly TrustedCertificate? _certificate;
    readonly TimeProvider _clock;
    readonly Lock _gate = new();
    readonly List<(SmtpClient Client, long Since)> _kept = [];
    readonly ITimer _sweep;

    public SmtpConnections(SmtpSettings settings, TimeProvider clock)
    {
        (_settings, _clock) = (settings, clock);
        _certificate = settings.Certificate is { } trusted ? TrustedCertificate.Read(trusted).Certificate : null;
        _sweep = clock.CreateTimer(_ => _ = CloseAsync(settings.Idle), null, settings.Idle / 2, settings.Idle / 2);
    }

    public bool HasKept
    {
        get
        {
            lock (_gate)
                return _kept.Count > 0;
        }
    }

    /// <summary>One that was used before, or null. It may have died meanwhile, which only its use will tell.</summary>
    public SmtpClient? TakeKept()
    {
        lock (_gate)
        {
            if (_kept.Count == 0)
                return null;
            var (client, _) = _kept[^1];
            _kept.RemoveAt(_kept.Count - 1);
            return client;
        }
    }

    /// <exception cref="MailServerException">It did not come about.</exception>
    public Task<SmtpClient> OpenAsync(CancellationToken cancel) => SmtpConnection.OpenAsync(_settings, _certificate, cancel);

    /// <summary>Keeps it for the next message.</summary>
    public void Keep(SmtpClient client)
    {
        lock (_gate)
            _kept.Add((client, _clock.GetTimestamp()));
    }

    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync();
        await CloseAsync(TimeSpan.Zero);
    }

    /// <summary>Closes those that were not used for so long; throws nothing.</summary>
    Task CloseAsync(TimeSpan idle)
    {
        lock (_gate)
        {
            var old = _kept.FindAll(one => _clock.GetElapsedTime(one.Since) >= idle);
            _kept.RemoveAll(old.Contains);
            return Task.WhenAll(old.Select(one => SmtpConnection.CloseAsync(one.Client)));
        }
    }
}
