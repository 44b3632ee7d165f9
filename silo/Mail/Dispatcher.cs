using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using Personalization.Journal;
using Personalization.Leadership;
using Personalization.Outreach;
using Personalization.Shop;

namespace Personalization.Mail;

/// <summary>
/// The customer's turn that dispatches a message: checks everything again, commits MessageDispatched and the outbox's move
/// to dispatched, and only then returns the message. Null where it decided against it, or for later. Where it throws before
/// committing, for instance a <see cref="TemplateException"/>, the message stays queued.
/// </summary>
public delegate ValueTask<EmailMessage?> Dispatch(OutboxEntry entry);

/// <summary>How the outbox is emptied, section <c>Outreach:Dispatch</c>.</summary>
public sealed record DispatcherSettings
{
    /// <summary>How often the outbox is looked at. The default is 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Entries read at a time. The default is 100.</summary>
    [Range(1, 10_000)]
    public int Batch { get; init; } = 100;

    /// <summary>How often a message is offered to the transport before it has failed. The default is 6, over half an hour.</summary>
    [Range(1, 20)]
    public int Attempts { get; init; } = 6;

    /// <summary>The wait after a first attempt; it doubles with each. The default is 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>
/// Takes due messages from the outbox to the transport, as many at a time as that sends, in no order. A message is recorded
/// as dispatched before the transport is called and never goes back from there, so it leaves at most once, whenever the
/// process dies. One dispatcher at a time: starting settles what an earlier one left half done.
/// </summary>
public sealed partial class Dispatcher(
    IOutbox store,
    IMailTransport transport,
    Dispatch dispatch,
    DispatcherSettings settings,
    ShopClock clock,
    ILogger<Dispatcher> log
) : BackgroundService, ILeaderTask
{
    /// <summary>
    /// So many messages put off in a row mean that the transport itself is in trouble: then messages stay queued, where
    /// nothing can be lost, until those that wait have been settled.
    /// </summary>
    const int Trouble = 3;

    int _putOff;

    /// <summary>
    /// Dispatched messages that the transport wants later. They live in memory only: after a crash they are unknown.
    /// </summary>
    readonly ConcurrentDictionary<Guid, Waiting> _waiting = [];

    /// <summary>Outcomes the store could not take yet.</summary>
    readonly ConcurrentQueue<Settled> _unrecorded = [];

    /// <summary>Queued messages that were not dispatched when asked, and when to ask again.</summary>
    readonly ConcurrentDictionary<Guid, long> _resting = [];

    /// <summary>
    /// Settles messages that a crash left dispatched: sent where the transport knows it took them, unknown otherwise. Never
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
    /// One round: outcomes still to be recorded, messages to be tried again, and what is due at <paramref name="now"/> (Unix
    /// milliseconds).
    /// </summary>
    /// <returns>How many messages the transport took.</returns>
    public async Task<int> RunOnceAsync(long now, CancellationToken cancel = default)
    {
        await RecordAsync(now, cancel);
        var again = _waiting.Values.Where(waiting => waiting.At <= now).ToList();
        var sent = await CountAsync(again, waiting => OfferAsync(waiting.Message, waiting.Attempt, now, cancel));
        foreach (var rested in _resting.Where(rest => rest.Value <= now))
            _resting.TryRemove(rested);
        var due = await store.ReadOutboxAsync(OutboxState.Queued, now, settings.Batch + _resting.Count, cancel);
        return sent
            + await CountAsync(due.Where(entry => !_resting.ContainsKey(entry.Message)), entry => TakeAsync(entry, now, cancel));
    }

    /// <summary>
    /// How many of them came out true. One that throws does not break off those beside it: their outcome must be recorded.
    /// </summary>
    async Task<int> CountAsync<T>(IEnumerable<T> items, Func<T, Task<bool>> sendAsync)
    {
        var sent = 0;
        var lanes = new ParallelOptions { MaxDegreeOfParallelism = transport.Connections };
        await Parallel.ForEachAsync(items, lanes, async (item, _) =>
        {
            if (await sendAsync(item))
                Interlocked.Increment(ref sent);
        });
        return sent;
    }

    /// <summary>Messages that still wait are known not to have left: they have failed.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var message in _waiting.Keys)
            _unrecorded.Enqueue(
                new(message, OutboxState.Failed, "The server was stopped before the message could be tried again.")
            );
        _waiting.Clear();
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
                    if (!recovered)
                        await RecoverAsync(clock.Now, stoppingToken);
                    recovered = true;
                    // A full round leaves more behind.
                    while (await RunOnceAsync(clock.Now, stoppingToken) >= settings.Batch) { }
                }
                catch (StoreUnavailableException error)
                {
                    LogStoreUnavailable(error.Message);
                }
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
    }

    async Task<bool> TakeAsync(OutboxEntry entry, long now, CancellationToken cancel)
    {
        if (Volatile.Read(ref _putOff) >= Trouble && !_waiting.IsEmpty)
            return false;
        EmailMessage? message = null;
        try
        {
            message = await dispatch(entry);
        }
        catch (Exception error) when (!cancel.IsCancellationRequested)
        {
            LogNotDispatched(entry.Message, entry.Playbook, error.Message);
            // Where the turn had committed the message is known not to have left; one that is still queued stays so.
            _unrecorded.Enqueue(new(entry.Message, OutboxState.Failed, error.Message));
            await RecordAsync(now, cancel);
        }
        if (message is not null)
            return await OfferAsync(message, 1, now, cancel);
        _resting[entry.Message] = now + (long)settings.RetryDelay.TotalMilliseconds;
        return false;
    }

    async Task<bool> OfferAsync(EmailMessage message, int attempt, long now, CancellationToken cancel)
    {
        _waiting.TryRemove(message.Message, out _);
        var delivery = await SendAsync(message, cancel);
        var isPutOff = delivery.Outcome == DeliveryOutcome.TryLater;
        Interlocked.Exchange(ref _putOff, isPutOff ? _putOff + 1 : 0);
        if (isPutOff && attempt < settings.Attempts)
        {
            LogTryLater(message.Message, attempt, delivery.Detail);
            var delay = (long)settings.RetryDelay.TotalMilliseconds << (attempt - 1);
            _waiting[message.Message] = new(message, attempt + 1, now + delay);
            return false;
        }
        var state = delivery.Outcome switch
        {
            DeliveryOutcome.Sent => OutboxState.Sent,
            DeliveryOutcome.Unknown => OutboxState.Unknown,
            _ => OutboxState.Failed,
        };
        if (state != OutboxState.Sent)
            LogNotSent(message.Message, state, delivery.Detail);
        _unrecorded.Enqueue(new(message.Message, state, delivery.Detail));
        await RecordAsync(now, cancel);
        return state == OutboxState.Sent;
    }

    async Task<DeliveryResult> SendAsync(EmailMessage message, CancellationToken cancel)
    {
        try
        {
            return await transport.SendAsync(message, cancel);
        }
        catch (Exception error) when (!cancel.IsCancellationRequested)
        {
            return DeliveryResult.Unknown($"The transport failed ({error.GetType().Name}).");
        }
    }

    /// <summary>What the store does not take is kept for the next round.</summary>
    /// <exception cref="StoreUnavailableException">The store takes nothing now.</exception>
    async Task RecordAsync(long now, CancellationToken cancel)
    {
        while (_unrecorded.TryDequeue(out var settled))
            try
            {
                await store.MoveOutboxAsync(settled.Message, OutboxState.Dispatched, settled.State, settled.Detail, now, cancel);
            }
            catch
            {
                _unrecorded.Enqueue(settled);
                throw;
            }
    }

    sealed record Waiting(EmailMessage Message, int Attempt, long At);

    sealed record Settled(Guid Message, OutboxState State, string? Detail);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Message {Message} was on its way when the server stopped; known to have been taken: {Taken}."
    )]
    partial void LogRecovered(Guid message, bool taken);

    [LoggerMessage(Level = LogLevel.Error, Message = "Message {Message} of {Playbook} was not dispatched: {Reason}")]
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
