using System.Globalization;
using Personalization.Health;
using Personalization.Journal;
using Personalization.Leadership;
using Personalization.Quarantine;
using Personalization.ReadModels;
using Personalization.Shop;

namespace Personalization.Projections;

/// <summary>
/// Projects the journal into the read models, which a shop has once: the leader does it. An entry that fails again and again
/// while the database is there is set aside, and what comes after it goes on.
/// </summary>
public sealed partial class ReadModelService(
    IStore store,
    ReadModelProjection projection,
    ReadModelPosition position,
    ShopClock clock,
    StoreWatch watch,
    ILogger<ReadModelService> log
) : BackgroundService, ILeaderTask
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        await Task.Yield();
        await ProjectionLoop.RunAsync("read models", FollowAsync, clock, watch, log, stop);
        position.IsWrittenHere = false;
    }

    async Task FollowAsync(CancellationToken stop)
    {
        try
        {
            await ProjectAsync(stop);
        }
        catch (StoreUnavailableException damaged) when (damaged.IsDamage)
        {
            Log.Damaged(log, damaged.Message);
            await store.ReadModels.ResetAsync(stop);
        }
    }

    async Task ProjectAsync(CancellationToken stop)
    {
        position.Advance(await store.ReadModels.PositionAsync(stop));
        position.IsWrittenHere = true;
        if (position.Current == 0)
            await BeginAsync(stop);
        var look = new Pace(ProjectionLoop.Look);
        while (true)
        {
            var entries = await store.ReadJournalAsync(position.Current, ProjectionLoop.Batch, withPersonal: false, stop);
            await ApplyAsync(entries, stop);
            if (look.IsDue())
            {
                await RetryAsync(stop);
                // Built again by someone else, or by the database itself after damage: from where they are.
                if (await store.ReadModels.PositionAsync(stop) != position.Current)
                    return;
            }
            if (entries.Count == ProjectionLoop.Batch)
                continue;
            await store.WaitForEntriesAsync(position.Current, ProjectionLoop.Idle, stop);
            await Task.Delay(ProjectionLoop.Gather, stop);
        }
    }

    /// <summary>Every entry is met again, also those that were set aside.</summary>
    async Task BeginAsync(CancellationToken stop)
    {
        if (await store.LastPositionAsync(stop) is > 0 and var last)
            Log.Building(log, last);
        foreach (var item in await SetAsideAsync(stop))
            await store.ReleaseAsync(QuarantineKind.ReadModels, item.Subject, stop);
    }

    ValueTask<IReadOnlyList<QuarantinedItem>> SetAsideAsync(CancellationToken stop) =>
        store.ReadQuarantineAsync(QuarantineKind.ReadModels, 0, int.MaxValue, stop);

    /// <summary>Applies entries together; where that fails, in halves, until the one that fails stands alone.</summary>
    async Task ApplyAsync(IReadOnlyList<JournalEntry> entries, CancellationToken stop)
    {
        if (entries.Count == 0)
            return;
        try
        {
            await projection.ApplyAsync(entries, position.Current, entries[^1].Position, stop);
            position.Advance(entries[^1].Position);
            return;
        }
        catch (Exception failed) when (!failed.IsOutage() && entries.Count > 1)
        {
            // The halves say which entry it is.
        }
        catch (Exception failed) when (!failed.IsOutage())
        {
            await TryAgainAsync(entries, entries[0].Position, failed, stop);
            position.Advance(entries[0].Position);
            return;
        }
        await ApplyAsync([.. entries.Take(entries.Count / 2)], stop);
        await ApplyAsync([.. entries.Skip(entries.Count / 2)], stop);
    }

    /// <summary>Tries one entry a few times, then sets it aside and passes it.</summary>
    /// <param name="to">The position reached by it: its own, or a later one for an entry that lies behind.</param>
    async Task<bool> TryAgainAsync(IReadOnlyList<JournalEntry> one, long to, Exception failed, CancellationToken stop)
    {
        for (var tries = 1; tries < SettingAside.Tries; tries++)
            try
            {
                await Task.Delay(Pause, stop);
                await projection.ApplyAsync(one, position.Current, to, stop);
                return true;
            }
            catch (Exception again) when (!again.IsOutage())
            {
                failed = again;
            }
        // Set aside first: a crash between the two sets it aside again.
        await store.SetAsideAsync(
            log,
            QuarantineKind.ReadModels,
            SubjectOf(one[0].Position),
            one[0].Customer,
            failed,
            SettingAside.Tries,
            clock.Now,
            stop
        );
        if (to != position.Current)
            await projection.ApplyAsync([], position.Current, to, stop);
        return false;
    }

    /// <summary>Applies what is to be tried again; it lies behind, and the position stays.</summary>
    async Task RetryAsync(CancellationToken stop)
    {
        foreach (var item in (await SetAsideAsync(stop)).Where(item => item.Retry))
        {
            var at = long.Parse(item.Subject, CultureInfo.InvariantCulture);
            var entry = await store.ReadJournalAsync(at - 1, 1, withPersonal: false, stop);
            try
            {
                await projection.ApplyAsync(entry, position.Current, position.Current, stop);
            }
            catch (Exception failed) when (!failed.IsOutage())
            {
                if (!await TryAgainAsync(entry, position.Current, failed, stop))
                    continue;
            }
            await store.ReleaseAsync(QuarantineKind.ReadModels, item.Subject, stop);
        }
    }

    static string SubjectOf(long position) => position.ToString(CultureInfo.InvariantCulture);

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The read models are damaged and begin again: {Why}")]
        public static partial void Damaged(ILogger log, string why);

        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "The read models are empty and are built from the journal, {Last} entries; lists and statistics lag meanwhile."
        )]
        public static partial void Building(ILogger log, long last);
    }
}
