using System.Diagnostics.Metrics;
using System.Globalization;
using Personalization.Customers;
using Personalization.Journal;
using Personalization.Telemetry;

namespace Personalization.Quarantine;

/// <summary>
/// Knows how much is set aside, for readiness and metrics; has what another version of the program set aside tried again; and
/// loads customers again whose history is to be tried.
/// </summary>
public sealed partial class QuarantineService : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    readonly IStore _store;
    readonly IGrainFactory _grains;
    readonly ILogger<QuarantineService> _log;
    bool _hasFailed,
        _isFailing;
    volatile IReadOnlyDictionary<QuarantineKind, long> _counts = new Dictionary<QuarantineKind, long>();

    public QuarantineService(IMeterFactory meters, IStore store, IGrainFactory grains, ILogger<QuarantineService> log)
    {
        (_store, _grains, _log) = (store, grains, log);
        var kinds = Instruments.Tags<QuarantineKind>("kind");
        meters
            .Create(Instruments.MeterName)
            .CreateObservableGauge(
                "personalization.quarantine.items",
                () => _counts.Select(count => new Measurement<long>(count.Value, kinds[(int)count.Key])),
                "{item}",
                "Entries, customers and messages that are set aside, by kind."
            );
    }

    /// <summary>How many items are set aside, as last looked.</summary>
    public long Items => _counts.Values.Sum();

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        await Task.Yield();
        var isNew = true;
        using var timer = new PeriodicTimer(Every);
        try
        {
            do try
            {
                _hasFailed = false;
                if (isNew && await _store.RetryQuarantineAsync(null, SettingAside.Program, stop) is > 0 and var items)
                    Log.TriedAgain(_log, items);
                isNew = false;
                _counts = await _store.CountQuarantineAsync(stop);
                if (_counts.ContainsKey(QuarantineKind.History))
                    await ReloadAsync(stop);
                _isFailing = _hasFailed;
            }
            catch (StoreUnavailableException)
            {
                // The next look tells.
            }
            catch (Exception problem) when (!stop.IsCancellationRequested)
            {
                Failed(problem);
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    /// <summary>A customer that still cannot be read in full is set aside again when it is next needed.</summary>
    async Task ReloadAsync(CancellationToken stop)
    {
        var told = new HashSet<string>();
        foreach (var item in await RetriedAsync(stop))
            try
            {
                await _grains.Customer(long.Parse(item.Subject, CultureInfo.InvariantCulture)).ReloadAsync();
                told.Add(item.Subject);
            }
            catch (Exception problem) when (!stop.IsCancellationRequested)
            {
                Failed(problem); // It stays to be tried again.
            }
        // One that was needed meanwhile may have been set aside again.
        foreach (var item in told.Count == 0 ? [] : await RetriedAsync(stop))
            if (told.Contains(item.Subject))
                await _store.ReleaseAsync(item.Kind, item.Subject, stop);
    }

    async Task<List<QuarantinedItem>> RetriedAsync(CancellationToken stop) =>
        [.. (await _store.ReadQuarantineAsync(QuarantineKind.History, 0, int.MaxValue, stop)).Where(item => item.Retry)];

    /// <summary>A failure is a line of the log until a look succeeds.</summary>
    void Failed(Exception problem)
    {
        _hasFailed = true;
        if (_isFailing)
            return;
        _isFailing = true;
        Log.Failed(_log, SettingAside.ReasonOf(problem));
    }

    static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Information,
            Message = "{Items} items that another version of this program set aside are tried again."
        )]
        public static partial void TriedAgain(ILogger log, int items);

        [LoggerMessage(Level = LogLevel.Error, Message = "What was set aside cannot be looked after now; trying again: {Reason}")]
        public static partial void Failed(ILogger log, string reason);
    }
}
