using MailKit.Net.Smtp;

namespace Personalization.Mail;

/// <summary>
/// Connections to one mail server: so many at once and no more, kept open after use and closed when they were not needed for
/// a while. The one used last is used next, so that in quiet times the others grow old.
/// </summary>
sealed class SmtpConnections : IAsyncDisposable
{
    readonly MailKitSettings settings;
    readonly TrustedCertificate? certificate;
    readonly TimeProvider clock;
    readonly SemaphoreSlim places;
    readonly Lock gate = new();
    readonly List<(SmtpClient Client, long Since)> kept = [];
    readonly ITimer sweep;
    bool closed;

    /// <param name="settings">Without problems.</param>
    public SmtpConnections(MailKitSettings settings, TimeProvider clock)
    {
        (this.settings, this.clock, places) = (settings, clock, new(settings.Connections));
        certificate = settings.Certificate is { } trusted ? TrustedCertificate.Read(trusted).Certificate : null;
        sweep = clock.CreateTimer(_ => CloseOld(), null, settings.Idle / 2, settings.Idle / 2);
    }

    /// <summary>Waits for one of the places; disposing what is returned gives it back.</summary>
    public async Task<IDisposable> EnterAsync(CancellationToken cancel)
    {
        await places.WaitAsync(cancel);
        return new Place(places);
    }

    /// <summary>One that was used before, or null. It may have died meanwhile, which only its use will tell.</summary>
    public SmtpClient? TakeKept()
    {
        lock (gate)
        {
            if (kept.Count == 0)
                return null;
            var (client, _) = kept[^1];
            kept.RemoveAt(kept.Count - 1);
            return client;
        }
    }

    /// <exception cref="MailServerException">It did not come about.</exception>
    public Task<SmtpClient> OpenAsync(CancellationToken cancel) => SmtpConnection.OpenAsync(settings, certificate, cancel);

    /// <summary>Keeps it for the next letter.</summary>
    public void Keep(SmtpClient client)
    {
        lock (gate)
            if (!closed && client.IsConnected)
            {
                kept.Add((client, clock.GetTimestamp()));
                return;
            }
        client.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await sweep.DisposeAsync();
        lock (gate)
            closed = true;
        while (TakeKept() is { } client)
            await SmtpConnection.CloseAsync(client);
    }

    void CloseOld()
    {
        List<SmtpClient> old = [];
        lock (gate)
        {
            foreach (var (client, since) in kept)
                if (clock.GetElapsedTime(since) >= settings.Idle)
                    old.Add(client);
            kept.RemoveAll(one => old.Contains(one.Client));
        }
        foreach (var client in old)
            _ = SmtpConnection.CloseAsync(client); // It throws nothing.
    }

    sealed class Place(SemaphoreSlim places) : IDisposable
    {
        public void Dispose() => places.Release();
    }
}
