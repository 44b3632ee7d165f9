using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Health;
using Personalization.Journal;
using Personalization.Mail;
using Personalization.Outreach;
using Personalization.Quarantine;
using Personalization.Shop;
using Personalization.Support;

namespace Personalization.Benchmarks;

/// <summary>Messages a second from an outbox in memory to a mail server that answers each command after 20 ms, one after another and in parallel.</summary>
static class MailBenchmark
{
    const int Messages = 100;

    static readonly EmailMessage Sample = new()
    {
        Message = default,
        To = "ana@shop.test",
        From = "hello@shop.test",
        Subject = "Your cart is still here",
        Text = new string('x', 1000),
        Html = $"<p>{new string('x', 3000)}</p>",
        Unsubscribe = new("https://shop.test/u/token"),
    };

    public static async Task RunAsync(PreparedShop shop, Figures figures)
    {
        await SendAsync(16);
        foreach (var connections in new[] { 1, 4, 16 })
            figures.Add($"mail.{connections}", await SendAsync(connections), "messages/s");
    }

    static async Task<double> SendAsync(int connections)
    {
        await using var sink = new SmtpSink { Latency = TimeSpan.FromMilliseconds(20) };
        var settings = new SmtpSettings
        {
            Host = "127.0.0.1",
            Port = sink.Port,
            Security = MailSecurity.None,
            Connections = connections,
        };
        await using var transport = new MailKitTransport(settings, null, TimeProvider.System);
        var queued = Enumerable
            .Range(0, Messages)
            .Select(_ => new OutboxEntry(Guid.NewGuid(), 1, "churn-warning", "", "email", 0, OutboxState.Queued))
            .ToList();
        var store = Fake.Of<IStore>(
            (method, _) =>
                method.Name switch
                {
                    nameof(IStore.ReadOutboxAsync) => new ValueTask<IReadOnlyList<OutboxEntry>>(queued),
                    nameof(IStore.ReadQuarantineAsync) => new ValueTask<IReadOnlyList<QuarantinedItem>>([]),
                    _ => new ValueTask<bool>(true),
                }
        );
        var dispatcher = new Dispatcher(
            store,
            transport,
            entry => new(Sample with { Message = entry.Message }),
            (_, _, _) => default,
            new(),
            new ShopClock(TimeProvider.System),
            new StoreWatch(store, NullLogger<StoreWatch>.Instance),
            NullLogger<Dispatcher>.Instance
        );
        var clock = Stopwatch.StartNew();
        var sent = await dispatcher.RunOnceAsync(now: 1);
        return sent / clock.Elapsed.TotalSeconds;
    }
}
