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
                if (isNew && await _store.RetryQuarantineAsync(null, SettingAside.Program, stop) is > 0 and var items)
                    Log.TriedAgain(_log, items);
                isNew = false;
                _counts = await _store.CountQuarantineAsync(stop);
                if (_counts.ContainsKey(QuarantineKind.History))
                    await ReloadAsync(stop);
            }
            catch (StoreUnavailableException)
            {
                // The next look tells.
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    /// <summary>A customer that still cannot be read in full is set aside again when it is next needed.</summary>
    async Task ReloadAsync(CancellationToken stop)
    {
        foreach (var item in await _store.ReadQuarantineAsync(QuarantineKind.History, 0, int.MaxValue, stop))
            if (item.Retry)
            {
                await _store.ReleaseAsync(item.Kind, item.Subject, stop);
                await _grains.Customer(long.Parse(item.Subject, CultureInfo.InvariantCulture)).ReloadAsync();
            }
    }

    static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Information,
            Message = "{Items} items that another version of this program set aside are tried again."
        )]
        public static partial void TriedAgain(ILogger log, int items);
    }
}
