using Personalization.Codec;
using Personalization.Documents;
using Personalization.Events;
using Personalization.Journal;
using Personalization.Storage.Sqlite;

namespace Personalization.Storage;

/// <summary>
/// A copy of a shop as it was: the same names, products and customers, with only those events that lie before a time, so
/// that history can be looked at as of its own days. Nothing is in its outbox.
/// </summary>
public static class StoreCopy
{
    const int BatchSize = 1_000;

    /// <summary>
    /// Copies into a new embedded store. Versions are numbered again without gaps; a turn that has no event left is gone;
    /// a name that moved afterwards is where it was; every customer is due at the time of its last event, so that
    /// all is decided again that depends on silence.
    /// </summary>
    /// <param name="source">What is copied, one part after the other; it may go on working.</param>
    /// <param name="directory">The copy's data directory; it must not hold a store. Its master key lies beside it.</param>
    /// <param name="time">Unix milliseconds; events at or after it are left out.</param>
    /// <param name="clock">Of the copy.</param>
    /// <exception cref="StoreUnavailableException">The directory holds a store already or cannot be written.</exception>
    public static async Task<SqliteStore> CopyAsync(
        IStore source,
        string directory,
        long time,
        TimeProvider clock,
        CancellationToken cancel = default
    )
    {
        if (File.Exists(Path.Combine(directory, "journal.db")))
            throw new StoreUnavailableException($"{directory} holds a store already: name an empty directory for the copy.");
        var copy = await SqliteStore.OpenAsync(new StoreOptions { DataDirectory = directory }, clock, cancel);
        try
        {
            await CopyProductsAsync(source, copy, cancel);
            await CopyNamesAsync(source, copy, cancel);
            await CopyDocumentsAsync(source, copy, time, cancel);
            await CopyJournalAsync(source, copy, time, cancel);
            return copy;
        }
        catch
        {
            await copy.DisposeAsync();
            throw;
        }
    }

    static async Task CopyProductsAsync(IProducts source, SqliteStore copy, CancellationToken cancel)
    {
        for (
            var after = 0L;
            await source.ReadProductsAsync(after, BatchSize, cancel) is { Count: > 0 } products;
            after = products[^1].Change
        )
            await copy.PutProductsAsync(products, cancel);
    }

    static async Task CopyNamesAsync(INames source, SqliteStore copy, CancellationToken cancel)
    {
        for (
            var after = 0L;
            await source.ReadNamesAsync(after, BatchSize, cancel) is { Count: > 0 } names;
            after = names[^1].Number
        )
            await copy.PutNamesAsync(names, cancel);
    }

    static async Task CopyDocumentsAsync(IDocuments source, SqliteStore copy, long time, CancellationToken cancel)
    {
        for (
            var after = 0L;
            await source.ReadDocumentChangesAsync(after, BatchSize, cancel) is { Count: > 0 } changes;
            after = changes[^1].Change
        )
            await copy.PutDocumentsAsync([.. changes.Where(change => change.ChangedAt < time)], cancel);
    }

    static async Task CopyJournalAsync(IJournal source, SqliteStore copy, long time, CancellationToken cancel)
    {
        // Names that moved after the time, each put back to where its first such move took it from.
        var returned = new HashSet<long>();
        for (
            var after = 0L;
            await source.ReadJournalAsync(after, BatchSize, true, cancel) is { Count: > 0 } entries;
            after = entries[^1].Position
        )
        {
            var heads = await copy.HeadsAsync([.. entries.Select(e => e.Customer).Distinct()], cancel);
            var turns = new List<TurnEntry>(entries.Count);
            var due = new Dictionary<long, long?>();
            var moves = new List<(long Name, long To)>();
            foreach (var entry in entries)
            {
                var events = entry.Events(out _);
                foreach (var late in events.Where(e => e.Time >= time))
                    Return(late, entry.Customer, returned, moves);
                events.RemoveAll(e => e.Time >= time);
                if (events.Count == 0)
                    continue;
                var last = events[^1].Time;
                turns.Add(
                    Encode(entry.Customer, ++heads[entry.Customer], Math.Min(entry.Time, Math.Max(last, time - 1)), events)
                );
                due[entry.Customer] = last;
            }
            await copy.ReturnNamesAsync(moves, cancel);
            var commit = new Commit { Turns = turns, Due = [.. due.Select(d => new DueTime(d.Key, d.Value))] };
            if (turns.Count > 0 && (await copy.CommitAsync(commit, cancel)).Outcome != CommitOutcome.Committed)
                throw new InvalidOperationException("Something else has written into the copy while it was made.");
        }
    }

    static void Return(CustomerEvent late, long customer, HashSet<long> returned, List<(long Name, long To)> moves)
    {
        var (names, from) = late switch
        {
            Merged merged => (merged.Names, merged.Source),
            Unmerged unmerged => (unmerged.Names, customer),
            _ => ([], 0L),
        };
        foreach (var name in names)
            if (returned.Add(name))
                moves.Add((name, from));
    }

    static TurnEntry Encode(long customer, int version, long time, List<CustomerEvent> events)
    {
        using ByteWriter body = new(),
            personal = new();
        EventCodec.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(events), body, personal);
        return new TurnEntry(customer, version, time, body.ToArray(), personal.ToArray());
    }
}
