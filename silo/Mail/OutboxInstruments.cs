using System.Diagnostics.Metrics;
using Personalization.Journal;
using Personalization.Leadership;
using Personalization.Telemetry;

namespace Personalization.Mail;

/// <summary>How many messages of the outbox are in which state: one query now and then, by the leader.</summary>
public sealed class OutboxInstruments : BackgroundService, ILeaderTask
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(15);
    static readonly KeyValuePair<string, object?>[] States = Instruments.Tags<OutboxState>("state");

    readonly IOutbox _outbox;
    volatile Measurement<long>[] _messages = [];

    public OutboxInstruments(IMeterFactory meters, IOutbox store)
    {
        _outbox = store;
        meters
            .Create(Instruments.MeterName)
            .CreateObservableGauge("personalization.outbox", () => _messages, "{message}", "Messages in the outbox by state.");
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every);
        try
        {
            do _messages = await CountAsync(stop);
            while (await timer.WaitForNextTickAsync(stop));
        }
        finally
        {
            // Another silo leads now.
            _messages = [];
        }
    }

    async Task<Measurement<long>[]> CountAsync(CancellationToken cancel)
    {
        try
        {
            var counts = await _outbox.CountOutboxAsync(cancel);
            return
            [
                .. Enum.GetValues<OutboxState>()
                    .Select(state => new Measurement<long>(counts.GetValueOrDefault(state), States[(int)state])),
            ];
        }
        catch (StoreUnavailableException)
        {
            return [];
        }
    }
}
