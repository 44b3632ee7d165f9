using System.Collections.Concurrent;
using System.Globalization;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Leadership;
using Personalization.Projections;
using Personalization.Quarantine;
using Personalization.Shop;

namespace Personalization.Waking;

/// <summary>
/// Wakes customers when their time has come: one table of due times, read in order; a customer that is not due costs nothing.
/// After a long stop or an import many are due at once: they are woken at a bounded rate, so that the shop's own calls come first.
/// </summary>
public sealed partial class WakerService(
    IStore store,
    IGrainFactory grains,
    ShopClock time,
    WakerOptions options,
    ILogger<WakerService> log
) : BackgroundService, ILeaderTask
{
    /// <summary>Milliseconds. While a silo or the database fails over a customer waits no longer than that takes.</summary>
    const long RetryAfter = 60_000,
        RetryUnavailableAfter = 10_000;

    /// <summary>How often customers could not be woken who have not been since.</summary>
    readonly ConcurrentDictionary<long, int> _failures = [];
    readonly Pace _look = new(ProjectionLoop.Look);

    readonly TaskCompletionSource _caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when everybody who was due at the start has been woken.</summary>
    public Task CaughtUp => _caughtUp.Task;

    /// <summary>Wakes everybody due now, once. Returns how many.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancel)
    {
        if (_look.IsDue())
            await RetryAsync(cancel);
        var now = time.Now;
        var due = await store.ReadDueAsync(now, options.Batch, cancel);
        await Parallel.ForEachAsync(
            due,
            new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancel },
            async (one, cancel) =>
            {
                try
                {
                    await grains.Customer(one.Customer).WakeAsync(options.LiveAtDueTime ? Math.Min(one.Due, now) : now);
                    _failures.TryRemove(one.Customer, out _);
                }
                catch (Exception problem) when (problem is not OperationCanceledException)
                {
                    await FailedAsync(one.Customer, problem, now, cancel);
                }
            }
        );
        return due.Count;
    }

    /// <summary>Puts the customer off, out of the way of those due after it; one who fails again and again is set aside.</summary>
    async Task FailedAsync(long customer, Exception problem, long now, CancellationToken cancel)
    {
        long? due = now + RetryUnavailableAfter;
        if (problem.IsOutage())
            Log.WakeFailed(log, customer, problem.Message);
        else if (
            _failures.AddOrUpdate(customer, 1, (_, failures) => failures + 1) is var failures
            && failures < SettingAside.Tries
        )
            due = now + RetryAfter;
        else
        {
            await store.SetAsideAsync(
                log,
                QuarantineKind.Waking,
                customer.ToString(CultureInfo.InvariantCulture),
                customer,
                problem,
                failures,
                now,
                cancel
            );
            _failures.TryRemove(customer, out _);
            due = null;
        }
        await store.CommitAsync(new Commit { Turns = [], Due = [new(customer, due)] }, cancel);
    }

    /// <summary>Those who are to be tried again are due now.</summary>
    async Task RetryAsync(CancellationToken cancel)
    {
        foreach (var item in await store.ReadQuarantineAsync(QuarantineKind.Waking, 0, int.MaxValue, cancel))
            if (item.Retry)
            {
                await store.CommitAsync(new Commit { Turns = [], Due = [new(item.Customer, time.Now)] }, cancel);
                await store.ReleaseAsync(item.Kind, item.Subject, cancel);
            }
    }

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
            try
            {
                var woken = await RunOnceAsync(stop);
                if (woken == 0)
                    _caughtUp.TrySetResult();
                await Task.Delay(
                    woken == options.Batch || (options.LiveAtDueTime && woken > 0) ? options.Pause : options.Every,
                    stop
                );
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception problem)
            {
                Log.Failed(log, problem);
                await Task.Delay(options.Every, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Customer {Customer} cannot be woken now; trying again soon: {Why}")]
        public static partial void WakeFailed(ILogger log, long customer, string why);

        [LoggerMessage(Level = LogLevel.Error, Message = "Reading who is due failed; trying again.")]
        public static partial void Failed(ILogger log, Exception problem);
    }
}

/// <summary>How customers are woken.</summary>
public sealed record WakerOptions
{
    /// <summary>How often the table is looked at. The default is 1 second.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many are woken before a pause. The default is 500.</summary>
    public int Batch { get; init; } = 500;

    /// <summary>The pause between full batches. The default is 200 milliseconds.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How many at once. The default is 16.</summary>
    public int Parallel { get; init; } = 16;

    /// <summary>Each customer lives at the time it was due, not now: history looked at as of its own days.</summary>
    public bool LiveAtDueTime { get; init; }
}
