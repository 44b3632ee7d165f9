using System.Globalization;
using Personalization.Catalogue;
using Personalization.Journal;
using Personalization.Quarantine;
using Personalization.Shop;

namespace Personalization.Projections;

/// <summary>
/// Follows the journal into this process's item index, behind the acknowledgements. Keeps its own position; a failure is
/// logged, waited for and tried again from there. An entry that cannot be counted is set aside.
/// </summary>
public sealed class IndexService(
    IStore store,
    IndexProjection index,
    IndexImage image,
    CatalogueService catalogue,
    ShopClock time,
    ILogger<IndexService> log
) : BackgroundService
{
    readonly TaskCompletionSource _caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Positions of entries that this index goes without. Each process has an index of its own.</summary>
    readonly HashSet<long> _lacking = [];

    /// <summary>Completes when the index has counted everything that stood in the journal at the start.</summary>
    public Task CaughtUp => _caughtUp.Task;

    public long Position => index.Position;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        await Task.Yield();
        await ProjectionLoop.RunAsync("item index", ProjectAsync, time, log, stop);
    }

    async Task ProjectAsync(CancellationToken stop)
    {
        var last = await store.LastPositionAsync(stop);
        // What lies ahead is met again.
        foreach (var item in await SetAsideAsync(stop))
            if (PositionOf(item) <= index.Position)
                _lacking.Add(PositionOf(item));
        var look = new Pace(ProjectionLoop.Look);
        while (true)
        {
            var entries = await store.ReadJournalAsync(index.Position, ProjectionLoop.Batch, withPersonal: false, stop);
            // Another process may have numbered a product that these speak of.
            if (entries.Count > 0 && catalogue.IsShared)
                await catalogue.CatchUpAsync(stop);
            foreach (var (entry, why) in index.Apply(entries))
                await SetAsideAsync(entry, why, stop);
            if (index.Position >= last)
                _caughtUp.TrySetResult();
            if (look.IsDue())
                await RetryAsync(stop);
            if (entries.Count == ProjectionLoop.Batch)
                continue;
            await image.SaveIfDueAsync(stop);
            await store.WaitForEntriesAsync(index.Position, ProjectionLoop.Idle, stop);
            await Task.Delay(ProjectionLoop.Gather, stop);
        }
    }

    ValueTask<IReadOnlyList<QuarantinedItem>> SetAsideAsync(CancellationToken stop) =>
        store.ReadQuarantineAsync(QuarantineKind.ItemIndex, 0, int.MaxValue, stop);

    ValueTask SetAsideAsync(JournalEntry entry, Exception why, CancellationToken stop)
    {
        _lacking.Add(entry.Position);
        return store.SetAsideAsync(
            log,
            QuarantineKind.ItemIndex,
            SubjectOf(entry.Position),
            entry.Customer,
            why,
            1,
            time.Now,
            stop
        );
    }

    /// <summary>Counts what is to be tried again, and what another process has counted meanwhile.</summary>
    async Task RetryAsync(CancellationToken stop)
    {
        var items = (await SetAsideAsync(stop)).ToDictionary(PositionOf);
        foreach (var position in _lacking.Where(position => !items.TryGetValue(position, out var item) || item.Retry).ToList())
        {
            _lacking.Remove(position);
            var entry = (await store.ReadJournalAsync(position - 1, 1, withPersonal: false, stop))[0];
            if (index.TryCount(entry) is { } why)
                await SetAsideAsync(entry, why, stop);
            else
                await store.ReleaseAsync(QuarantineKind.ItemIndex, SubjectOf(position), stop);
        }
        foreach (var item in items.Values.Where(item => item.Retry && !_lacking.Contains(PositionOf(item))))
            await store.ReleaseAsync(QuarantineKind.ItemIndex, item.Subject, stop);
    }

    static string SubjectOf(long position) => position.ToString(CultureInfo.InvariantCulture);

    static long PositionOf(QuarantinedItem item) => long.Parse(item.Subject, CultureInfo.InvariantCulture);
}
