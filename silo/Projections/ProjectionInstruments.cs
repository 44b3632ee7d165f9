using System.Diagnostics;
using System.Diagnostics.Metrics;
using Personalization.Journal;
using Personalization.ReadModels;
using Personalization.Shop;
using Personalization.Telemetry;

namespace Personalization.Projections;

/// <summary>
/// How far projections are behind the journal: this silo's item index and, where it writes them, the read models. Looked at
/// every few seconds rather than at each event.
/// </summary>
public sealed class ProjectionInstruments : BackgroundService
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    static readonly KeyValuePair<string, object?> Index = new("projection", "item-index"),
        ReadModels = new("projection", "read-models");

    readonly IJournal _store;
    readonly IndexService _index;
    readonly ReadModelPosition _readModels;
    readonly ShopClock _clock;
    volatile Measurement<long>[] _entries = [];
    volatile Measurement<double>[] _seconds = [];
    Lag _indexLag = Lag.None,
        _readModelLag = Lag.None;

    public ProjectionInstruments(
        IMeterFactory meters,
        IJournal store,
        IndexService index,
        ReadModelPosition readModels,
        ShopClock clock
    )
    {
        (_store, _index, _readModels, _clock) = (store, index, readModels, clock);
        var meter = meters.Create(Instruments.MeterName);
        meter.CreateObservableGauge(
            "personalization.projection.lag.entries",
            () => _entries,
            "{entry}",
            "Journal entries that a projection has not applied."
        );
        meter.CreateObservableGauge(
            "personalization.projection.lag",
            () => _seconds,
            "s",
            "Age of the oldest journal entry that a projection has not applied."
        );
    }

    /// <summary>Of the projections of this silo the one that is furthest behind, and for how long it has been.</summary>
    public (string Name, TimeSpan Lag) Furthest =>
        _readModelLag.Length > _indexLag.Length ? ("read models", _readModelLag.Length) : ("item index", _indexLag.Length);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every);
        do try
        {
            await LookAsync(stop);
        }
        catch (StoreUnavailableException)
        {
            // Nothing is known of it now, and nothing is told.
            (_entries, _seconds) = ([], []);
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    async Task LookAsync(CancellationToken cancel)
    {
        var last = await _store.LastPositionAsync(cancel);
        _indexLag = _indexLag.Next(_index.Position, last);
        _readModelLag = _readModels.IsWrittenHere ? _readModelLag.Next(_readModels.Current, last) : Lag.None;
        var lags = new List<(KeyValuePair<string, object?> Tag, long Entries, double Seconds)>
        {
            await LagAsync(Index, _index.Position, cancel),
        };
        if (_readModels.IsWrittenHere)
            lags.Add(await LagAsync(ReadModels, _readModels.Current, cancel));
        _entries = [.. lags.Select(lag => new Measurement<long>(lag.Entries, lag.Tag))];
        _seconds = [.. lags.Select(lag => new Measurement<double>(lag.Seconds, lag.Tag))];
    }

    async Task<(KeyValuePair<string, object?>, long, double)> LagAsync(
        KeyValuePair<string, object?> projection,
        long position,
        CancellationToken cancel
    )
    {
        var behind = Math.Max(0, await _store.LastPositionAsync(cancel) - position);
        if (behind == 0)
            return (projection, 0, 0);
        var next = await _store.ReadJournalAsync(position, 1, withPersonal: false, cancel);
        return (projection, behind, next.Count == 0 ? 0 : Math.Max(0, _clock.Now - next[0].Time) / 1000.0);
    }

    /// <summary>
    /// How long a projection has been on its way to a position that the journal had reached: by this machine's clock, as the
    /// shop's may be set to another time and entries be older than their writing.
    /// </summary>
    sealed record Lag(long Target, long Since, TimeSpan Length)
    {
        public static readonly Lag None = new(0, 0, TimeSpan.Zero);

        public Lag Next(long position, long last) =>
            position >= last || position >= Target
                ? new(last, Stopwatch.GetTimestamp(), TimeSpan.Zero)
                : this with
                {
                    Length = Stopwatch.GetElapsedTime(Since),
                };
    }
}
