using Personalization.Journal;
using Personalization.Leadership;
using Personalization.Outreach;
using Personalization.Shop;

namespace Personalization.Mail;

/// <summary>
/// The customer's turn that gives a message away: checks everything again, commits MessageDispatched and the outbox's move
/// to handed over, and only then returns the letter. Null where it decided against it, or for later. Throws before
/// committing where the letter cannot be made (<see cref="TemplateException"/>): the message then stays queued.
/// </summary>
public delegate ValueTask<EmailMessage?> Dispatch(long customer, Guid message, CancellationToken cancel);

/// <summary>How the outbox is emptied.</summary>
public sealed record DispatcherSettings
{
    /// <summary>How often the outbox is looked at. The default is 5 seconds.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Entries read at a time. The default is 100.</summary>
    public int Batch { get; init; } = 100;

    /// <summary>
    /// How often a letter is offered to the transport before it has failed. The default is 6, over half an hour.
    /// </summary>
    public int Attempts { get; init; } = 6;

    /// <summary>The wait after a first attempt; it doubles with each. The default is 1 minute.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>
/// Takes due messages from the outbox to the transport. A message is recorded as handed over before the transport is called
/// and never leaves that state backwards, so it leaves at most once, whenever the process dies. One dispatcher at a time:
/// starting settles what an earlier one left half done.
/// </summary>
public sealed partial class Dispatcher(
    IStore store,
    IMailTransport transport,
    Dispatch dispatch,
    DispatcherSettings settings,
    ShopClock clock,
    ILogger<Dispatcher> log
) : BackgroundService, ILeaderTask
{
    /// <summary>
    /// So many letters put off in a row mean that the transport itself is in trouble: then messages stay queued, where
    /// nothing can be lost, until those that wait have been settled.
    /// </summary>
    const int Trouble = 3;

    int putOff;

    /// <summary>
    /// Letters handed over that the transport wants later. They live in memory only: after a crash they are unknown.
    /// </summary>
    readonly List<Waiting> waiting = [];

    /// <summary>Outcomes the store could not take yet.</summary>
    readonly List<Settled> unrecorded = [];

    /// <summary>Queued messages that were not handed over when asked, and when to ask again.</summary>
    readonly Dictionary<Guid, long> resting = [];

    /// <summary>
    /// Settles messages that a crash left handed over: sent where the transport knows it took them, unknown otherwise. Never
    /// sends.
    /// </summary>
    public async Task RecoverAsync(long now, CancellationToken cancel = default)
    {
        while (true)
        {
            var entries = await store.ReadOutboxAsync(OutboxState.Dispatched, long.MaxValue, settings.Batch, cancel);
            if (entries.Count == 0)
                return;
            foreach (var entry in entries)
            {
                var taken = await transport.HasTakenAsync(entry.Message, cancel);
                LogRecovered(entry.Message, taken);
                await store.MoveOutboxAsync(
                    entry.Message,
                    OutboxState.Dispatched,
                    taken ? OutboxState.Sent : OutboxState.Unknown,
                    taken ? null : "The server stopped while the message was on its way.",
                    now,
                    cancel
                );
            }
        }
    }

    /// <summary>
    /// One round: outcomes still to be recorded, letters to be tried again, and what is due at <paramref name="now"/> (Unix
    /// milliseconds).
    /// </summary>
    /// <returns>How many letters the transport took.</returns>
    public async Task<int> RunOnceAsync(long now, CancellationToken cancel = default)
    {
        await RecordAsync(now, cancel);
        var sent = 0;
        foreach (var letter in waiting.Where(letter => letter.At <= now).ToList())
        {
            waiting.Remove(letter);
            if (await OfferAsync(letter.Message, letter.Attempt, now, cancel))
                sent++;
        }
        foreach (var rested in resting.Where(rest => rest.Value <= now).ToList())
            resting.Remove(rested.Key);
        foreach (var entry in await store.ReadOutboxAsync(OutboxState.Queued, now, settings.Batch + resting.Count, cancel))
        {
            if (putOff >= Trouble && waiting.Count > 0)
                break;
            if (resting.ContainsKey(entry.Message))
                continue;
            if (await TakeAsync(entry, now, cancel) is { } letter && await OfferAsync(letter, 1, now, cancel))
                sent++;
        }
        return sent;
    }

    /// <summary>Letters that still wait are known not to have left: they have failed.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var letter in waiting)
            unrecorded.Add(
                new(letter.Message.Message, OutboxState.Failed, "The server was stopped before the letter could be tried again.")
            );
        waiting.Clear();
        await RecordAsync(clock.Now, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(settings.Interval, clock);
        var recovered = false;
        try
        {
            do
            {
                try
                {
                    var now = clock.Now;
                    if (!recovered)
                        await RecoverAsync(now, stoppingToken);
                    recovered = true;
                    await RunOnceAsync(now, stoppingToken);
                }
                catch (StoreUnavailableException error)
                {
                    LogStoreUnavailable(error.Message);
                }
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
    }

    async Task<EmailMessage?> TakeAsync(OutboxEntry entry, long now, CancellationToken cancel)
    {
        EmailMessage? letter = null;
        try
        {
            letter = await dispatch(entry.Customer, entry.Message, cancel);
        }
        catch (Exception error) when (error is not (OperationCanceledException or StoreUnavailableException))
        {
            LogNotDispatched(entry.Message, entry.Playbook, error.Message);
        }
        if (letter is null)
            resting[entry.Message] = now + (long)settings.RetryDelay.TotalMilliseconds;
        return letter;
    }

    async Task<bool> OfferAsync(EmailMessage letter, int attempt, long now, CancellationToken cancel)
    {
        DeliveryResult delivery;
        try
        {
            delivery = await transport.SendAsync(letter, cancel);
        }
        catch (Exception error) when (!cancel.IsCancellationRequested)
        {
            delivery = DeliveryResult.Unknown($"The transport failed ({error.GetType().Name}).");
        }
        putOff = delivery.Outcome == DeliveryOutcome.TryLater ? putOff + 1 : 0;
        if (delivery.Outcome == DeliveryOutcome.TryLater && attempt < settings.Attempts)
        {
            LogTryLater(letter.Message, attempt, delivery.Detail);
            waiting.Add(new(letter, attempt + 1, now + ((long)settings.RetryDelay.TotalMilliseconds << (attempt - 1))));
            return false;
        }
        var state = delivery.Outcome switch
        {
            DeliveryOutcome.Sent => OutboxState.Sent,
            DeliveryOutcome.Unknown => OutboxState.Unknown,
            _ => OutboxState.Failed,
        };
        if (state != OutboxState.Sent)
            LogNotSent(letter.Message, state, delivery.Detail);
        unrecorded.Add(new(letter.Message, state, delivery.Detail));
        await RecordAsync(now, cancel);
        return state == OutboxState.Sent;
    }

    /// <summary>Throws <see cref="StoreUnavailableException"/> with the rest kept for the next round.</summary>
    async Task RecordAsync(long now, CancellationToken cancel)
    {
        while (unrecorded.Count > 0)
        {
            var settled = unrecorded[0];
            await store.MoveOutboxAsync(settled.Message, OutboxState.Dispatched, settled.State, settled.Detail, now, cancel);
            unrecorded.RemoveAt(0);
        }
    }

    sealed record Waiting(EmailMessage Message, int Attempt, long At);

    sealed record Settled(Guid Message, OutboxState State, string? Detail);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Message {Message} was on its way when the server stopped; known to have been taken: {Taken}."
    )]
    partial void LogRecovered(Guid message, bool taken);

    [LoggerMessage(Level = LogLevel.Error, Message = "Message {Message} of {Playbook} stays queued: {Reason}")]
    partial void LogNotDispatched(Guid message, string playbook, string reason);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Message {Message}, attempt {Attempt}: {Detail} It will be tried again."
    )]
    partial void LogTryLater(Guid message, int attempt, string? detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Message} is {State}: {Detail}")]
    partial void LogNotSent(Guid message, OutboxState state, string? detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "The outbox cannot be read or written now: {Reason}")]
    partial void LogStoreUnavailable(string reason);
}
