using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using Personalization.Health;
using Personalization.Journal;
using Personalization.Leadership;
using Personalization.Outreach;
using Personalization.Projections;
using Personalization.Quarantine;
using Personalization.Shop;

namespace Personalization.Mail;

/// <summary>
/// The customer's turn that dispatches a message: checks everything again, commits MessageDispatched and the outbox's move
/// to dispatched, and only then returns the message. Null where it decided against it, or for later. Where it throws before
/// committing, for instance a <see cref="TemplateException"/>, the message stays queued.
/// </summary>
public delegate ValueTask<EmailMessage?> Dispatch(OutboxEntry entry);

/// <summary>
/// The customer's turn that takes back a dispatched message that is known not to have left: it is queued again, not before
/// <paramref name="until"/> (Unix milliseconds), and decided again then.
/// </summary>
public delegate ValueTask PutOff(OutboxEntry entry, long until, string why);

/// <summary>How the outbox is emptied, section <c>Outreach:Dispatch</c>.</summary>
public sealed record DispatcherSettings
{
    /// <summary>How often the outbox is looked at. The default is 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Entries read at a time. The default is 100.</summary>
    [Range(1, 10_000)]
    public int Batch { get; init; } = 100;

    /// <summary>How long a message is tried before it has failed. The default is 2 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromDays(2);

    /// <summary>The wait after a first attempt; it doubles with each, up to an hour. The default is 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>
/// Takes due messages from the outbox to the transport, as many at a time as that sends, in no order. A message is recorded
/// as dispatched before the transport is called, and goes back to the queue only where it is known not to have left, so it
/// leaves at most once, whenever the process dies. One dispatcher at a time: starting settles what an earlier one left half
/// done. A message that fails again and again before it is dispatched is set aside, and stays queued.
/// </summary>
public sealed partial class Dispatcher(
    IStore store,
    IMailTransport transport,
    Dispatch dispatch,
    PutOff putOff,
    DispatcherSettings settings,
    ShopClock clock,
    StoreWatch watch,
    ILogger<Dispatcher> log
) : BackgroundService, ILeaderTask
{
    /// <summary>So many messages in a row for which the transport was in trouble mean that it is.</summary>
    const int Trouble = 3;

    static readonly TimeSpan LongestDelay = TimeSpan.FromHours(1);

    /// <summary>While the transport is in trouble messages stay queued; now and then one of them tries it.</summary>
    readonly Outage _outage = new(settings.RetryDelay);

    int _putOff;

    /// <summary>Outcomes the store could not take yet.</summary>
    readonly ConcurrentQueue<Settled> _unrecorded = [];

    /// <summary>Queued messages that were not dispatched when asked, and when to ask again.</summary>
    readonly ConcurrentDictionary<Guid, long> _resting = [];

    /// <summary>How often queued messages could not be dispatched.</summary>
    readonly ConcurrentDictionary<Guid, int> _failures = [];

    /// <summary>Queued messages that are set aside.</summary>
    readonly ConcurrentDictionary<Guid, bool> _aside = [];

    readonly Pace _look = new(ProjectionLoop.Look);

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

    /// <summary>One round: outcomes still to be recorded, and what is due at <paramref name="now"/> (Unix milliseconds).</summary>
    /// <returns>How many messages the transport took.</returns>
    public async Task<int> RunOnceAsync(long now, CancellationToken cancel = default)
    {
        await RecordAsync(now);
        foreach (var rested in _resting.Where(rest => rest.Value <= now))
            _resting.TryRemove(rested);
        if (_look.IsDue())
            await LookAsideAsync(cancel);
        if (_outage.IsResting(now))
            return 0;
        var limit = _outage.IsOn ? 1 : settings.Batch;
        var due = await store.ReadOutboxAsync(OutboxState.Queued, now, limit + _resting.Count + _aside.Count, cancel);
        var entries = due.Where(entry => !_resting.ContainsKey(entry.Message) && !_aside.ContainsKey(entry.Message))
            .Take(limit)
            .ToList();
        if (entries.Count == 0)
            return 0;
        if (await transport.ReachAsync(cancel) is { } problem)
        {
            BeginOutage(now, problem);
            return 0;
        }
        return await CountAsync(entries, entry => TakeAsync(entry, now, cancel));
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

    /// <summary>What is on its way has a moment to come to an end; what has not left goes back to the queue.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await RecordAsync(clock.Now);
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
                    watch.Report(error);
                }
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
    }

    async Task<bool> TakeAsync(OutboxEntry entry, long now, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested || _outage.IsResting(now))
            return false;
        EmailMessage? message = null;
        try
        {
            message = await dispatch(entry);
        }
        catch (StoreUnavailableException unavailable) when (!unavailable.IsRefusal)
        {
            watch.Report(unavailable);
        }
        catch (Exception error) when (!cancel.IsCancellationRequested)
        {
            await FailedAsync(entry, error, now, cancel);
        }
        if (message is not null)
        {
            _failures.TryRemove(entry.Message, out _);
            return await OfferAsync(entry, message, now, cancel);
        }
        _resting[entry.Message] = now + (long)settings.RetryDelay.TotalMilliseconds;
        return false;
    }

    /// <summary>A message that fails again and again is set aside, unless it is the database or a silo that is away.</summary>
    async Task FailedAsync(OutboxEntry entry, Exception error, long now, CancellationToken cancel)
    {
        // Where the turn had committed the message is known not to have left; one that is still queued stays so.
        var reason = SettingAside.ReasonOf(error);
        await SettleAsync(new(entry, OutboxState.Failed, reason), now);
        var failures = error.IsOutage() ? 0 : _failures.AddOrUpdate(entry.Message, 1, (_, failures) => failures + 1);
        if (failures <= 1)
            LogNotDispatched(entry.Message, entry.Playbook, reason);
        if (failures < SettingAside.Tries)
            return;
        var subject = entry.Message.ToString();
        await store.SetAsideAsync(log, QuarantineKind.Message, subject, entry.Customer, error, failures, now, cancel);
        _aside[entry.Message] = true;
        _failures.TryRemove(entry.Message, out _);
    }

    /// <summary>Learns what is set aside, also by an earlier dispatcher; what is to be tried again is due.</summary>
    async Task LookAsideAsync(CancellationToken cancel)
    {
        var items = await store.ReadQuarantineAsync(QuarantineKind.Message, 0, int.MaxValue, cancel);
        foreach (var item in items)
            if (item.Retry)
                await store.ReleaseAsync(item.Kind, item.Subject, cancel);
        var aside = items.Where(item => !item.Retry).Select(item => Guid.Parse(item.Subject)).ToHashSet();
        foreach (var message in _aside.Keys.Where(message => !aside.Contains(message)))
            _aside.TryRemove(message, out _);
        foreach (var message in aside)
            _aside[message] = true;
    }

    async Task<bool> OfferAsync(OutboxEntry entry, EmailMessage message, long now, CancellationToken cancel)
    {
        var delivery = await SendAsync(message, cancel);
        if (delivery.Outcome == DeliveryOutcome.TryLater)
        {
            await TryLaterAsync(entry, delivery, now);
            if (Interlocked.Increment(ref _putOff) >= Trouble && !cancel.IsCancellationRequested)
                BeginOutage(now, delivery.Detail);
            return false;
        }
        Volatile.Write(ref _putOff, 0);
        if (_outage.End())
            LogOutageOver();
        if (delivery.Outcome == DeliveryOutcome.Deferred)
        {
            await TryLaterAsync(entry, delivery, now);
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
        await SettleAsync(new(entry, state, delivery.Detail), now);
        return state == OutboxState.Sent;
    }

    /// <summary>The delay doubles with each attempt; a message that has been tried for long enough has failed.</summary>
    async Task TryLaterAsync(OutboxEntry entry, DeliveryResult delivery, long now)
    {
        var why = delivery.Detail ?? "";
        var (first, longest) = (settings.RetryDelay, LongestDelay > settings.RetryDelay ? LongestDelay : settings.RetryDelay);
        var delay = Math.Min(longest.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, entry.Attempts));
        var (since, until) = (entry.Attempts == 0 ? now : entry.TriedSince, now + (long)delay);
        if (until - since <= settings.GiveUpAfter.TotalMilliseconds)
        {
            LogTryLater(entry.Message, entry.Attempts + 1, why);
            await SettleAsync(new(entry, OutboxState.Queued, why, until), now);
            return;
        }
        why = $"{why} It was tried {entry.Attempts + 1} times and given up.";
        LogNotSent(entry.Message, OutboxState.Failed, why);
        await SettleAsync(new(entry, OutboxState.Failed, why), now);
    }

    void BeginOutage(long now, string? why)
    {
        if (_outage.Begin(now))
            LogOutage(why);
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

    Task SettleAsync(Settled settled, long now)
    {
        _unrecorded.Enqueue(settled);
        return RecordAsync(now);
    }

    /// <summary>
    /// What the store does not take is kept for the next round. Whoever stops the server does not stop this: an outcome that
    /// is known must be recorded.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The store takes nothing now.</exception>
    async Task RecordAsync(long now)
    {
        while (_unrecorded.TryDequeue(out var settled))
            try
            {
                await RecordAsync(settled, now);
            }
            catch
            {
                _unrecorded.Enqueue(settled);
                throw;
            }
    }

    async Task RecordAsync(Settled settled, long now)
    {
        var (entry, state, detail, until) = settled;
        if (state == OutboxState.Queued)
            try
            {
                await putOff(entry, until, detail ?? "");
                return;
            }
            catch (Exception error) when (error is not StoreUnavailableException)
            {
                // It did not leave, and its customer cannot take it back.
                LogNotDispatched(entry.Message, entry.Playbook, SettingAside.ReasonOf(error));
                state = OutboxState.Failed;
            }
        await store.MoveOutboxAsync(entry.Message, OutboxState.Dispatched, state, detail, now, CancellationToken.None);
    }

    /// <param name="Until">When a message that is queued again may be tried, Unix milliseconds.</param>
    sealed record Settled(OutboxEntry Entry, OutboxState State, string? Detail, long Until = 0);

    /// <summary>
    /// A time in which nothing can be sent. Between two tries it rests, longer each time, up to ten times the first.
    /// </summary>
    sealed class Outage(TimeSpan firstRest)
    {
        const int LongestRest = 10;

        readonly Lock _gate = new();
        long _until;
        int _tries;

        public bool IsOn
        {
            get
            {
                lock (_gate)
                    return _tries > 0;
            }
        }

        public bool IsResting(long now)
        {
            lock (_gate)
                return now < _until;
        }

        /// <summary>Another try was in vain.</summary>
        /// <returns>Whether it is the first.</returns>
        public bool Begin(long now)
        {
            lock (_gate)
            {
                if (now < _until)
                    return false; // Several were on their way at once.
                _until = now + (long)firstRest.TotalMilliseconds * Math.Min(1L << Math.Min(_tries, 10), LongestRest);
                return _tries++ == 0;
            }
        }

        /// <returns>Whether there was one.</returns>
        public bool End()
        {
            lock (_gate)
            {
                var was = _tries > 0;
                (_until, _tries) = (0, 0);
                return was;
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Message {Message} was on its way when the server stopped; known to have been taken: {Taken}."
    )]
    partial void LogRecovered(Guid message, bool taken);

    [LoggerMessage(Level = LogLevel.Error, Message = "Message {Message} of {Playbook} was not dispatched: {Reason}")]
    partial void LogNotDispatched(Guid message, string playbook, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Message {Message}, attempt {Attempt}: {Detail} It will be tried again.")]
    partial void LogTryLater(Guid message, int attempt, string? detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message {Message} is {State}: {Detail}")]
    partial void LogNotSent(Guid message, OutboxState state, string? detail);

    [LoggerMessage(Level = LogLevel.Error, Message = "No message can be sent now; all of them wait in the outbox: {Detail}")]
    partial void LogOutage(string? detail);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Messages can be sent again.")]
    partial void LogOutageOver();
}
